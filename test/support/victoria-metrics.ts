import { request } from "undici";
import { findVictoriaMetrics } from "../../sandbox/binaries.ts";
import { createSupervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { startVictoriaMetrics } from "../../sandbox/victoria-metrics.ts";
import { parseDuration } from "../../src/naming/duration.ts";
import type { Expectation, InputSeries, PromtoolTest } from "./promtool.ts";
import { labelsOf, type WrittenSeries, writeSeries } from "./remote-write.ts";

/**
 * What `promtoolTest` does, by a VictoriaMetrics that was started for it: an empty text if all expectations hold.
 *
 * Each test begins at noon of a day of its own in the past, as each begins with the Unix epoch for promtool: steps of
 * subqueries that divide half a day fall on the same moments.
 */
export async function victoriaMetricsTest(interval: string, tests: readonly PromtoolTest[]): Promise<string> {
  await using supervisor = createSupervisor();
  const { victoriaMetrics } = await findVictoriaMetrics({ env: process.env, report: () => undefined });
  const { url } = await supervisor.own(
    await startVictoriaMetrics({
      binary: victoriaMetrics,
      directory: await temporaryFolder(supervisor),
      scrapeConfigs: [],
      scrapeIntervalMs: 60_000,
    }),
  );
  const today = Math.floor(Date.now() / dayMs);
  const complaints: string[] = [];
  for (const [index, { input, expectations }] of tests.entries()) {
    const beginsMs = (today - index - 1.5) * dayMs;
    await writeSeries(
      url,
      input.map((series) => written(series, beginsMs, millisecondsOf(interval))),
    );
    for (const expectation of expectations) complaints.push(await complaintOf(url, expectation, beginsMs));
  }
  return complaints.join("");
}

const dayMs = 24 * 60 * 60_000;

function millisecondsOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new Error(`Cannot read the duration "${text}"`);
  return ms;
}

/** Puts what promtool writes as `0+15x40 _x3 stale` at times. */
function written({ series, values }: InputSeries, beginsMs: number, intervalMs: number): WrittenSeries {
  const slots = values
    .trim()
    .split(/\s+/u)
    .flatMap((word) => slotsOf(word));
  const samples = slots.flatMap((value, slot) =>
    value === undefined ? [] : [{ timeMs: Math.round(beginsMs + slot * intervalMs), value }],
  );
  return { series, samples };
}

/** `_x2` are two gaps, `7` and `stale` themselves, `0+15x2` are 0, 15 and 30. */
function slotsOf(word: string): readonly (number | "stale" | undefined)[] {
  if (word === "stale") return ["stale"];
  const [, gap] = /^_(?:x(\d+))?$/u.exec(word) ?? [];
  if (word.startsWith("_")) return Array.from({ length: Number(gap ?? 1) }, () => undefined);
  const [, first, step, count] = /^(.*\d)([+-][\d.]+)x(\d+)$/u.exec(word) ?? [];
  if (first === undefined) return [Number(word)];
  return Array.from({ length: Number(count) + 1 }, (_, index) => Number(first) + index * Number(step));
}

async function complaintOf(
  url: string,
  { expr, eval_time, exp_samples }: Expectation,
  beginsMs: number,
): Promise<string> {
  const time = String((beginsMs + millisecondsOf(eval_time)) / 1_000);
  const form = new URLSearchParams({ query: expr, time });
  const { statusCode, body } = await request(`${url}/api/v1/query`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: form.toString(),
  });
  const text = await body.text();
  if (statusCode !== 200) return `${expr} at ${eval_time}: HTTP ${statusCode}: ${text}\n`;
  const answer = JSON.parse(text) as { readonly data: { readonly result: readonly Found[] } };
  const found = answer.data.result.map(({ metric, value }) =>
    line(new Map(Object.entries(metric)), Number(value[1].replace("Inf", "Infinity"))),
  );
  const expected = exp_samples.map(({ labels, value }) => line(labelsOf(labels), value));
  return found.toSorted().join("\n") === expected.toSorted().join("\n")
    ? ""
    : `${expr} at ${eval_time}:\n  got ${found.join("\n  and ")}\n  expected ${expected.join("\n  and ")}\n`;
}

interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

function line(labels: ReadonlyMap<string, string>, value: number): string {
  const pairs = [...labels].map(([name, text]) => `${name}=${JSON.stringify(text)}`);
  return `{${pairs.toSorted().join(",")}} ${Number(value.toPrecision(12))}`;
}
