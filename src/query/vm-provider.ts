import { formatLabelSelector, matchesLabels } from "../naming/label-selector.ts";
import type { Absence, MetricError } from "../naming/metric-error.ts";
import type { MetricRequest } from "../naming/metric-request.ts";
import { fail, ok, type Result } from "../result.ts";
import { aggregate } from "../vm/aggregate.ts";
import type { VmMetric } from "../vm/catalogue/vm-metric.ts";
import { type Member, memberOf, needsPast } from "../vm/member.ts";
import { type AggregateMetric, type MetricNames, namesOf } from "../vm/metric-names.ts";
import type { Inventory, VirtualMachineInstance } from "../vm/objects.ts";
import { type Extent, type VmResource, vmResourceFor, vmResources } from "../vm/resource.ts";
import type { Figures, GetFigures } from "./figures.ts";
import type { MetricInfo, MetricsProvider, Reading } from "./provider.ts";

export interface VmProviderOptions {
  readonly catalogue: readonly VmMetric[];
  readonly inventory: Inventory;
  readonly figures: GetFigures;
  /** The least part of an aggregate's members that must report, from 0 to 1. */
  readonly minimumCoverage: number;
  /** Wall clock, in milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
}

/** An object that was asked for and what it stands for. */
interface Subject {
  readonly name: string;
  readonly extent: Extent;
}

/** A figure to serve, or why there is none. */
type Answer = Result<Omit<Reading, "object">, Absence>;

/** Serves the metrics of virtual machines: names, objects, figures, and one reading for each object. */
export function createVmProvider(options: VmProviderOptions): MetricsProvider {
  const names = namesOf(options.catalogue);

  return {
    list: () => vmResources.flatMap((resource) => listed(resource, names)),

    read: async (request) => {
      const { namespace } = request;
      const resource = vmResourceFor(request.resource);
      if (resource === undefined || namespace === undefined) return fail(unknownResource(request));

      const asked = metricFor(names, resource, request);
      if (!asked.ok) return asked;

      const subjects = findSubjects(options.inventory, resource, namespace, request);
      if (!subjects.ok) return subjects;
      if (subjects.value.length === 0) return ok([]);

      const vmis = subjects.value.flatMap(({ extent }) => vmisOf(extent));
      const figures = await options.figures(asked.value.metric, namespace, vmis);
      if (!figures.ok) return figures;

      const seenBefore = await pastOf(figures.value, vmis);
      if (!seenBefore.ok) return seenBefore;

      const answers = subjects.value.map(({ name, extent }) => ({
        name,
        answer: answerFor(extent, asked.value, figures.value, seenBefore.value, options),
      }));
      return toReadings(answers, resource, namespace, request);
    },
  };
}

function listed({ resource, aggregate: many }: VmResource, names: MetricNames): readonly MetricInfo[] {
  const metrics = many ? names.listedAggregates : [...names.single.keys()];
  return metrics.toSorted().map((metric) => ({ resource, namespaced: true, metric }));
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
    const known = many ? names.listedAggregates : [...names.single.keys()];
    return fail({ kind: "unknownMetric", metric, resource, known: known.toSorted() });
  }
  return metricSelector.length === 0
    ? ok(found)
    : fail({ kind: "noSeries", metric, selector: formatLabelSelector(metricSelector) });
}

/** The objects of a request, by name; objects that are not known now are an error and never an empty list. */
function findSubjects(
  inventory: Inventory,
  resource: VmResource,
  namespace: string,
  { target }: MetricRequest,
): Result<readonly Subject[], MetricError> {
  const store = resource.store(inventory);
  for (const read of [store, ...resource.reads(inventory)]) {
    const state = read.state();
    if (!state.known) return fail({ kind: "objectsUnknown", resource: resource.resource, detail: state.detail });
  }
  const found =
    target.by === "name"
      ? [target.name]
      : store.list(namespace).flatMap(({ name, labels }) => (matchesLabels(target.selector, labels) ? name : []));
  const subjects = found.flatMap((name) => {
    const extent = resource.extentOf(inventory, namespace, name);
    return extent === undefined ? [] : { name, extent };
  });
  return target.by === "name" && subjects.length === 0
    ? fail({ kind: "objectNotFound", resource: resource.resource, namespace, name: target.name })
    : ok(subjects);
}

type LastSeen = ReadonlyMap<string, number>;

/** Asks the past about the members that are missing now, and about them only. */
async function pastOf(
  figures: Figures,
  vmis: readonly VirtualMachineInstance[],
): Promise<Result<LastSeen, MetricError>> {
  const missing = vmis.filter((vmi) => needsPast(vmi, figures.of(vmi)));
  if (missing.length === 0) return ok(new Map());
  const names = new Set(missing.map(({ name }) => name));
  return figures.lastSeen([...names], Math.min(...missing.map(({ createdAtMs }) => createdAtMs)));
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
  figures: Figures,
  lastSeen: LastSeen,
  { minimumCoverage, wallClock }: VmProviderOptions,
): Answer {
  const { windowMs } = figures;
  const moment = { ...figures, nowMs: wallClock() };
  const window = windowMs === undefined ? {} : { windowSeconds: Math.round(windowMs / 1_000) };
  function member(vmi: VirtualMachineInstance): Member {
    return memberOf(vmi, figures.of(vmi), lastSeen.get(vmi.name), moment);
  }
  switch (extent.of) {
    case "none":
      return fail(extent.absence);
    case "one": {
      const single = member(extent.vmi);
      return single.is === "reporting"
        ? ok({ value: single.value, timestampMs: single.timestampMs, ...window })
        : fail(single.absence);
    }
    case "many": {
      const members = [...extent.vmis.map(member), ...Array.from({ length: extent.waiting }, () => waiting)];
      const figure = aggregate(members, aggregation, { minimumCoverage, windowMs });
      return figure.ok
        ? ok({ value: figure.value.value, timestampMs: figure.value.timestampMs ?? moment.nowMs, ...window })
        : figure;
    }
  }
}

/** A virtual machine without an instance adds nothing; whether it is stopped or about to start is not known. */
const waiting: Member = { is: "starting", absence: { why: "notRunning" } };

function toReadings(
  answers: readonly { readonly name: string; readonly answer: Answer }[],
  { apiVersion, kind, resource }: VmResource,
  namespace: string,
  { metric, target }: MetricRequest,
): Result<readonly Reading[], MetricError> {
  const readings = answers.flatMap(({ name, answer }) =>
    answer.ok ? [{ object: { apiVersion, kind, namespace, name }, ...answer.value }] : [],
  );
  const [example] = answers.flatMap(({ name, answer }) => (answer.ok ? [] : [{ name, absence: answer.error }]));
  if (readings.length > 0 || example === undefined) return ok(readings);
  return fail(
    target.by === "name"
      ? { kind: "noValue", metric, resource, namespace, name: example.name, absence: example.absence }
      : { kind: "noValues", metric, resource, objects: answers.length, example },
  );
}
