import fc from "fast-check";
import { expect } from "vitest";
import { createRotationWorld, type Event, type RotationWorld } from "./rotation-world.ts";

const s = 1_000;

/** Of an authority that lives for an hour. */
export const rotationTimes = { authorityMs: 3_650 * s, leafMs: 300 * s, agingMs: 30 * s };

const number = fc.nat({ max: 20 });

/** Mostly one replica works for a while and the other one is held up wherever it is. */
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant("go"), which: number, turns: fc.constantFrom(1, 2, 3, 5, 10, 30, 100) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("pass"),
      ms: fc.constantFrom(100, 2 * s, 6 * s, 16 * s, 31 * s, 200 * s),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("pass"), ms: fc.constantFrom(301 * s, 2_800 * s) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("crash"), which: number }) },
  { weight: 2, arbitrary: fc.constantFrom<Event>({ kind: "register" }, { kind: "tell" }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("spoil"),
      which: number,
      how: fc.constantFrom("lost", "garbled", "all"),
    }),
  },
);

/** Lets time pass in small steps while everybody works. */
export async function live(world: RotationWorld, seconds: number, stepSeconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += stepSeconds) {
    await world.settle();
    await world.happen({ kind: "pass", ms: stepSeconds * s });
    expect(world.untrusted()).toEqual([]);
  }
}

/**
 * Tries so many courses of events, and then lets everybody work in peace. At no time is anything served that somebody does
 * not trust, and in the end every replica serves something. Answers the smallest course that breaks this, or "".
 */
export async function brokenRotation(numRuns: number, seed: number): Promise<string> {
  const outcome = await fc.check(
    fc.asyncProperty(fc.array(event, { maxLength: 60, size: "max" }), async (events) => {
      const world = createRotationWorld(rotationTimes);
      await world.settle();
      for (const each of events) {
        await world.happen(each);
        expect(world.untrusted()).toEqual([]);
      }
      await live(world, 300, 15);
      await world.settle();
      expect([world.untrusted(), world.bare()]).toEqual([[], 0]);
    }),
    { numRuns, seed },
  );
  return fc.defaultReportMessage(outcome) ?? "";
}
