import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPrometheus } from "../../sandbox/binaries.ts";
import { runCommand } from "../../sandbox/run-command.ts";

/** A series as promtool writes it: `0+15x40` are 41 samples that grow by 15, `_x3` a gap, `stale` its end. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** An expression and what it must give at a time such as `5m30s`. */
export interface Expectation {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

/** Series and what is expected of them. promtool loads no more than 10,000 samples for one expression. */
export interface PromtoolTest {
  readonly input: readonly InputSeries[];
  readonly expectations: readonly Expectation[];
}

/** Loads the series of each test at an interval such as `3000ms`, evaluates its expressions, and says what is not as expected. */
export type Evaluate = (interval: string, tests: readonly PromtoolTest[]) => Promise<string>;

/**
 * Lets Prometheus' own engine evaluate expressions over series; returns what it complains about, or an empty text. `env`
 * chooses the Prometheus as it does for `findPrometheus`; this process' own by default.
 */
export async function promtoolTest(
  interval: string,
  tests: readonly PromtoolTest[],
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const { promtool } = await findPrometheus({ env, report: () => undefined });
  if (promtool === undefined) throw new Error("Cannot find promtool beside Prometheus");
  const directory = await mkdtemp(join(tmpdir(), "promtool-"));
  const file = join(directory, "test.yaml");
  const groups = tests.map(({ input, expectations }) => ({
    interval,
    input_series: input,
    promql_expr_test: expectations,
  }));
  await writeFile(file, JSON.stringify({ evaluation_interval: interval, tests: groups })); // JSON is YAML
  const { code, stdout, stderr } = await runCommand(promtool, ["test", "rules", file]);
  await rm(directory, { recursive: true });
  return code === 0 ? "" : stdout + stderr;
}

/** Nothing may come of an expression at a time in milliseconds: it selects what is wrong. */
export function nothingOf(expr: string, atMs: number): Expectation {
  return { expr, eval_time: `${Math.round(atMs)}ms`, exp_samples: [] };
}
