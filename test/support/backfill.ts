import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findPrometheus, findVictoriaMetrics } from "../../sandbox/binaries.ts";
import { startPrometheus } from "../../sandbox/prometheus.ts";
import { runCommand } from "../../sandbox/run-command.ts";
import type { Supervisor } from "../../sandbox/supervisor.ts";
import { startVictoriaMetrics } from "../../sandbox/victoria-metrics.ts";
import { writeSeries } from "./remote-write.ts";

/** One series of the past. */
export interface BackfillSeries {
  /** As PromQL writes it: `up{job="a"}`. */
  readonly series: string;
  /** At least one, in time order; `atMs` counts from `nowMs` and is not positive: -30000 is half a minute ago. */
  readonly samples: readonly { readonly atMs: number; readonly value: number }[];
}

/** What the past is made of and who ends the Prometheus that remembers it. */
export interface BackfillOptions {
  readonly supervisor: Supervisor;
  /** Of this Prometheus alone; made if missing. */
  readonly directory: string;
  readonly series: readonly BackfillSeries[];
  /** What `atMs: 0` means, in milliseconds since the Unix epoch; by default the moment of the call. */
  readonly nowMs?: number;
  /** Where Prometheus is to be found (`BinaryOptions`); that of this process by default. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For how long a sample is visible, in milliseconds. Five minutes by default, as everywhere. */
  readonly lookBackMs?: number;
}

/** A Prometheus with a past and no future: it scrapes nothing. */
export interface BackfilledPrometheus {
  /** Such as `http://127.0.0.1:23456`. */
  readonly url: string;
  /** What `atMs: 0` means, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/**
 * Starts a real Prometheus on loopback in whose past the series lie, ready to be asked about now, a second or so after
 * `nowMs`. The supervisor ends it.
 *
 * Backfilled blocks have no staleness markers: a series that ends stays visible for `lookBackMs`, as series do whose
 * writer died, or that were scraped with timestamps of their own. Rejects with what promtool or Prometheus said.
 */
export async function startBackfilledPrometheus(options: BackfillOptions): Promise<BackfilledPrometheus> {
  const { supervisor, directory, series, lookBackMs, nowMs = Date.now(), env = process.env } = options;
  const { prometheus, promtool } = await findPrometheus({ env, report: () => undefined });
  if (promtool === undefined) throw new Error("Cannot find promtool beside Prometheus");
  await mkdir(directory, { recursive: true });
  const file = join(directory, "past.openmetrics");
  await writeFile(file, openMetrics(series, nowMs));
  const blocks = ["tsdb", "create-blocks-from", "openmetrics", file, join(directory, "data")];
  const { code, stdout, stderr } = await runCommand(promtool, blocks);
  if (code !== 0) throw new Error(`Cannot backfill Prometheus: ${stdout}${stderr}`);
  const started = await startPrometheus({
    binary: prometheus,
    directory,
    scrapeConfigs: [],
    scrapeIntervalMs: 60_000,
    args: lookBackMs === undefined ? [] : [`--query.lookback-delta=${lookBackMs}ms`],
    signal: supervisor.signal,
  });
  const { url } = await supervisor.own(started);
  return { url, nowMs };
}

/** The same on a real VictoriaMetrics. Rejects with what VictoriaMetrics said. */
export async function startBackfilledVictoriaMetrics(options: BackfillOptions): Promise<BackfilledPrometheus> {
  const { supervisor, directory, series, lookBackMs, nowMs = Date.now() } = options;
  const { victoriaMetrics } = await findVictoriaMetrics({ env: process.env, report: () => undefined });
  const started = await startVictoriaMetrics({
    binary: victoriaMetrics,
    directory,
    scrapeConfigs: [],
    scrapeIntervalMs: 60_000,
    args: lookBackMs === undefined ? [] : [`-search.maxLookback=${lookBackMs}ms`],
    signal: supervisor.signal,
  });
  const { url } = await supervisor.own(started);
  await writeSeries(
    url,
    series.map(({ series: name, samples }) => ({
      series: name,
      samples: samples.map(({ atMs, value }) => ({ timeMs: nowMs + atMs, value })),
    })),
  );
  return { url, nowMs };
}

/** OpenMetrics text, in which times are seconds and families need no metadata. */
function openMetrics(series: readonly BackfillSeries[], nowMs: number): string {
  const lines = series.flatMap(({ series: name, samples }) =>
    samples.map(({ atMs, value }) => `${name} ${value} ${((nowMs + atMs) / 1_000).toFixed(3)}`),
  );
  return [...lines, "# EOF\n"].join("\n");
}
