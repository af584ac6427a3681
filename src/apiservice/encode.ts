import type { LabelSelector, Requirement } from "../naming/label-selector.ts";
import type { ExternalMetricRequest, MetricRequest } from "../naming/metric-request.ts";
import type { DescribedObject, ExternalReading, Reading } from "../query/provider.ts";
import { encodeQuantity } from "./quantity.ts";

/** Encodes readings as a MetricValueList of custom.metrics.k8s.io in the version asked for. */
export function encodeMetricValues(version: string, request: MetricRequest, readings: readonly Reading[]): object {
  const encode = version === "v1beta1" ? encodeV1beta1 : encodeV1beta2;
  const selector = encodeLabelSelector(request.metricSelector);
  return {
    kind: "MetricValueList",
    apiVersion: `custom.metrics.k8s.io/${version}`,
    metadata: {},
    items: readings.map((reading) => encode(request.metric, selector, reading)),
  };
}

/** Encodes readings as an ExternalMetricValueList of external.metrics.k8s.io/v1beta1. */
export function encodeExternalMetricValues(
  { metric }: ExternalMetricRequest,
  readings: readonly ExternalReading[],
): object {
  return {
    kind: "ExternalMetricValueList",
    apiVersion: "external.metrics.k8s.io/v1beta1",
    metadata: {},
    items: readings.map(({ labels, timestampMs, windowSeconds, value, rounding }) => ({
      metricName: metric,
      metricLabels: labels,
      timestamp: encodeTime(timestampMs),
      ...(windowSeconds === undefined ? {} : { window: Math.ceil(windowSeconds) }),
      value: encodeQuantity(value, rounding),
    })),
  };
}

/**
 * Writes a selector as a meta/v1 LabelSelector object, which knows no comparison: `!=` becomes NotIn. Null for no
 * selector and for one that has `<` or `>`.
 */
export function encodeLabelSelector(selector: LabelSelector): object | null {
  if (selector.length === 0 || selector.some(({ operator }) => operator === ">" || operator === "<")) return null;
  const equal = selector.filter(isFirstEquality);
  const others = selector.filter((requirement) => !equal.includes(requirement));
  return {
    ...(equal.length === 0
      ? {}
      : { matchLabels: Object.fromEntries(equal.map(({ key, values }) => [key, values[0]])) }),
    ...(others.length === 0 ? {} : { matchExpressions: others.map(encodeRequirement) }),
  };
}

function encodeV1beta1(metric: string, selector: object | null, reading: Reading): object {
  return {
    describedObject: encodeObject(reading.object),
    metricName: metric,
    timestamp: encodeTime(reading.timestampMs),
    ...(reading.windowSeconds === undefined ? {} : { window: Math.ceil(reading.windowSeconds) }),
    value: encodeQuantity(reading.value, reading.rounding),
    selector,
  };
}

function encodeV1beta2(metric: string, selector: object | null, reading: Reading): object {
  return {
    describedObject: encodeObject(reading.object),
    metric: { name: metric, selector },
    timestamp: encodeTime(reading.timestampMs),
    ...(reading.windowSeconds === undefined ? {} : { windowSeconds: Math.ceil(reading.windowSeconds) }),
    value: encodeQuantity(reading.value, reading.rounding),
  };
}

function encodeObject({ apiVersion, kind, namespace, name }: DescribedObject): object {
  return { kind, ...(namespace === undefined ? {} : { namespace }), name, apiVersion };
}

/** RFC 3339 in whole seconds, as meta/v1 Time is written. */
function encodeTime(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/u, "Z");
}

/** matchLabels has one value for a key; a second one can only be an expression. */
function isFirstEquality({ key, operator }: Requirement, index: number, selector: LabelSelector): boolean {
  return (
    isEquality(operator) && selector.findIndex((other) => other.key === key && isEquality(other.operator)) === index
  );
}

function isEquality(operator: Requirement["operator"]): boolean {
  return operator === "=" || operator === "==";
}

function encodeRequirement({ key, operator, values }: Requirement): object {
  switch (operator) {
    case "exists":
      return { key, operator: "Exists" };
    case "!":
      return { key, operator: "DoesNotExist" };
    case "!=":
    case "notin":
      return { key, operator: "NotIn", values };
    case "=":
    case "==":
    case "in":
      return { key, operator: "In", values };
    case ">":
    case "<":
      throw new Error(`Cannot write operator "${operator}" as a LabelSelector object: it has no such form`);
  }
}
