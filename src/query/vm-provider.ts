import { formatLabelSelector } from "../naming/label-selector.ts";
import type { MetricError } from "../naming/metric-error.ts";
import type { ExternalMetricRequest, MetricRequest } from "../naming/metric-request.ts";
import { fail, ok, type Result } from "../result.ts";
import { deviceConditions, isDevice } from "../vm/device-conditions.ts";
import type { Inventory } from "../vm/objects.ts";
import { withParts } from "../vm/metric-names.ts";
import { type VmResource, vmResourceFor, vmResources } from "../vm/resource.ts";
import type { ServedMetric } from "../vm/served-catalogue.ts";
import { answerFor, toReadings, vmisOf } from "./answers.ts";
import { type Described, findDescribed, findPrefixed } from "./described-objects.ts";
import type { GetFigures, Measurement } from "./figures.ts";
import { askMembers } from "./members.ts";
import { createMetricIndex, type Meant, type MetricIndex, type NotMeant } from "./metric-index.ts";
import type { MetricInfo, MetricsProvider } from "./provider.ts";
import { readExternal } from "./vm-external.ts";

export interface VmProviderOptions {
  readonly catalogue: readonly ServedMetric[];
  readonly inventory: Inventory;
  readonly figures: GetFigures;
  /** The least part of an aggregate's members that must report, from 0 to 1. */
  readonly minimumCoverage: number;
  /** Wall clock, in milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
}

/** Serves the metrics of virtual machines: names, objects, figures, and one reading for each object. */
export function createVmProvider(options: VmProviderOptions): MetricsProvider {
  const { catalogue, inventory, figures } = options;
  const index = createMetricIndex(catalogue);

  return {
    list: () => vmResources.flatMap((resource) => listed(resource, index)),
    listExternal: () => index.listed.single,
    notice: index.notice,

    read: async (request, record, signal) => {
      const resource = vmResourceFor(request.resource);
      if (resource === undefined) return fail(unknownResource(request));
      const asked = askedFor(index, resource, request);
      if (!asked.ok) return asked;
      const { meant, measurement } = asked.value;

      const objects = await findObjects(inventory, resource, request, meant);
      if (!objects.ok) return objects;
      const vmis = objects.value.flatMap(({ extent }) => vmisOf(extent));
      record({ at: "objects", metric: request.metric, objects: objects.value.length, virtualMachines: vmis.length });

      const members = await askMembers(figures, measurement, vmis, record, signal);
      if (!members.ok) return members;
      const answers = objects.value.map(({ name, extent }) => {
        const answer = answerFor(extent, meant, members.value, options);
        record({ at: "answer", name, ...(answer.ok ? answer.value : { absence: answer.error }) });
        return { name, answer };
      });
      return unlessUnfed(meant, index, request.metric, toReadings(answers, resource, request));
    },

    readExternal: async (request, record, signal) => {
      const meant = index.external(request.metric);
      if (!meant.ok) return fail(refusedExternal(meant.error, request));
      const readings = await readExternal(meant.value, request, options, record, signal);
      return unlessUnfed(meant.value, index, request.metric, readings);
    },
  };
}

function listed({ resource, namespaced, aggregate: many }: VmResource, index: MetricIndex): readonly MetricInfo[] {
  const names = many ? index.listed.aggregate : index.listed.single;
  return names.map((metric) => ({ resource, namespaced, metric }));
}

function unknownResource({ resource }: MetricRequest): MetricError {
  return { kind: "unknownResource", resource, known: vmResources.map((each) => each.resource) };
}

/** What is asked of the objects. */
interface Asked {
  readonly meant: Meant;
  readonly measurement: Measurement;
}

/** The selector of a metric selects among its devices; there is nothing else to select. */
function askedFor(
  index: MetricIndex,
  { aggregate: many, resource }: VmResource,
  { metric, metricSelector }: MetricRequest,
): Result<Asked, MetricError> {
  const found = many ? index.aggregate(metric) : index.single(metric);
  if (!found.ok) return fail(refused(found.error, metric, resource));
  const { metric: of, parts } = found.value;
  if (parts.vm !== undefined && resource.resource !== "namespaces") {
    const { vm: _, ...ofObject } = parts;
    return fail({ kind: "misplacedName", metric, reason: "prefixed", instead: withParts(of.name, ofObject) });
  }
  if (metricSelector.some(({ key }) => key !== of.device)) {
    const label = of.device === undefined ? {} : { label: of.device };
    return fail({ kind: "noSeries", metric, selector: formatLabelSelector(metricSelector), ...label });
  }
  const named = parts.device === undefined ? [] : [isDevice(parts.device)];
  return ok({
    meant: found.value,
    measurement: { metric: of, devices: [...named, ...deviceConditions(metricSelector)] },
  });
}

function refused(why: NotMeant, metric: string, resource: MetricRequest["resource"]): MetricError {
  switch (why.why) {
    case "unknown":
      return { kind: "unknownMetric", metric, resource, known: why.known };
    case "ambiguous":
      return { kind: "ambiguousAggregate", metric, resource, names: why.names };
    case "hidden":
      return { kind: "hiddenMetric", metric, ...why.hidden };
    case "misplaced":
      return { kind: "misplacedName", metric, reason: why.reason, instead: why.instead };
  }
}

function refusedExternal(why: NotMeant, request: ExternalMetricRequest): MetricError {
  const { metric } = request;
  if (why.why === "unknown") return { kind: "unknownExternalMetric", metric, known: why.known };
  return refused(why, metric, { group: "", resource: "" });
}

/** A namespace whose metric's name begins with a virtual machine stands for that one alone. */
async function findObjects(
  inventory: Inventory,
  resource: VmResource,
  request: MetricRequest,
  { parts }: Meant,
): Promise<Result<readonly Described[], MetricError>> {
  const objects = await findDescribed(inventory, resource, request);
  if (!objects.ok || parts.vm === undefined) return objects;
  return findPrefixed(inventory, objects.value, parts.vm, request.metric);
}

/**
 * Of a metric that needs something special to be fed, that no virtual machine reports it says that this is missing, unless
 * somebody has opted in.
 */
function unlessUnfed<T>(
  { metric: { name, unfed } }: Meant,
  index: MetricIndex,
  metric: string,
  answer: Result<T, MetricError>,
): Result<T, MetricError> {
  if (unfed === undefined || answer.ok || index.listed.single.includes(name)) return answer;
  const { error } = answer;
  const absence = "absence" in error ? error.absence : "example" in error ? error.example.absence : undefined;
  return absence !== undefined && unreported.has(absence.why)
    ? fail({ kind: "unfedMetric", metric, reason: unfed })
    : answer;
}

const unreported: ReadonlySet<string> = new Set([
  "noMigration",
  "neverReported",
  "notReported",
  "warmingUp",
  "allStarting",
  "coverage",
]);
