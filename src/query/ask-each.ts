import type { MetricError } from "../naming/metric-error.ts";
import { ok, type Result } from "../result.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import { all } from "./all.ts";
import type { Snapshot } from "./snapshot.ts";

/** What is known of a virtual machine, and the span of its samples, in milliseconds; undefined without a span. */
export type Values = (
  vmi: VirtualMachineInstance,
) => { readonly spanMs: number; readonly snapshot: Snapshot } | undefined;

/** Asks one question for each span that any virtual machine has, and lets each have the answer to its own. */
export async function askEach(
  vmis: readonly VirtualMachineInstance[],
  spanOf: (vmi: VirtualMachineInstance) => number | undefined,
  ask: (spanMs: number) => Promise<Result<Snapshot, MetricError>>,
): Promise<Result<Values, MetricError>> {
  const spanByVmi = new Map(vmis.map((vmi) => [vmi, spanOf(vmi)]));
  const spans = [...new Set([...spanByVmi.values()].flatMap((spanMs) => spanMs ?? []))];
  const answers = await all(spans, async (spanMs) => {
    const snapshot = await ask(spanMs);
    return snapshot.ok ? ok([spanMs, { spanMs, snapshot: snapshot.value }] as const) : snapshot;
  });
  if (!answers.ok) return answers;
  const bySpan = new Map(answers.value);
  return ok((vmi) => bySpan.get(spanByVmi.get(vmi) ?? NaN));
}
