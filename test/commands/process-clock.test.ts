import { describe, expect, test } from "vitest";
import { processClock, unhurried } from "../../src/commands/process-clock.ts";

/** 30 days, more than a timer of Node can wait: it would fire at once, with a warning. */
const longMs = 30 * 24 * 3_600_000;

describe("processClock()", () => {
  test("waits for longer than Node's timers can, until its signal is aborted", async () => {
    const { sleep } = processClock({ keepsAlive: true });
    const end = new AbortController();
    const winner = await Promise.race([sleep(longMs, end.signal).then(() => "long"), sleep(20).then(() => "short")]);
    end.abort();
    expect(winner).toBe("short");
  });
});

describe("unhurried()", () => {
  test("does nothing early that is to be done in a month", async () => {
    const done: string[] = [];
    const cancel = unhurried(longMs, () => done.push("late"));
    await processClock({ keepsAlive: true }).sleep(20);
    cancel();
    expect(done).toEqual([]);
  });
});
