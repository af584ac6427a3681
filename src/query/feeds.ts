import type { MetricError } from "../naming/metric-error.ts";
import { type Matcher, type PromQL, promql } from "../promql/expression.ts";
import { ok, type Result } from "../result.ts";
import { isRate, type Source, type VmMetric } from "../vm/catalogue/vm-metric.ts";
import type { Exporter } from "../vm/exporter.ts";
import { lastSeen } from "../vm/heartbeat.ts";
import type { SeriesLabels } from "../vm/series-labels.ts";
import type { QueryInstant } from "./prometheus.ts";
import type { ScrapeIntervalOf } from "./scrape-interval.ts";
import { type SpanOptions, type Spans, spansFor } from "./spans.ts";

/**
 * Tells how many virtual machines each source of a metric feeds now, in the order of its sources. A virtual machine of
 * which several say something counts for the first of these alone, from which its figure comes.
 */
export type AskFeeds = (metric: VmMetric) => Promise<readonly Result<number, MetricError>[]>;

export interface FeedsOptions extends SpanOptions {
  readonly query: QueryInstant;
  readonly scrapeIntervalOf: ScrapeIntervalOf;
  readonly labels: SeriesLabels;
  /** Selects this cluster's series where one backend has those of several; empty selects all. */
  readonly matchers: readonly Matcher[];
}

/** What is known of an exporter. */
interface Presence {
  /** Of how many virtual machines it has written something of late. */
  readonly seen: number;
  readonly spans: Spans;
  /** Whether the scrape interval is known, without which no rate can be taken. */
  readonly measured: boolean;
}

/** Asks about the fleet as a whole, with each source's own expression. An exporter that nobody runs is asked for once. */
export function createFeeds({ query, scrapeIntervalOf, labels, matchers, ...options }: FeedsOptions): AskFeeds {
  const presences = new Map<Exporter, Promise<Result<Presence, MetricError>>>();

  return async (metric) => {
    const answers: Result<number, MetricError>[] = [];
    const earlier: PromQL[] = [];
    for (const source of metric.sources) {
      const presence = await presenceOf(source.exporter);
      const asks = presence.ok && presence.value.seen > 0 && (presence.value.measured || !isRate(metric));
      if (!asks) {
        answers.push(presence.ok ? ok(0) : presence);
        continue;
      }
      const figures = figuresOf(source, presence.value.spans);
      const fed = await count(withoutThose(figures, earlier));
      answers.push(fed);
      if (fed.ok && fed.value > 0) earlier.push(figures);
    }
    return answers;
  };

  function withoutThose(figures: PromQL, earlier: readonly PromQL[]): PromQL {
    const machine = [labels.namespace, labels.name];
    return earlier.reduce((rest, each) => promql`(${rest}) unless on (${machine}) (${each})`, figures);
  }

  async function presenceOf(exporter: Exporter): Promise<Result<Presence, MetricError>> {
    const presence = presences.get(exporter) ?? look(exporter);
    presences.set(exporter, presence);
    return presence;
  }

  async function look(exporter: Exporter): Promise<Result<Presence, MetricError>> {
    const interval = await scrapeIntervalOf(exporter, matchers);
    if (!interval.ok) return interval;
    const spans = spansFor(interval.value, options);
    const seen = await count(
      lastSeen(exporter, { labels, cluster: matchers, matchers }, { ...spans, spanMs: spans.maxAgeMs }),
    );
    return seen.ok ? ok({ seen: seen.value, spans, measured: interval.value !== undefined }) : seen;
  }

  function figuresOf(
    { exporter: { identity }, expression }: Source,
    { intervalMs, windowMs, maxAgeMs }: Spans,
  ): PromQL {
    const [subject, place] = [identity.subject(labels), identity.place(labels)];
    const rate = { intervalMs, windowMs };
    const scope = { labels, subject, place, cluster: matchers, matchers, devices: [], rate, maxAgeMs };
    return identity.named(labels, expression(scope));
  }

  /** Counts samples; of no samples Prometheus says nothing instead of 0. */
  async function count(samples: PromQL): Promise<Result<number, MetricError>> {
    const counted = await query(promql`count(${samples})`);
    return counted.ok ? ok(counted.value[0]?.points[0]?.value ?? 0) : counted;
  }
}
