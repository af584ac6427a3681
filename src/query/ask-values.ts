import type { MetricError } from "../naming/metric-error.ts";
import { ok, type Result } from "../result.ts";
import type { Scope } from "../vm/catalogue/vm-metric.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import { askEach, type Values } from "./ask-each.ts";
import type { Sight } from "./choose-figure.ts";
import type { Snapshot } from "./snapshot.ts";
import { reachOf, reachOfLast, type Spans, windowOf } from "./spans.ts";

/** Asks what a source says, over these spans. */
export type Ask = (spans: Pick<Scope, "rate" | "maxAgeMs">) => Promise<Result<Snapshot, MetricError>>;

/** Asks for gauges, of each virtual machine as far back as its samples may lie. Spans are counted from `nowMs`. */
export async function askGauges(
  vmis: readonly VirtualMachineInstance[],
  { seen, spans }: Sight,
  nowMs: number,
  ask: Ask,
): Promise<Result<Values, MetricError>> {
  function reach(vmi: VirtualMachineInstance): number | undefined {
    return reachOf(vmi, (seen.valueOf(vmi.namespace, vmi.name) ?? NaN) * 1_000, spans, nowMs);
  }
  return askEach(vmis, reach, async (maxAgeMs) => ask({ rate: spans, maxAgeMs }));
}

/**
 * Asks for what is written with times of its own: as far back as samples count, or since the virtual machine was created.
 * Who uses an answer looks at its times. Spans are counted from `nowMs`.
 */
export async function askOwnTimes(
  vmis: readonly VirtualMachineInstance[],
  { spans, keepsLast, nowMs }: { readonly spans: Spans; readonly keepsLast: boolean; readonly nowMs: number },
  ask: Ask,
): Promise<Result<Values, MetricError>> {
  function reach(vmi: VirtualMachineInstance): number {
    return keepsLast ? reachOfLast(vmi, spans, nowMs) : spans.maxAgeMs;
  }
  return askEach(vmis, reach, async (maxAgeMs) => ask({ rate: spans, maxAgeMs }));
}

/**
 * Asks for rates, of each virtual machine over its window, and of those that have none over twice the window. Between the
 * nodes of a live migration scrapes can miss a virtual machine for most of two intervals, and KubeVirt changes its labels
 * before: less than two intervals of the window may be left. Something must be known of that, though: a counter that ended
 * is not to be heard of for longer. Spans are counted from `nowMs`.
 */
export async function askRates(
  vmis: readonly VirtualMachineInstance[],
  { spans, measured }: Sight,
  nowMs: number,
  ask: Ask,
): Promise<Result<Values, MetricError>> {
  if (!measured) return ok(() => undefined);
  const { intervalMs, maxAgeMs } = spans;
  const values = await askEach(
    vmis,
    (vmi) => windowOf(vmi, spans, nowMs),
    async (windowMs) => ask({ rate: { intervalMs, windowMs }, maxAgeMs }),
  );
  if (!values.ok) return values;

  const wide = { ...spans, windowMs: 2 * spans.windowMs };
  const recentMs = Math.max(spans.windowMs, 4 * intervalMs);
  const without = new Set(
    vmis.filter((vmi) => {
      const known = values.value(vmi);
      const isOld = known?.spanMs === spans.windowMs && (windowOf(vmi, wide, nowMs) ?? 0) > spans.windowMs;
      return isOld && known.snapshot.valueOf(vmi.namespace, vmi.name) === undefined;
    }),
  );
  const further = await askEach(
    [...without],
    (vmi) => windowOf(vmi, wide, nowMs),
    async (windowMs) => ask({ rate: { intervalMs, windowMs, recentMs }, maxAgeMs }),
  );
  return further.ok ? ok((vmi) => (without.has(vmi) ? further : values).value(vmi)) : further;
}
