import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createEndpoints, type Endpoints } from "../../sandbox/endpoints.ts";
import { createFakeClock, type FakeClock } from "../cluster/fake-clock.ts";

const [a, b] = [1001, 1002];
let clock: FakeClock;
let answers: Map<number, boolean | "none">;
let asked: number[];
let endpoints: Endpoints;

beforeEach(() => {
  clock = createFakeClock();
  answers = new Map<number, boolean | "none">([
    [a, true],
    [b, true],
  ]);
  asked = [];
  endpoints = createEndpoints({
    probe: async (port) => {
      asked.push(port);
      const answer = answers.get(port) ?? "none";
      return answer === "none" ? Promise.reject(new Error("refused")) : Promise.resolve(answer);
    },
    periodMs: 1_000,
    failureThreshold: 2,
    sleep: clock.sleep,
  });
});

afterEach(async () => {
  await endpoints[Symbol.asyncDispose]();
});

/** Lets the questions of so many periods be asked and answered. */
async function pass(periods: number): Promise<void> {
  for (let period = 0; period < periods; period += 1) {
    clock.advance(1_000);
    await turn();
  }
}

describe("createEndpoints()", () => {
  test("has a replica from its first success", async () => {
    answers.set(a, false);
    void endpoints.add(a);
    await turn();
    expect(endpoints.ready()).toEqual([]);
    answers.set(a, true);
    await pass(1);
    expect(endpoints.ready()).toEqual([a]);
  });

  test.for([[false], ["none"]] as const)("drops it after as many answers of %j as the threshold", async ([answer]) => {
    void endpoints.add(a);
    void endpoints.add(b);
    await turn();
    answers.set(a, answer);
    await pass(1);
    expect(endpoints.ready()).toEqual([a, b]);
    await pass(1);
    expect(endpoints.ready()).toEqual([b]);
  });

  test("counts failures in a row only", async () => {
    void endpoints.add(a);
    for (const answer of [false, true, false, true]) {
      answers.set(a, answer);
      await pass(1);
    }
    expect(endpoints.ready()).toEqual([a]);
  });

  test("drops a replica at once when it is told so, whatever an answer under way says, and asks it no more", async () => {
    void endpoints.add(a);
    await turn();
    clock.advance(1_000);
    endpoints.remove(a);
    expect(endpoints.ready()).toEqual([]);
    await turn();
    const before = asked.length;
    await pass(3);
    expect(endpoints.ready()).toEqual([]);
    expect(asked).toHaveLength(before);
  });

  test("says when a replica is ready for the first time, or will not be", async () => {
    await endpoints.add(a);
    expect(endpoints.ready()).toEqual([a]);
    answers.set(b, false);
    const waiting = endpoints.add(b);
    await turn();
    endpoints.remove(b);
    await waiting;
    expect(endpoints.ready()).toEqual([a]);
  });

  test("takes a replica up again", async () => {
    void endpoints.add(a);
    await turn();
    endpoints.remove(a);
    void endpoints.add(a);
    await turn();
    expect(endpoints.ready()).toEqual([a]);
    await pass(1);
    expect(asked).toHaveLength(3); // not twice in a period
  });
});
