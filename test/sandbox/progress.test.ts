import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { withProgress } from "../../sandbox/progress.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("withProgress()", () => {
  test("says what it does at once and then every ten seconds", async () => {
    const lines: string[] = [];
    const work = Promise.withResolvers<string>();
    const done = withProgress(
      (line) => lines.push(line),
      "Building",
      async () => work.promise,
    );
    expect(lines).toEqual(["Building"]);
    await vi.advanceTimersByTimeAsync(20_000);
    work.resolve("binary");
    await expect(done).resolves.toBe("binary");
    expect(lines).toEqual(["Building", "Building: 10 s", "Building: 20 s"]);
  });

  test("falls silent when the work fails", async () => {
    await expect(
      withProgress(
        () => undefined,
        "Building",
        async () => Promise.reject(new Error("no")),
      ),
    ).rejects.toThrow("no");
    expect(vi.getTimerCount()).toBe(0);
  });
});
