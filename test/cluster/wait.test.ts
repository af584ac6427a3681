import { describe, expect, test } from "vitest";
import { waitAtMost } from "../../src/cluster/wait.ts";
import { createFakeClock } from "./fake-clock.ts";

describe("waitAtMost()", () => {
  test("answers what comes in time, and leaves no timer behind", async () => {
    const clock = createFakeClock();
    const { promise, resolve } = Promise.withResolvers<string>();
    const waiting = waitAtMost(promise, 100, clock);
    resolve("here");
    expect(await waiting).toBe("here");
    await expect.poll(clock.sleeping).toBe(0);
  });

  test("answers nothing when the time is over", async () => {
    const clock = createFakeClock();
    const waiting = waitAtMost(Promise.withResolvers<string>().promise, 100, clock);
    clock.advance(100);
    expect(await waiting).toBeUndefined();
  });
});
