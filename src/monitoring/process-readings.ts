import { readdirSync, readFileSync } from "node:fs";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { processFamilies } from "./families.ts";

/** Figures of this process now; undefined where the operating system does not tell. */
export type ReadProcess = () => Readonly<Record<keyof typeof processFamilies, number | undefined>>;

/** How often the event loop is looked at, in milliseconds. */
const resolutionMs = 10;

/**
 * Watches this process until `signal` is aborted. The lag of the event loop is that since the last reading: with several
 * readers each sees its own part.
 */
export function watchProcess(signal: AbortSignal): ReadProcess {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  signal.addEventListener("abort", () => delays.disable());
  return () => {
    const { user, system } = process.cpuUsage();
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    // What is seen is the time from one look to the next, the wanted one included.
    const lagSeconds = [delays.percentile(50), delays.percentile(99), delays.max].map((ns) =>
      delays.count === 0 ? undefined : Math.max(0, ns / 1e9 - resolutionMs / 1e3),
    );
    delays.reset();
    return {
      cpuUser: user / 1e6,
      cpuSystem: system / 1e6,
      cpu: (user + system) / 1e6,
      startTime: processStartedMs() / 1e3,
      residentMemory: rss,
      virtualMemory: bytesOf(numberIn("/proc/self/status", /^VmSize:\s*(\d+) kB$/mu)),
      openFiles: countOpenFiles(),
      maxFiles: numberIn("/proc/self/limits", /^Max open files\s+(\d+)/mu),
      heapTotal,
      heapUsed,
      externalMemory: external,
      lagMedian: lagSeconds[0],
      lag99: lagSeconds[1],
      lagMaximum: lagSeconds[2],
    };
  };
}

/** When this process started, in milliseconds since the Unix epoch. */
export function processStartedMs(): number {
  return performance.timeOrigin;
}

/** One of them is that through which the folder is read. */
function countOpenFiles(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}

function numberIn(file: string, pattern: RegExp): number | undefined {
  try {
    const [, digits] = pattern.exec(readFileSync(file, "latin1")) ?? [];
    return digits === undefined ? undefined : Number(digits);
  } catch {
    return undefined;
  }
}

function bytesOf(kibibytes: number | undefined): number | undefined {
  return kibibytes === undefined ? undefined : kibibytes * 1_024;
}
