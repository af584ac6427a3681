import type { MetricError } from "../naming/metric-error.ts";
import { ok, type Result } from "../result.ts";
import type { VirtualMachineInstance } from "../vm/objects.ts";
import { all } from "./all.ts";
import { isSettled, type Meaning, type Voice } from "./choose-figure.ts";

/** A source that can be asked, and what its exporter has seen. */
export type Seat = Pick<Voice, "source" | "sight">;

/** Asks a source about virtual machines. */
export type Listen = (seat: Seat, vmis: readonly VirtualMachineInstance[]) => Promise<Result<Voice, MetricError>>;

/**
 * Asks sources in the order of preference, each about those virtual machines alone for which no source before it settles
 * the choice: names that only some clusters have cost the others nothing. How new it is what has times of its own, only its
 * answer tells: such a source is asked in any case.
 */
export async function askSources(
  seats: readonly Seat[],
  vmis: readonly VirtualMachineInstance[],
  meaning: Meaning,
  listen: Listen,
): Promise<Result<readonly Voice[], MetricError>> {
  const inTurn = seats.filter(({ source }) => source.time === undefined);
  const apart = seats.filter(({ source }) => source.time !== undefined);
  const groups = [inTurn, ...apart.map((seat) => [seat])];
  const voices = await all(groups, async (group) => listenInTurn(group, vmis, meaning, listen));
  if (!voices.ok) return voices;
  const said = new Map(voices.value.flat().map((voice) => [voice.source, voice]));
  return ok(seats.flatMap(({ source }) => said.get(source) ?? []));
}

async function listenInTurn(
  seats: readonly Seat[],
  vmis: readonly VirtualMachineInstance[],
  meaning: Meaning,
  listen: Listen,
): Promise<Result<readonly Voice[], MetricError>> {
  const voices: Voice[] = [];
  for (const seat of seats) {
    const those = vmis.filter((vmi) => !voices.some((voice) => isSettled(vmi, meaning, voice, seat.sight)));
    const voice = await listen(seat, those);
    if (!voice.ok) return voice;
    voices.push(voice.value);
  }
  return ok(voices);
}
