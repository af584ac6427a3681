import type { Config } from "../config/config.ts";
import type { MetricError } from "../naming/metric-error.ts";
import { equals, known, promql } from "../promql/expression.ts";
import { createFeeds } from "../query/feeds.ts";
import { createPrometheus, type PrometheusOptions } from "../query/prometheus.ts";
import { createScrapeIntervals } from "../query/scrape-interval.ts";
import { ok, type Result } from "../result.ts";
import type { VmMetric } from "../vm/catalogue/vm-metric.ts";
import type { Feed } from "./catalogue-report.ts";
import { inTurn } from "./in-turn.ts";
import { describeFailure } from "./prometheus-failure.ts";
import { reachPrometheus } from "./reach-prometheus.ts";
import { toSeriesLabels } from "./series-labels.ts";

/** Which Prometheus is asked, and how its series are labelled. */
export interface FeedsSettings {
  readonly prometheus: PrometheusOptions;
  readonly vms: Config["vms"];
  /** Is told one line of progress every two seconds. */
  readonly report: (line: string) => void;
}

const progressMs = 2_000;
/** So many metrics are asked about at once; fewer than connections, because a question that waits for one runs out of time. */
const atOnce = 4;

/** Asks Prometheus what feeds each metric now. Fails if it does not answer at all; a single failure is told of its source. */
export async function askAboutFeeds(
  metrics: readonly VmMetric[],
  { prometheus, vms, report }: FeedsSettings,
): Promise<Result<readonly (readonly Feed[])[], string>> {
  const { labels, matchers, window, maxAge } = vms;
  const query = createPrometheus(prometheus);
  const reached = await reachPrometheus(async () => query(promql`vector(1)`), prometheus.url);
  if (!reached.ok) return reached;
  const seriesLabels = toSeriesLabels(labels);
  const askFeeds = createFeeds({
    query,
    scrapeIntervalOf: createScrapeIntervals({
      query,
      jobLabel: seriesLabels.job,
      maxEntries: 100,
      now: () => performance.now(),
    }),
    labels: seriesLabels,
    matchers: Object.entries(matchers).map(([label, value]) => equals(known(label), value)),
    ...(window === undefined ? {} : { windowMs: window }),
    ...(maxAge === undefined ? {} : { maxAgeMs: maxAge }),
  });
  const answers = await inTurn(metrics, async (metric) => (await askFeeds(metric)).map(toFeed), {
    atOnce,
    progressMs,
    onProgress: (done) => report(`Asked Prometheus about ${done} of ${metrics.length} metrics`),
  });
  return ok(answers);
}

function toFeed(answer: Result<number, MetricError>): Feed {
  return answer.ok ? { virtualMachines: answer.value } : { problem: describeFailure(answer.error) };
}
