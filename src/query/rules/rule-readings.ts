import type { MetricError } from "../../naming/metric-error.ts";
import type { Compatibility } from "../../naming/rules/compatibility.ts";
import type { MappedResource } from "../../naming/rules/rest-mapper.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Point, QueryAnswer, Series } from "../prometheus-answer.ts";
import type { DescribedObject, ExternalReading } from "../provider.ts";
import { externalValue } from "./rule-values.ts";

/** The sample of each object, by the label that names it. Of several the last one counts, as in prometheus-adapter. */
export function pointsByName(samples: readonly Series[], label: string): ReadonlyMap<string, Point> {
  return new Map(
    samples.flatMap(({ labels, points }) => {
      const point = points.at(-1);
      return point === undefined ? [] : [[labels[label] ?? "", point]];
    }),
  );
}

/** An object as prometheus-adapter describes it: `apiVersion` has its slash for the core group, too (`/v1`). */
export function describeObject(
  { group, version, kind }: MappedResource,
  namespace: string | undefined,
  name: string,
): DescribedObject {
  return { apiVersion: `${group}/${version}`, kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** Values of an external metric: one for each sample of a vector, in its order, or that of a scalar, which has no labels. */
export function externalReadings(
  metric: string,
  answer: QueryAnswer,
  { infinities, rounding }: Pick<Compatibility, "infinities" | "rounding">,
): Result<readonly ExternalReading[], MetricError> {
  function toReading(labels: ExternalReading["labels"], point: Point | undefined): readonly ExternalReading[] {
    const value = point && externalValue(point.value, infinities);
    return point === undefined || value === undefined
      ? []
      : [{ labels, value, rounding, timestampMs: point.timestampMs }];
  }

  switch (answer.type) {
    case "vector":
      return ok(answer.series.flatMap(({ labels, points }) => toReading(labels, points.at(-1))));
    case "scalar":
      return ok(toReading(null, answer.point));
    case "matrix":
      return fail({ kind: "ruleRange", metric });
    case "string":
      return fail({ kind: "ruleQueryFailed", detail: "the answer is a string" });
  }
}

/** The samples of an instant vector; anything else is as good as no answer. */
export function vectorOf(answer: Result<QueryAnswer, MetricError>): Result<readonly Series[], MetricError> {
  if (!answer.ok) return fail(queryFailed(answer.error));
  if (answer.value.type === "vector") return ok(answer.value.series);
  return fail({ kind: "ruleQueryFailed", detail: `the answer is a ${answer.value.type} and no vector` });
}

/** What a failure of Prometheus is to who asks for a rule's metric. */
export function queryFailed(error: MetricError): MetricError {
  if (error.kind === "timedOut") return { kind: "ruleQueryFailed", detail: "no answer in time" };
  return {
    kind: "ruleQueryFailed",
    detail: "detail" in error && error.detail !== undefined ? error.detail : error.kind,
  };
}
