import { formatLabelSelector } from "../naming/label-selector.ts";
import type { Absence, MetricError } from "../naming/metric-error.ts";
import type { MetricRequest } from "../naming/metric-request.ts";
import { fail, ok, type Result } from "../result.ts";
import { aggregate } from "../vm/aggregate.ts";
import type { VmMetric } from "../vm/catalogue/vm-metric.ts";
import type { Member } from "../vm/member.ts";
import { type AggregateMetric, type MetricNames, namesOf } from "../vm/metric-names.ts";
import type { Inventory, VirtualMachineInstance } from "../vm/objects.ts";
import { type Extent, type VmResource, vmResourceFor, vmResources } from "../vm/resource.ts";
import type { GetFigures } from "./figures.ts";
import { askMembers, type Members } from "./members.ts";
import type { MetricInfo, MetricsProvider, Reading } from "./provider.ts";
import { findDescribed } from "./described-objects.ts";
import { readExternal } from "./vm-external.ts";

export interface VmProviderOptions {
  readonly catalogue: readonly VmMetric[];
  readonly inventory: Inventory;
  readonly figures: GetFigures;
  /** The least part of an aggregate's members that must report, from 0 to 1. */
  readonly minimumCoverage: number;
  /** Wall clock, in milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
}

/** A figure to serve, or why there is none. */
type Answer = Result<Omit<Reading, "object">, Absence>;

/** Serves the metrics of virtual machines: names, objects, figures, and one reading for each object. */
export function createVmProvider(options: VmProviderOptions): MetricsProvider {
  const { catalogue, inventory, figures } = options;
  const names = namesOf(catalogue);

  return {
    list: () => vmResources.flatMap((resource) => listed(resource, names)),
    listExternal: () => [...names.single.keys()].toSorted(),

    read: async (request, record) => {
      const resource = vmResourceFor(request.resource);
      if (resource === undefined) return fail(unknownResource(request));
      const asked = metricFor(names, resource, request);
      if (!asked.ok) return asked;

      const objects = await findDescribed(inventory, resource, request);
      if (!objects.ok) return objects;
      const vmis = objects.value.flatMap(({ extent }) => vmisOf(extent));
      record({ at: "objects", metric: request.metric, objects: objects.value.length, virtualMachines: vmis.length });

      const members = await askMembers(figures, asked.value.metric, vmis, record);
      if (!members.ok) return members;
      const answers = objects.value.map(({ name, extent }) => {
        const answer = answerFor(extent, asked.value, members.value, options);
        record({ at: "answer", name, ...(answer.ok ? answer.value : { absence: answer.error }) });
        return { name, answer };
      });
      return toReadings(answers, resource, request);
    },

    readExternal: async (request, record) => {
      const metric = names.single.get(request.metric);
      const known = [...names.single.keys()].toSorted();
      if (metric === undefined) return fail({ kind: "unknownExternalMetric", metric: request.metric, known });
      return readExternal(metric, request, options, record);
    },
  };
}

function listed({ resource, namespaced, aggregate: many }: VmResource, names: MetricNames): readonly MetricInfo[] {
  const metrics = many ? names.listedAggregates : [...names.single.keys()];
  return metrics.toSorted().map((metric) => ({ resource, namespaced, metric }));
}

function unknownResource({ resource }: MetricRequest): MetricError {
  return { kind: "unknownResource", resource, known: vmResources.map((each) => each.resource) };
}

/** What a name means for an object: a single virtual machine's metric has no aggregation. */
interface Asked {
  readonly metric: VmMetric;
  readonly aggregation?: AggregateMetric["aggregation"];
}

function metricFor(
  names: MetricNames,
  { aggregate: many, resource }: VmResource,
  { metric, metricSelector }: MetricRequest,
): Result<Asked, MetricError> {
  const single = names.single.get(metric);
  const found = many ? names.aggregate.get(metric) : single && { metric: single };
  const meant = many ? names.ambiguous.get(metric) : undefined;
  if (meant !== undefined) return fail({ kind: "ambiguousAggregate", metric, resource, names: meant });
  if (found === undefined) {
    const known = [...(many ? names.aggregate : names.single).keys()];
    return fail({ kind: "unknownMetric", metric, resource, known: known.toSorted() });
  }
  return metricSelector.length === 0
    ? ok(found)
    : fail({ kind: "noSeries", metric, selector: formatLabelSelector(metricSelector) });
}

function vmisOf(extent: Extent): readonly VirtualMachineInstance[] {
  switch (extent.of) {
    case "one":
      return [extent.vmi];
    case "many":
      return extent.vmis;
    case "none":
      return [];
  }
}

function answerFor(
  extent: Extent,
  { aggregation = "Sum" }: Asked,
  members: Members,
  { minimumCoverage, wallClock }: VmProviderOptions,
): Answer {
  switch (extent.of) {
    case "none":
      return fail(extent.absence);
    case "one": {
      const member = members.of(extent.vmi);
      return member.is === "reporting"
        ? ok({ value: member.value, timestampMs: member.timestampMs, ...windowSeconds(member.windowMs) })
        : fail(member.absence);
    }
    case "many": {
      const waiting = Array.from({ length: extent.waiting }, () => withoutInstance);
      const all = [...extent.vmis.map(members.of), ...waiting];
      const figure = aggregate(all, aggregation, { minimumCoverage, windowMs: members.windowMs });
      return figure.ok
        ? ok({
            value: figure.value.value,
            timestampMs: figure.value.timestampMs ?? wallClock(),
            ...windowSeconds(members.windowMs),
          })
        : figure;
    }
  }
}

function windowSeconds(windowMs: number | undefined): { readonly windowSeconds?: number } {
  return windowMs === undefined ? {} : { windowSeconds: Math.round(windowMs / 1_000) };
}

/** A virtual machine without an instance adds nothing; whether it is stopped or about to start is not known. */
const withoutInstance: Member = { is: "starting", absence: { why: "notRunning" } };

function toReadings(
  answers: readonly { readonly name: string; readonly answer: Answer }[],
  { apiVersion, kind, namespaced, resource }: VmResource,
  { metric, namespace, target }: MetricRequest,
): Result<readonly Reading[], MetricError> {
  const where = namespaced && namespace !== undefined ? { namespace } : {};
  const readings = answers.flatMap(({ name, answer }) =>
    answer.ok ? [{ object: { apiVersion, kind, ...where, name }, ...answer.value }] : [],
  );
  const [example] = answers.flatMap(({ name, answer }) => (answer.ok ? [] : [{ name, absence: answer.error }]));
  if (readings.length > 0 || example === undefined) return ok(readings);
  return fail(
    target.by === "name"
      ? { kind: "noValue", metric, resource, ...where, name: example.name, absence: example.absence }
      : { kind: "noValues", metric, resource, objects: answers.length, example },
  );
}
