import type { Absence, MetricError } from "../naming/metric-error.ts";
import type { MetricRequest } from "../naming/metric-request.ts";
import { fail, ok, type Result } from "../result.ts";
import { aggregate } from "../vm/aggregate.ts";
import type { Member } from "../vm/member.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import type { Extent, VmResource } from "../vm/resource.ts";
import type { Members } from "./members.ts";
import type { Meant } from "./metric-index.ts";
import type { Reading } from "./provider.ts";

/** A figure to serve, or why there is none. */
export type Answer = Result<Omit<Reading, "object">, Absence>;

export interface AnswerOptions {
  /** The least part of an aggregate's members that must report, from 0 to 1. */
  readonly minimumCoverage: number;
  /** Wall clock, in milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
}

/** The virtual machines whose figures are needed. */
export function vmisOf(extent: Extent): readonly VirtualMachineInstance[] {
  switch (extent.of) {
    case "one":
      return [extent.vmi];
    case "many":
      return extent.vmis;
    case "none":
      return [];
  }
}

/** The figure of an object, in the unit that was asked for. */
export function answerFor(
  extent: Extent,
  { aggregation = "Sum", factor }: Pick<Meant, "aggregation" | "factor">,
  members: Members,
  { minimumCoverage, wallClock }: AnswerOptions,
): Answer {
  switch (extent.of) {
    case "none":
      return fail(extent.absence);
    case "one": {
      const member = members.of(extent.vmi);
      return member.is === "reporting"
        ? ok({
            value: inUnit(member.value, factor),
            timestampMs: member.timestampMs,
            ...windowSeconds(member.windowMs),
          })
        : fail(member.absence);
    }
    case "many": {
      const waiting = Array.from({ length: extent.waiting }, () => withoutInstance);
      const all = [...extent.vmis.map(members.of), ...waiting];
      const figure = aggregate(all, aggregation, { minimumCoverage, windowMs: members.windowMs });
      return figure.ok
        ? ok({
            value: inUnit(figure.value.value, factor),
            timestampMs: figure.value.timestampMs ?? wallClock(),
            ...windowSeconds(members.windowMs),
          })
        : figure;
    }
  }
}

/** A figure in the unit that was asked for. Beyond what a number can hold it is the largest that there is, as readers clamp it. */
export function inUnit(value: number, factor: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value * factor));
}

function windowSeconds(windowMs: number | undefined): { readonly windowSeconds?: number } {
  return windowMs === undefined ? {} : { windowSeconds: Math.round(windowMs / 1_000) };
}

/** A virtual machine without an instance adds nothing; whether it is stopped or about to start is not known. */
const withoutInstance: Member = { is: "starting", absence: { why: "notRunning" } };

/** One reading for each object that has a figure, or why none has. */
export function toReadings(
  answers: readonly { readonly name: string; readonly answer: Answer }[],
  { apiVersion, kind, namespaced, resource }: VmResource,
  { metric, namespace, target }: MetricRequest,
): Result<readonly Reading[], MetricError> {
  const where = namespaced && namespace !== undefined ? { namespace } : {};
  const readings = answers.flatMap(({ name, answer }) =>
    answer.ok ? [{ object: { apiVersion, kind, ...where, name }, ...answer.value }] : [],
  );
  const [example] = answers.flatMap(({ name, answer }) => (answer.ok ? [] : [{ name, absence: answer.error }]));
  if (readings.length > 0 || example === undefined) return ok(readings);
  return fail(
    target.by === "name"
      ? { kind: "noValue", metric, resource, ...where, name: example.name, absence: example.absence }
      : { kind: "noValues", metric, resource, objects: answers.length, example },
  );
}
