import { findPrometheus, findVictoriaMetrics } from "../../sandbox/binaries.ts";

/** Gets what the integration tests run before the first of them does: a build beside them would disturb their clocks. */
export async function setup(): Promise<void> {
  const options = { env: process.env, report: (line: string) => process.stderr.write(`${line}\n`) };
  await findPrometheus(options);
  await findVictoriaMetrics(options);
}
