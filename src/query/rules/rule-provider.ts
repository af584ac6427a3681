import type { LabelSelector } from "../../naming/label-selector.ts";
import type { MetricError } from "../../naming/metric-error.ts";
import type { MetricRequest } from "../../naming/metric-request.ts";
import type { Compatibility } from "../../naming/rules/compatibility.ts";
import { customQuery, externalQuery } from "../../naming/rules/metric-query.ts";
import type { CustomMetric } from "../../naming/rules/registry.ts";
import type { MappedResource } from "../../naming/rules/rest-mapper.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { QueryText } from "../prometheus.ts";
import type { MetricsProvider } from "../provider.ts";
import type { RuleBook } from "./rule-book.ts";
import { describeObject, externalReadings, pointsByName, queryFailed, vectorOf } from "./rule-readings.ts";
import { customValue } from "./rule-values.ts";

/**
 * Names the objects of a resource whose labels match, in the order of the Kubernetes API; those of a namespace or, without
 * one, all. Fails, in words for the log, when that cannot be known now.
 */
export type ListNames = (
  resource: MappedResource,
  namespace: string | undefined,
  selector: LabelSelector,
) => Promise<Result<readonly string[], { readonly detail: string }>>;

export interface RuleProviderOptions {
  /** As it is now. */
  readonly book: () => RuleBook;
  readonly query: QueryText;
  readonly listNames: ListNames;
  readonly compatibility: Compatibility;
  /** Wall clock, in milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
  /** Is told when somebody asks for objects of a resource that is not known: it may have come into being. */
  readonly onUnknownResource: () => void;
  /** Is told of a query that has several samples for one object: only the last of them counts. */
  readonly onDuplicates: (metric: string, query: string) => void;
}

/** The metrics of naming rules. */
export interface RuleProvider extends MetricsProvider {
  /** Whether a rule makes this metric for this resource. */
  readonly defines: (request: MetricRequest) => boolean;
  /** Whether a rule makes this external metric. */
  readonly definesExternal: (metric: string) => boolean;
  /**
   * Whether a rule could make this metric and no series is known that it could be made of, as before the first list and when
   * an exporter is gone. What others mean by the name is not what was asked for.
   */
  readonly awaits: (metric: string) => boolean;
  /** The same for external metrics. */
  readonly awaitsExternal: (metric: string) => boolean;
}

/**
 * Serves the metrics of naming rules as prometheus-adapter does: equal queries, values and errors. A read by selector is an
 * empty list where objects match and none has a sample, and an error where no object matches.
 */
export function createRuleProvider(options: RuleProviderOptions): RuleProvider {
  const { book, compatibility } = options;
  return {
    list: () => book().custom.list,
    listExternal: () => book().external.list,
    notice: () => undefined,
    defines: (request) => findMetric(book(), request) !== undefined,
    definesExternal: (metric) => book().external.find(metric) !== undefined,
    awaits: (metric) => book().awaitsCustom(metric),
    awaitsExternal: (metric) => book().awaitsExternal(metric),

    read: async (request, record, signal) => {
      // prometheus-adapter lists objects before it knows whether there is such a metric, which shows in its errors.
      const names = await namesOf(request, options);
      if (!names.ok) return names;
      if (signal?.aborted === true) return fail({ kind: "timedOut" });
      const metric = findMetric(book(), request);
      if (metric === undefined) {
        if (book().mapper.resourceFor(request.resource) === undefined) options.onUnknownResource();
        return fail(notFound(request));
      }
      record({ at: "objects", metric: request.metric, objects: names.value.length, virtualMachines: 0 });

      const { namespace, metricSelector: selector } = request;
      const within = namespace === undefined ? {} : { namespace };
      const query = customQuery(metric, { ...within, names: names.value, selector }, compatibility);
      if (!query.ok) return fail(notFound(request, query.error));
      const label = metric.labels.labelOf(metric.resource);
      if (!label.ok) return fail(notFound(request, label.error));
      record({ at: "rule", metric: request.metric, series: metric.series, query: query.value });
      const samples = vectorOf(await options.query(query.value));
      if (!samples.ok) return samples;

      const points = pointsByName(samples.value, label.value);
      if (points.size < samples.value.length) options.onDuplicates(request.metric, query.value);
      const readings = names.value.flatMap((name) => {
        const point = points.get(name);
        const value = point && customValue(point.value, compatibility.infinities);
        if (point === undefined || value === undefined) return [];
        const timestampMs = compatibility.timestamps === "sample" ? point.timestampMs : options.wallClock();
        record({ at: "answer", name, value, timestampMs });
        const object = describeObject(metric.resource, namespace, name);
        return { object, value, rounding: compatibility.rounding, timestampMs };
      });
      const isMissing = request.target.by === "name" && readings.length === 0;
      return isMissing ? fail(valueNotFound(request)) : ok(readings);
    },

    readExternal: async (request, record) => {
      const { metric, namespace, selector } = request;
      const found = book().external.find(metric);
      if (found === undefined) return fail({ kind: "ruleExternalMetricNotFound", metric, namespace });
      const query = externalQuery(found, { namespace, selector }, compatibility);
      if (!query.ok) return fail({ kind: "ruleQueryFailed", detail: query.error });
      record({ at: "rule", metric, series: found.series, query: query.value });
      const answer = await options.query(query.value);
      return answer.ok ? externalReadings(metric, answer.value, compatibility) : fail(queryFailed(answer.error));
    },
  };
}

/** The registry knows cluster-scoped resources by the path without a namespace, and all others by the one with it. */
function findMetric({ custom }: RuleBook, { resource, namespace, metric }: MetricRequest): CustomMetric | undefined {
  return custom.find(resource, namespace !== undefined, metric);
}

async function namesOf(
  { target, resource: asked, namespace }: MetricRequest,
  { book, listNames, onUnknownResource }: RuleProviderOptions,
): Promise<Result<readonly string[], MetricError>> {
  if (target.by === "name") return ok([target.name]);
  const resource = book().mapper.firstResourceFor(asked);
  if (resource === undefined) {
    onUnknownResource();
    return fail({ kind: "ruleObjectsUnknown", resource: asked, detail: "the cluster has no such resource" });
  }
  const names = await listNames(resource, namespace, target.selector);
  return names.ok ? names : fail({ kind: "ruleObjectsUnknown", resource: asked, detail: names.error.detail });
}

function notFound({ metric, resource }: MetricRequest, detail?: string): MetricError {
  return { kind: "ruleMetricNotFound", metric, resource, ...(detail === undefined ? {} : { detail }) };
}

/** Of an object that was asked for by name. */
function valueNotFound({ metric, resource, target }: MetricRequest): MetricError {
  return { kind: "ruleMetricNotFound", metric, resource, ...(target.by === "name" ? { name: target.name } : {}) };
}
