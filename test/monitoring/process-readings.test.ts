import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { processStartedMs, type ReadProcess, watchProcess } from "../../src/monitoring/process-readings.ts";

let stop: AbortController;
let read: ReadProcess;

beforeEach(() => {
  stop = new AbortController();
  read = watchProcess(stop.signal);
});
afterEach(() => stop.abort());

describe("watchProcess()", () => {
  test("reads figures of this process, in base units", () => {
    const figures = read();
    expect(figures.cpu).toBeCloseTo((figures.cpuUser ?? NaN) + (figures.cpuSystem ?? NaN), 6);
    expect(figures.cpu).toBeCloseTo(process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6, 0);
    expect(figures.startTime).toBeCloseTo(Date.now() / 1e3 - process.uptime(), -1);
    expect(figures.residentMemory).toBeGreaterThan(10e6);
    expect(figures.virtualMemory).toBeGreaterThan(figures.residentMemory ?? NaN);
    expect(figures.heapUsed).toBeLessThanOrEqual(figures.heapTotal ?? NaN);
    expect(figures.openFiles).toBeGreaterThan(3);
    expect(figures.maxFiles).toBeGreaterThan(figures.openFiles ?? NaN);
  });

  test("knows no lag before it has looked, and sees a loop that was held up, once", async () => {
    await looks();
    read();
    expect(read().lagMaximum).toBeUndefined();
    await looks();
    const heldUpMs = performance.now() + 100;
    while (performance.now() < heldUpMs);
    await looks();
    const { lagMedian, lag99, lagMaximum } = read();
    expect(lagMaximum).toBeGreaterThan(0.08);
    expect(lag99).toBeLessThanOrEqual(lagMaximum ?? NaN);
    expect(lagMedian).toBeLessThanOrEqual(lag99 ?? NaN);
  });

  test("ends when it is told to", async () => {
    stop.abort();
    await looks();
    read();
    await looks();
    expect(read().lagMaximum).toBeUndefined();
  });

  /** Long enough for the event loop to be looked at some times. */
  async function looks(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
});

describe("processStartedMs()", () => {
  test("is a time since the Unix epoch", () => {
    expect(processStartedMs()).toBeLessThan(Date.now());
    expect(processStartedMs()).toBeGreaterThan(Date.now() - 86_400_000);
  });
});
