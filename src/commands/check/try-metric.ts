import { encodeExternalMetricValues, encodeMetricValues } from "../../apiservice/encode.ts";
import { statusFor } from "../../apiservice/metric-status.ts";
import { encodeQuantity } from "../../apiservice/quantity.ts";
import { formatGroupResource, type GroupResource } from "../../naming/group-resource.ts";
import type { ExternalMetricRequest, MetricRequest } from "../../naming/metric-request.ts";
import type { MetricError } from "../../naming/metric-error.ts";
import type { CustomMetric, RuleMetric } from "../../naming/rules/registry.ts";
import type { LabelMatcher } from "../../promql/syntax-tree.ts";
import type { Decision } from "../../query/decision.ts";
import type { QueryText } from "../../query/prometheus.ts";
import type { Reading } from "../../query/provider.ts";
import type { RuleProvider } from "../../query/rules/rule-provider.ts";
import { fail, ok, type Result } from "../../result.ts";
import { formatSelector } from "./format-selector.ts";
import type { Sample } from "./trial.ts";

/** What trying a metric needs. */
export interface TryMetricDeps {
  readonly query: QueryText;
  readonly provider: RuleProvider;
  /** Whether the query that was just made was answered with a sample at least. */
  readonly isAnswered: (query: string) => boolean;
  /** Whether the query that was just made had several samples for its object. */
  readonly isRepeated: (query: string) => boolean;
}

const namespaces: GroupResource = { group: "", resource: "namespaces" };

/** Asks for a metric of one object that a series names, of those that `matchers` select. */
export async function tryCustomMetric(
  name: string,
  metric: CustomMetric,
  matchers: readonly LabelMatcher[],
  deps: TryMetricDeps,
): Promise<Sample> {
  const { resource, labels } = metric;
  const isNamespaces = formatGroupResource(resource) === "namespaces";
  const label = labels.labelOf(resource);
  if (!label.ok) return { missing: label.error };
  const within = resource.namespaced && !isNamespaces ? labels.labelOf(namespaces) : ok("");
  const wanted = [label.value, ...(within.ok && within.value !== "" ? [within.value] : [])];
  const found = await someLabels(metric.series, matchers, wanted, deps.query);
  if (!found.ok) return { missing: found.error };
  const object = found.value[label.value] ?? "";
  // A rule that does not tell namespaces cannot be asked of what lives in one, and the answer says so.
  const namespace = within.ok ? (found.value[within.value] ?? "") : "default";
  const request: MetricRequest = {
    metric: name,
    resource: { group: resource.group, resource: resource.resource },
    ...(resource.namespaced && !isNamespaces ? { namespace } : {}),
    target: { by: "name", name: object },
    metricSelector: [],
  };
  const decisions: Decision[] = [];
  const answer = await deps.provider.read(request, (decision) => decisions.push(decision));
  return sampleOf({
    subject: request.namespace === undefined ? object : `${namespace}/${object}`,
    path: customPath(request, object),
    query: queryIn(decisions),
    answer,
    encode: (readings) => encodeMetricValues("v1beta2", request, readings),
    request,
    deps,
  });
}

/** Asks for an external metric in one namespace that a series names. */
export async function tryExternalMetric(
  name: string,
  metric: RuleMetric,
  matchers: readonly LabelMatcher[],
  deps: TryMetricDeps,
): Promise<Sample> {
  const { rule, labels, series } = metric;
  const label = labels.labelOf(namespaces);
  const namespaceLabel = label.ok ? label.value : "namespace";
  const wanted = rule.rule.resources.namespaced ? [namespaceLabel] : [];
  const found = await someLabels(series, matchers, wanted, deps.query);
  if (!found.ok) return { missing: found.error };
  const request: ExternalMetricRequest = {
    metric: name,
    namespace: found.value[namespaceLabel] ?? "default",
    selector: [],
  };
  const decisions: Decision[] = [];
  const answer = await deps.provider.readExternal(request, (decision) => decisions.push(decision));
  return sampleOf({
    subject: request.namespace,
    path: `/apis/external.metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(request.namespace)}/${encodeURIComponent(name)}`,
    query: queryIn(decisions),
    answer,
    encode: (readings) => encodeExternalMetricValues(request, readings),
    request,
    deps,
  });
}

/** The labels of the greatest series that has all of these. Fails, in words for a person, when there is none now. */
async function someLabels(
  series: string,
  matchers: readonly LabelMatcher[],
  wanted: readonly string[],
  query: QueryText,
): Promise<Result<Readonly<Record<string, string>>, string>> {
  const text = `topk(1, ${formatSelector([
    { label: "__name__", op: "=", value: series },
    ...matchers.filter(({ label }) => label !== "__name__"),
    ...wanted.map((label) => ({ label, op: "!=", value: "" }) as const),
  ])})`;
  const answer = await query(text);
  if (!answer.ok) return fail(`Prometheus does not answer ${text}`);
  const [found] = answer.value.type === "vector" ? answer.value.series : [];
  if (found !== undefined) return ok(found.labels);
  const labels = wanted.length === 0 ? "" : ` with ${wanted.join(" and ")}`;
  return fail(`no series of ${series}${labels} has a sample now`);
}

interface Asked<R> {
  readonly subject: string;
  readonly path: string;
  readonly query: string | undefined;
  readonly answer: Result<readonly R[], MetricError>;
  readonly encode: (readings: readonly R[]) => object;
  readonly request: MetricRequest | ExternalMetricRequest;
  readonly deps: TryMetricDeps;
}

function sampleOf<R extends Pick<Reading, "value" | "rounding">>(asked: Asked<R>): Sample {
  const { subject, path, query, answer, encode, request, deps } = asked;
  const known = { subject, path, ...(query === undefined ? {} : { query }) };
  const facts = {
    answered: query !== undefined && deps.isAnswered(query),
    repeated: query !== undefined && deps.isRepeated(query),
  };
  if (answer.ok) {
    const values = answer.value.map(({ value, rounding }) => encodeQuantity(value, rounding));
    return { ...known, code: 200, body: encode(answer.value), values, ...facts };
  }
  const status = statusFor(answer.error, request);
  const detail = "detail" in answer.error ? answer.error.detail : undefined;
  return {
    ...known,
    code: status.code,
    body: status,
    values: [],
    ...(detail === undefined ? {} : { detail }),
    ...facts,
  };
}

function queryIn(decisions: readonly Decision[]): string | undefined {
  return decisions.flatMap((decision) => (decision.at === "rule" ? [decision.query] : []))[0];
}

function customPath({ resource, namespace, metric }: MetricRequest, object: string): string {
  const group = "/apis/custom.metrics.k8s.io/v1beta2";
  const [name, last] = [object, metric].map(encodeURIComponent);
  if (formatGroupResource(resource) === "namespaces") return `${group}/namespaces/${name}/metrics/${last}`;
  const within = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${group}${within}/${formatGroupResource(resource)}/${name}/${last}`;
}
