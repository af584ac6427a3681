import { type Aggregation, aggregations } from "../naming/aggregation.ts";
import { formatGroupResource, type GroupResource } from "../naming/group-resource.ts";
import { formatLabelSelector } from "../naming/label-selector.ts";
import type { Absence, MetricError } from "../naming/metric-error.ts";
import type { MetricRequest } from "../naming/metric-request.ts";
import { nearestNames } from "./nearest-names.ts";

/** What a meta/v1 Status says in short; each reason has one HTTP code. */
export type StatusReason = keyof typeof codes;

/** The object that a Status is about; `kind` holds the plural resource. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
}

/** A failed answer: meta/v1 Status. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, never>>;
  readonly status: "Failure";
  readonly message: string;
  readonly reason: StatusReason;
  readonly details?: StatusDetails;
  readonly code: number;
}

const codes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

/** How many names a message lists: enough to find a slip of the pen, few enough for `kubectl describe`. */
const maxNames = 8;

/** Builds a Status. */
export function failure(reason: StatusReason, message: string, details?: StatusDetails): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    ...(details === undefined ? {} : { details }),
    code: codes[reason],
  };
}

/**
 * Says why a request has no readings, for whoever reads `kubectl describe hpa`: first the words that Kubernetes itself
 * uses and people search for, then the cause, then what to check. What the backend said is not for clients.
 *
 * The text of one lasting state stays the same from one evaluation to the next, ages rounded down to minutes, because the
 * HorizontalPodAutoscaler stores it in its condition.
 */
export function statusFor(error: MetricError, request: MetricRequest): Status {
  switch (error.kind) {
    case "unknownMetric":
      return notFound(request, `there is no such metric${describeNames(error.metric, error.known)}`);
    case "ambiguousAggregate":
      return notFound(request, describeAggregates(error.names));
    case "unknownResource":
      return notFound(request, describeResources(error.resource, error.known));
    case "objectNotFound":
      return objectNotFound(error.resource, error.name, error.namespace);
    case "noSeries":
      return notFound(request, `no series of it matches ${error.selector}; check the metric selector`);
    case "noValue":
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
  }
}

function notFound(request: MetricRequest, why: string): Status {
  const { metric, resource } = request;
  const subject = `the server could not find the metric ${metric} for ${formatGroupResource(resource)}`;
  return failure("NotFound", `${subject}${describeTarget(request)}: ${why}`);
}

function describeTarget({ target, metricSelector }: MetricRequest): string {
  const name = target.by === "name" ? ` ${target.name}` : "";
  const selectors = [...(target.by === "selector" ? target.selector : []), ...metricSelector];
  return selectors.length === 0 ? name : `${name} with selector ${formatLabelSelector(selectors)}`;
}

function objectNotFound({ group, resource }: GroupResource, name: string, namespace: string | undefined): Status {
  const where = namespace === undefined ? "the cluster" : `namespace ${namespace}`;
  const subject = `${formatGroupResource({ group, resource })} ${JSON.stringify(name)} not found`;
  return failure("NotFound", `${subject} in ${where}`, { name, ...(group === "" ? {} : { group }), kind: resource });
}

function unableToFetch(reason: StatusReason, why: string): Status {
  return failure(reason, `unable to fetch metrics: ${why}; the log of vm-metrics-adapter says more`);
}

function describeNames(metric: string, known: readonly string[]): string {
  if (known.length === 0) return "; there is none for this resource";
  const more = known.length - maxNames;
  const names = nearestNames(metric, known, maxNames).join(", ");
  return `; the most similar ${more > 0 ? `of ${known.length}` : "ones"}: ${names}`;
}

function describeResources(resource: GroupResource, known: readonly GroupResource[]): string {
  const names = nearestNames(formatGroupResource(resource), known.map(formatGroupResource), maxNames);
  return `no metric is served for this resource${names.length === 0 ? "" : `, but for ${names.join(", ")}`}`;
}

/** An HPA's AverageValue divides by the number of replicas, so it wants a sum; Value does not. */
function describeAggregates(names: readonly string[]): string {
  const choices = names.map((name) => {
    const aggregation = aggregationOf(name);
    if (aggregation === undefined) return name;
    return `${name} (HPA target type ${aggregation === "Sum" ? "AverageValue" : "Value"})`;
  });
  return `ratios of several virtual machines cannot be one number unless the name says how; ask for ${choices.join(", ")}`;
}

function aggregationOf(name: string): Aggregation | undefined {
  return aggregations.find((aggregation) => new RegExp(`[a-z0-9]${aggregation}[A-Z][A-Za-z]*$`, "u").test(name));
}

function describeAbsence(absence: Absence): string {
  switch (absence.why) {
    case "notRunning":
      return "its VirtualMachineInstance is not running";
    case "neverReported":
      return "nothing has been reported since its VirtualMachineInstance started; check that Prometheus scrapes virt-handler on its node";
    case "warmingUp":
      return "its VirtualMachineInstance has just started, and a rate needs samples of two scrape intervals; nothing needs to be done";
    case "notReported":
      return "it is seen, but nothing of this metric is reported for it: memory needs the guest's balloon driver, traffic a network interface, and after an outage of the scrapes a rate needs two intervals";
    case "silent":
      return "it has stopped reporting; check virt-handler on its node, and the scrape targets of Prometheus";
    case "stale":
      return `its newest sample is ${describeAge(absence.ageSeconds)} old, more than ${absence.maxAgeSeconds} s; check the scrape targets of Prometheus`;
    case "undefined":
      return "its samples are fresh, but their quotient is 0/0 for lack of activity; nothing needs to be done";
    case "notActivePod":
      return `this pod does not run VirtualMachineInstance ${absence.vmi} now, another one does (live migration); ask for the VirtualMachineInstance`;
    case "allStarting":
      return `none of its ${absence.starting} virtual machines has reported since it started`;
    case "coverage":
      return describeCoverage(absence);
  }
}

function describeAge(seconds: number): string {
  return seconds < 120 ? `${Math.floor(seconds)} s` : `${Math.floor(seconds / 60)} min`;
}

function describeCoverage({
  reporting,
  silent,
  starting,
  minimumCoverage,
}: Absence & { readonly why: "coverage" }): string {
  const counts = `${reporting} of ${reporting + silent} running virtual machines report`;
  const idle = starting === 0 ? "" : ` (${starting} more are starting)`;
  const needed = `at least ${Math.round(minimumCoverage * 100)} % must`;
  return `${counts}${idle}, ${needed}; check virt-handler on the nodes of the silent ones, and the scrape targets of Prometheus`;
}
