import type { Answer } from "../apiservice/answer.ts";
import { processFamilies } from "../monitoring/families.ts";
import { processStartedMs, watchProcess } from "../monitoring/process-readings.ts";
import { createRecorders, type Recorders } from "../monitoring/recorders.ts";
import { createRegistry, expositionType } from "../monitoring/registry.ts";
import { version } from "./version.ts";

/** What the adapter says of itself. */
export interface Monitoring {
  readonly recorders: Recorders;
  /** The answer to a scrape. */
  readonly expose: () => Promise<Omit<Answer, "code">>;
}

/** Starts to watch this process, until `signal` is aborted, and what the recorders are told. */
export function createMonitoring(clocks: {
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly signal: AbortSignal;
}): Monitoring {
  const registry = createRegistry();
  const recorders = createRecorders({ ...clocks, registry, version, nodeVersion: process.version });
  registry.readings(processFamilies, watchProcess(clocks.signal));
  // As k8s.io/component-base says it, so that counters are known to begin at 0 then.
  const headers = { "process-start-time-unix": String(Math.floor(processStartedMs() / 1_000)) };
  return {
    recorders,
    expose: async () => ({ body: await registry.expose(), contentType: expositionType, headers }),
  };
}
