import { readFileSync } from "node:fs";
import { parse } from "yaml";

/** What an autoscaler looks at, and what it wants that to be. */
export interface AutoscaledMetric {
  readonly type: "Object" | "External";
  readonly name: string;
  /** What the metric is of; absent for an external one. */
  readonly object?: ObjectReference;
  /** Selects a device, or virtual machines of an external metric. */
  readonly labels: Readonly<Record<string, string>>;
  readonly target: { readonly type: "AverageValue" | "Value"; readonly quantity: string };
}

/** The kind and name of an object, with its version. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** A HorizontalPodAutoscaler as a page shows it. */
export interface DocumentedAutoscaler {
  /** The YAML, letter by letter. */
  readonly text: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace: string;
  readonly scaleTarget: ObjectReference;
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly metric: AutoscaledMetric;
}

/** All YAML blocks of one kind that a page shows, in its order; a block that does not parse throws. */
export function yamlBlocks(file: string, kind: string): readonly string[] {
  const blocks = [...readFileSync(file, "utf8").matchAll(/^```yaml\n(.*?)^```$/gmsu)].map(([, text = ""]) => text);
  return blocks.filter((text) => (parse(text) as { readonly kind?: string }).kind === kind);
}

/** The complete autoscalers that a page shows. One with several metrics throws: a page shows them one by one. */
export function documentedAutoscalers(file: string): readonly DocumentedAutoscaler[] {
  return yamlBlocks(file, "HorizontalPodAutoscaler").map((text) => {
    const { apiVersion, metadata, spec } = parse(text) as Autoscaler;
    const [metric, ...others] = spec.metrics;
    if (metric === undefined || others.length > 0) throw new Error(`Not one metric: ${text}`);
    return {
      text,
      apiVersion,
      ...metadata,
      scaleTarget: spec.scaleTargetRef,
      minReplicas: spec.minReplicas,
      maxReplicas: spec.maxReplicas,
      metric: metricOf(metric),
    };
  });
}

interface Autoscaler {
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: {
    readonly scaleTargetRef: ObjectReference;
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly metrics: readonly MetricSpec[];
  };
}

interface MetricSpec {
  readonly type: "Object" | "External";
  readonly object?: MetricSource & { readonly describedObject: ObjectReference };
  readonly external?: MetricSource;
}

interface MetricSource {
  readonly metric: { readonly name: string; readonly selector?: { readonly matchLabels: Record<string, string> } };
  readonly target: {
    readonly type: "AverageValue" | "Value";
    readonly averageValue?: string;
    readonly value?: string;
  };
}

function metricOf({ type, object, external }: MetricSpec): AutoscaledMetric {
  const source = type === "Object" ? object : external;
  if (source === undefined) throw new Error(`A metric of type ${type} without what it is of`);
  const { metric, target } = source;
  const quantity = target.type === "Value" ? target.value : target.averageValue;
  return {
    type,
    name: metric.name,
    ...(object === undefined ? {} : { object: object.describedObject }),
    labels: metric.selector?.matchLabels ?? {},
    target: { type: target.type, quantity: quantity ?? "" },
  };
}
