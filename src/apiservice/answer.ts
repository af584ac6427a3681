import type { MetricError } from "../naming/metric-error.ts";
import type { ExternalMetricRequest, MetricRequest } from "../naming/metric-request.ts";
import type { MetricsProvider, RecordDecision } from "../query/provider.ts";
import type { ApiGroup } from "./api-group.ts";
import {
  aggregatedDiscoveryType,
  encodeAggregatedDiscovery,
  encodeGroup,
  encodeGroupList,
  encodeResourceList,
} from "./discovery.ts";
import { encodeExternalMetricValues, encodeMetricValues } from "./encode.ts";
import { externalName } from "./external-name.ts";
import { statusFor } from "./metric-status.ts";
import type { Accepted } from "./negotiate.ts";
import { openApiV2, openApiV3, openApiV3Group } from "./openapi.ts";
import type { LogRarely } from "./rare-log.ts";
import type { Route } from "./routes.ts";
import { failure, type Status, unexplained } from "./status.ts";

/** An HTTP answer before it is written. */
export interface Answer {
  readonly code: number;
  /** Written in the form that the client prefers; a string is written as plain text. */
  readonly body: object | string;
  /** The media type of the only form there is; absent when the client may choose, and for plain text. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the answer has an ETag, so that a client which knows it gets 304. */
  readonly tagged?: boolean;
  /** Whether JSON is indented whatever the client says. */
  readonly indented?: boolean;
}

/** What answers are made of. */
export interface AnswerDeps {
  /** The groups that are switched on. */
  readonly groups: readonly ApiGroup[];
  readonly provider: MetricsProvider;
  /** Such as `0.1.0`. */
  readonly productVersion: string;
  readonly logRarely: LogRarely;
}

/** What one request brings along. */
export interface Asking {
  /** Is told what was decided on the way. */
  readonly record: RecordDecision;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** The value of a `Warning` header for whoever asks; undefined when there is nothing to warn of, or nothing new. */
  readonly warningOf: (metric: string) => string | undefined;
}

/** The answer to a GET of this route in the form that the client accepts. */
export async function answerRoute(
  route: Route,
  form: Accepted["form"],
  deps: AnswerDeps,
  asking: Asking,
): Promise<Answer> {
  const { groups, provider, productVersion } = deps;
  switch (route.kind) {
    case "notFound":
      return statusAnswer(failure("NotFound", "the server could not find the requested resource", {}));
    case "badRequest":
      return statusAnswer(failure("BadRequest", route.message));
    case "badMetricSelector":
      return statusAnswer(unexplained(route.message));
    case "version":
      return { ...document(describeVersion(productVersion)), indented: true };
    case "groups":
      return form === "discovery" ? answerAggregatedDiscovery(groups) : answerGroups(groups);
    case "group":
      return { code: 200, body: encodeGroup(route.group) };
    case "resources":
      return { code: 200, body: encodeResourceList(route.group, route.version, provider) };
    case "openApiV2":
      return { ...document(openApiV2(productVersion)), tagged: true };
    case "openApiV3":
      return { ...document(openApiV3(groups, productVersion)), tagged: true };
    case "openApiV3Group":
      return { ...document(openApiV3Group(productVersion)), tagged: true };
    case "customMetric":
      return answerMetric(route.version, route.request, deps, asking);
    case "externalMetric":
      return answerExternalMetric(route.request, deps, asking);
    case "watch":
      return refuseWatch(route.group);
  }
}

/** What is no Kubernetes object has no other form than JSON. */
function document(body: object): Answer {
  return { code: 200, body, contentType: "application/json" };
}

/** A Status as an answer. */
export function statusAnswer(status: Status, headers: Readonly<Record<string, string>> = {}): Answer {
  return { code: status.code, body: status, headers };
}

function answerAggregatedDiscovery(groups: readonly ApiGroup[]): Answer {
  return {
    code: 200,
    body: encodeAggregatedDiscovery(groups),
    contentType: aggregatedDiscoveryType,
    headers: { vary: "Accept", "cache-control": "public" },
    tagged: true,
  };
}

function answerGroups(groups: readonly ApiGroup[]): Answer {
  return { code: 200, body: encodeGroupList(groups), headers: { vary: "Accept" } };
}

async function answerMetric(
  version: string,
  request: MetricRequest,
  deps: AnswerDeps,
  asking: Asking,
): Promise<Answer> {
  const readings = await deps.provider.read(request, asking.record, asking.signal);
  if (!readings.ok) return answerError(readings.error, request, deps.logRarely);
  return answerValues(encodeMetricValues(version, request, readings.value), request.metric, asking);
}

async function answerExternalMetric(written: ExternalMetricRequest, deps: AnswerDeps, asking: Asking): Promise<Answer> {
  const request = { ...written, metric: externalName(written.metric, deps.provider.listExternal()) };
  const readings = await deps.provider.readExternal(request, asking.record, asking.signal);
  if (!readings.ok) return answerError(readings.error, request, deps.logRarely);
  return answerValues(encodeExternalMetricValues(request, readings.value), request.metric, asking);
}

function answerValues(body: object, metric: string, { warningOf }: Asking): Answer {
  const warning = warningOf(metric);
  return { code: 200, body, ...(warning === undefined ? {} : { headers: { warning } }) };
}

/** What the backend said is kept from clients, so it must be in the log. */
function answerError(error: MetricError, request: MetricRequest | ExternalMetricRequest, logRarely: LogRarely): Answer {
  if (hasHiddenDetail(error) && error.detail !== undefined) {
    const { kind, detail } = error;
    logRarely(kind, "error", "Cannot fetch metrics", { kind, metric: request.metric, detail });
  }
  return statusAnswer(statusFor(error, request));
}

const hiddenDetails = [
  "backendUnavailable",
  "backendRejected",
  "ruleQueryFailed",
  "ruleObjectsUnknown",
  "ruleMetricNotFound",
] as const;

function hasHiddenDetail(
  error: MetricError,
): error is Extract<MetricError, { readonly kind: (typeof hiddenDetails)[number] }> {
  return hiddenDetails.some((kind) => kind === error.kind);
}

/** In the words of the kube-apiserver. */
function refuseWatch({ name: group }: ApiGroup): Answer {
  const message = `watch is not supported on resources of kind "*.${group}"`;
  return statusAnswer(failure("MethodNotAllowed", message, { group, kind: "*" }), { allow: "GET" });
}

/** version.Info of k8s.io/apimachinery. */
function describeVersion(productVersion: string): object {
  const [major = "", minor = ""] = productVersion.split(".");
  return {
    major,
    minor,
    gitVersion: `v${productVersion}`,
    gitCommit: "",
    gitTreeState: "",
    buildDate: "",
    goVersion: "",
    compiler: `node ${process.version}`,
    platform: `${process.platform}/${process.arch}`,
  };
}
