import { request } from "undici";
import { expect, test } from "vitest";
import { createSupervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import type { PromQL } from "../../src/promql/expression.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { startBackfilledPrometheus, startBackfilledVictoriaMetrics } from "../support/backfill.ts";
import { engines } from "../support/engines.ts";
import { backfillOf } from "../support/exposition-backfill.ts";
import { expositionOf, kubevirtVersions } from "../support/kubevirt-versions.ts";
import { scopeOf, seriesLabels } from "../support/scope.ts";

const rate = { intervalMs: 30_000, windowMs: 120_000 };
const namespaces = ["a", "team-a", "team-a-b"];
/** So long ago that VictoriaMetrics does not think that samples could be missing. */
const agoMs = 60_000;

/** What every source of every metric is asked about each namespace. */
const questions: readonly PromQL[] = catalogue.flatMap(({ sources }) =>
  sources.flatMap(({ exporter, expression, time }) =>
    namespaces.flatMap((namespace) => {
      const matchers = exporter.identity.select(seriesLabels, namespace);
      const scope = { ...scopeOf(exporter, rate), matchers };
      return [expression(scope), ...(time === undefined ? [] : [time(scope)])];
    }),
  ),
);

/** The samples of an answer, in the order of their labels; numbers to six digits. */
async function answerOf(url: string, query: PromQL, timeMs: number): Promise<readonly string[]> {
  const { body } = await request(`${url}/api/v1/query`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ query, time: String(timeMs / 1_000) }).toString(),
  });
  const text = await body.text();
  const answer = JSON.parse(text) as { readonly data?: { readonly result: readonly Sample[] } };
  if (answer.data === undefined) throw new Error(`Cannot ask ${query}: ${text}`);
  return answer.data.result
    .map(({ metric, value }) => `{${labelsOf(metric).join(",")}} ${sixDigits(value[1])}`)
    .toSorted();
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

function labelsOf(metric: Sample["metric"]): readonly string[] {
  return Object.entries(metric)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .toSorted();
}

function sixDigits(value: string): string {
  return Number.isFinite(Number(value)) ? Number(value).toPrecision(6) : value;
}

test.for(kubevirtVersions)("the catalogue reads the same of KubeVirt %s on each backend", async (version) => {
  const names = await Promise.all([engines.Prometheus.describe(), engines.VictoriaMetrics.describe()]);
  await using supervisor = createSupervisor();
  const nowMs = Date.now() - agoMs;
  const series = backfillOf(expositionOf(version), { nowMs });
  const started = [startBackfilledPrometheus, startBackfilledVictoriaMetrics].map(async (start) =>
    start({ supervisor, directory: await temporaryFolder(supervisor), series, nowMs }),
  );
  const backends = await Promise.all(started);
  let figures = 0;
  for (const query of questions) {
    const [expected = [], ...others] = await Promise.all(backends.map(async ({ url }) => answerOf(url, query, nowMs)));
    for (const answer of others) expect({ query, answer }).toEqual({ query, answer: expected });
    figures += expected.length;
  }
  expect(figures).toBeGreaterThan(questions.length / 4);
  process.stdout.write(
    `${questions.length} questions, ${figures} figures of KubeVirt ${version} on ${names.join(" and ")}\n`,
  );
});
