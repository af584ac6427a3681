import type { Hidden } from "../naming/exposure.ts";
import { formatGroupResource, type GroupResource } from "../naming/group-resource.ts";
import { formatLabelSelector, type LabelSelector } from "../naming/label-selector.ts";
import type { MetricError, Misplacement } from "../naming/metric-error.ts";
import type { ExternalMetricRequest, MetricRequest } from "../naming/metric-request.ts";
import { describeAbsence } from "./describe-absence.ts";
import { describeAggregates } from "./describe-aggregates.ts";
import { nearestNames, similar } from "./nearest-names.ts";
import { failure, internalError, type Status, type StatusReason, unexplained } from "./status.ts";

/** How many names a message lists: enough to find a slip of the pen, few enough for `kubectl describe`. */
const maxNames = 3;
/** Of resources all are listed that have metrics. */
const maxResources = 8;

/**
 * Says why a request has no readings, for whoever reads `kubectl describe hpa`: first the words that Kubernetes itself
 * uses and people search for, then the cause, then what to check. What the backend said is not for clients.
 *
 * The text of one lasting state stays the same from one evaluation to the next, ages rounded down to minutes, because the
 * HorizontalPodAutoscaler stores it in its condition.
 */
export function statusFor(error: MetricError, request: MetricRequest | ExternalMetricRequest): Status {
  switch (error.kind) {
    case "unknownMetric":
      return notFound(request, describeNames(error.metric, error.known, " for this resource"));
    case "unknownExternalMetric":
      return notFound(request, describeNames(error.metric, error.known, ""));
    case "misplacedName":
      return notFound(request, `${misplacements[error.reason]}; ask for ${error.instead}`);
    case "hiddenMetric":
      return notFound(request, describeHidden(error));
    case "unfedMetric":
      return notFound(request, `it has no values: ${error.reason}`);
    case "unknownVirtualMachine":
      return notFound(request, describeUnknownVirtualMachine(error.name, error.namespace));
    case "ambiguousAggregate":
      return notFound(request, describeAggregates(error.names));
    case "unknownResource":
      return notFound(request, describeResources(error.resource, error.known));
    case "objectNotFound":
      return objectNotFound(error.resource, error.name, error.namespace);
    case "noSeries":
      return notFound(request, describeNoSeries(error.selector, error.label));
    case "tooManyDevices":
      return failure(
        "BadRequest",
        `the selector names ${error.asked} devices; at most ${error.limit} have values of their own`,
      );
    case "noValue":
    case "noExternalValues":
      return notFound(request, describeAbsence(error.absence));
    case "noValues": {
      const { name, absence } = error.example;
      const count = error.objects === 1 ? "1 object matches" : `${error.objects} objects match`;
      return notFound(request, `${count} and none has a value; the first, ${name}: ${describeAbsence(absence)}`);
    }
    case "objectsUnknown": {
      const resource = formatGroupResource(error.resource);
      return failure("ServiceUnavailable", `unable to list ${resource}: ${error.detail}`);
    }
    case "backendUnavailable":
      return unableToFetch("ServiceUnavailable", "Prometheus cannot be reached");
    case "backendRejected":
      return unableToFetch("InternalError", "Prometheus refused the query, or answered it incompletely");
    case "timedOut":
      return unableToFetch("Timeout", "Prometheus did not answer in time");
    case "ruleMetricNotFound":
      return ruleNotFound(error.metric, [
        formatGroupResource(error.resource),
        ...(error.name === undefined ? [] : [error.name]),
      ]);
    case "ruleExternalMetricNotFound":
      return ruleNotFound(error.metric, [error.namespace === "default" ? "namespaces" : ""]);
    case "ruleQueryFailed":
      return internalError("unable to fetch metrics");
    case "ruleObjectsUnknown":
      return internalError("unable to list matching resources");
    case "ruleRange":
      return unexplained("encountered an unexpected query result type");
  }
}

/** Letter for letter what prometheus-adapter says, because people and scripts know it. */
function ruleNotFound(metric: string, words: readonly string[]): Status {
  return failure("NotFound", `the server could not find the metric ${metric} for ${words.join(" ")}`);
}

function notFound(request: MetricRequest | ExternalMetricRequest, why: string): Status {
  const subject = "target" in request ? describeObjects(request) : describeExternal(request);
  return failure("NotFound", `the server could not find the ${subject}: ${why}`);
}

function describeObjects({ metric, resource, target, metricSelector }: MetricRequest): string {
  const name = target.by === "name" ? ` ${target.name}` : "";
  const selectors = [...(target.by === "selector" ? target.selector : []), ...metricSelector];
  return `metric ${metric} for ${formatGroupResource(resource)}${name}${describeSelector(selectors)}`;
}

function describeExternal({ metric, namespace, selector }: ExternalMetricRequest): string {
  return `external metric ${metric} in namespace ${namespace}${describeSelector(selector)}`;
}

function describeSelector(selector: LabelSelector): string {
  return selector.length === 0 ? "" : ` with selector ${formatLabelSelector(selector)}`;
}

function objectNotFound({ group, resource }: GroupResource, name: string, namespace: string | undefined): Status {
  const where = namespace === undefined ? "the cluster" : `namespace ${namespace}`;
  const subject = `${formatGroupResource({ group, resource })} ${JSON.stringify(name)} not found`;
  return failure("NotFound", `${subject} in ${where}`, { name, ...(group === "" ? {} : { group }), kind: resource });
}

function unableToFetch(reason: StatusReason, why: string): Status {
  return failure(reason, `unable to fetch metrics: ${why}; the log of vm-metrics-adapter says more`);
}

function describeNames(metric: string, known: readonly string[], where: string): string {
  if (known.length === 0) return `there is no such metric; there is none${where}`;
  const nearest = nearestNames(metric, known, maxNames, similar);
  if (nearest.length === 0) return `there is no such metric${where}, and none of ${known.length} is similar`;
  return `there is no such metric${where}; the most similar of ${known.length}: ${nearest.join(", ")}`;
}

function describeNoSeries(selector: string, label: string | undefined): string {
  const selectable =
    label === undefined ? "this metric has no labels to select by" : `it can be selected by ${label} only`;
  return `${selectable}, so nothing matches ${selector}; remove ${label === undefined ? "the metric selector" : "the other labels"}`;
}

/** Why a name that there is means nothing where it was asked. */
const misplacements: Readonly<Record<Misplacement, string>> = {
  ofSeveral: "this is a name for pools, replica sets, namespaces and nodes, not for one virtual machine",
  noDevices: "this metric has no devices",
  prefixed: "a name that begins with a virtual machine is one for a Namespace, or an external metric",
  prefixedAggregate: "the name begins with one virtual machine, which has no aggregate",
};

function describeHidden({ since, replacedBy, shownFor }: Hidden): string {
  const replacement = replacedBy === undefined ? [] : [`use ${replacedBy}`];
  const flag = `--show-hidden-exports-for-version=${shownFor}`;
  const show = shownFor === undefined ? [] : [`start vm-metrics-adapter with ${flag} for now`];
  const advice = [...replacement, ...show].join(", or ");
  return `it is hidden since release ${since}; ${advice === "" ? "there is no replacement" : advice}`;
}

function describeUnknownVirtualMachine(name: string, namespace: string): string {
  const where = `namespace ${namespace} has no VirtualMachineInstance ${JSON.stringify(name)}`;
  return `${where}, which the metric's name begins with; check \`kubectl get vmi -n ${namespace}\``;
}

function describeResources(resource: GroupResource, known: readonly GroupResource[]): string {
  const names = nearestNames(formatGroupResource(resource), known.map(formatGroupResource), maxResources);
  return `no metric is served for this resource${names.length === 0 ? "" : `, but for ${names.join(", ")}`}`;
}
