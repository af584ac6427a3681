import { findPrometheus, findVictoriaMetrics } from "../../sandbox/binaries.ts";
import { type Evaluate, promtoolTest } from "./promtool.ts";
import { victoriaMetricsTest } from "./victoria-metrics.ts";

/** Something that evaluates PromQL. */
export interface Engine {
  readonly evaluate: Evaluate;
  /** What it is and which release, as tests print it: `Prometheus 2.42.0`. Rejects if it cannot be had. */
  readonly describe: () => Promise<string>;
}

/**
 * All backends, by what a test calls them. The Prometheus is the one that `PROMETHEUS` and `PROMETHEUS_VERSION` choose,
 * Debian's 2.42 where neither is set and there is one; ranges are closed at their beginning there and open since release 3.
 */
export const engines = {
  Prometheus: prometheus(process.env),
  "Prometheus 3": prometheus({ ...process.env, PROMETHEUS: undefined, PROMETHEUS_VERSION: "3" }),
  VictoriaMetrics: {
    evaluate: victoriaMetricsTest,
    describe: async () => {
      const { version } = await findVictoriaMetrics({ env: process.env, report: print });
      return `VictoriaMetrics ${version}`;
    },
  },
} as const satisfies Readonly<Record<string, Engine>>;

/** What `test.for` takes: the name of each engine, and itself. */
export const eachEngine: readonly (readonly [string, Engine])[] = Object.entries(engines);

function prometheus(env: NodeJS.ProcessEnv): Engine {
  return {
    evaluate: async (interval, tests) => promtoolTest(interval, tests, env),
    describe: async () => `Prometheus ${(await findPrometheus({ env, report: print })).version}`,
  };
}

/** A build takes long. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
