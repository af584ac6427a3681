import type { MetricError } from "../naming/metric-error.ts";
import { ok, type Result } from "../result.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import { all } from "./all.ts";
import type { Snapshot } from "./snapshot.ts";
import { type Spans, windowOf } from "./spans.ts";

/** Asks what a source says of a rate over a window, in milliseconds. */
export type AskWindow = (windowMs: number) => Promise<Result<Snapshot, MetricError>>;

/** What is known of a virtual machine's rate, and over which window; undefined while it is too young for any. */
export type Values = (
  vmi: VirtualMachineInstance,
) => { readonly windowMs: number; readonly snapshot: Snapshot } | undefined;

/**
 * Asks for the rates of virtual machines, of each over its own window.
 *
 * Those that have none are asked for over twice the window. Between the nodes of a live migration scrapes can miss a virtual
 * machine for most of two intervals, and KubeVirt changes its labels before: less than two intervals of the window may be
 * left. It is in the samples of before and after.
 */
export async function askRates(
  vmis: readonly VirtualMachineInstance[],
  spans: Spans,
  nowMs: number,
  ask: AskWindow,
): Promise<Result<Values, MetricError>> {
  const values = await askWithin(vmis, spans, nowMs, ask);
  if (!values.ok) return values;
  const wide = { ...spans, windowMs: 2 * spans.windowMs };
  const without = new Set(
    vmis.filter((vmi) => (windowOf(vmi, wide, nowMs) ?? 0) > spans.windowMs && !hasValue(values.value, vmi)),
  );
  const further = await askWithin([...without], wide, nowMs, ask);
  return further.ok ? ok((vmi) => (without.has(vmi) ? further : values).value(vmi)) : further;
}

async function askWithin(
  vmis: readonly VirtualMachineInstance[],
  spans: Spans,
  nowMs: number,
  ask: AskWindow,
): Promise<Result<Values, MetricError>> {
  const windows = [...new Set(vmis.flatMap((vmi) => windowOf(vmi, spans, nowMs) ?? []))];
  const answers = await all(windows, async (windowMs) => {
    const snapshot = await ask(windowMs);
    return snapshot.ok ? ok([windowMs, { windowMs, snapshot: snapshot.value }] as const) : snapshot;
  });
  if (!answers.ok) return answers;
  const byWindow = new Map(answers.value);
  return ok((vmi) => byWindow.get(windowOf(vmi, spans, nowMs) ?? NaN));
}

function hasValue(values: Values, vmi: VirtualMachineInstance): boolean {
  return values(vmi)?.snapshot.valueOf(vmi.namespace, vmi.name) !== undefined;
}
