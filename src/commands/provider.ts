import { currentRelease, releaseLine } from "../naming/release-line.ts";
import { equals, known } from "../promql/expression.ts";
import { createFigures } from "../query/figures.ts";
import { watchOutages } from "../query/outages.ts";
import { createPrometheus, type ObserveQuestion } from "../query/prometheus.ts";
import type { MetricsProvider } from "../query/provider.ts";
import { createScrapeIntervals } from "../query/scrape-interval.ts";
import { createSnapshots, type Schedule } from "../query/snapshots.ts";
import { createVmProvider } from "../query/vm-provider.ts";
import { catalogue } from "../vm/catalogue/catalogue.ts";
import type { Inventory } from "../vm/objects.ts";
import { servedCatalogue } from "../vm/served-catalogue.ts";
import type { Flags } from "../config/flags.ts";
import { ephemeralModes } from "./ephemeral-modes.ts";
import type { WriteLog } from "./log.ts";
import { connectionDetail } from "./prometheus-failure.ts";
import { toSeriesLabels } from "./series-labels.ts";
import type { Settings } from "./settings.ts";

/** What the path from a name to a figure needs of the process that it runs in. */
export interface ProviderDeps {
  readonly inventory: Inventory;
  readonly log: WriteLog;
  /** Is told of questions to Prometheus; default nobody. */
  readonly observe?: ObserveQuestion;
  /** Monotonic clock, in milliseconds, never zero. */
  readonly now: () => number;
  /** In milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
  readonly schedule: Schedule;
  /** Ends what is asked ahead of requests. */
  readonly signal: AbortSignal;
}

const maxSnapshots = 20_000;
/** An answer about more virtual machines than this comes of a question that went wrong. */
const maxSubjects = 100_000;

/** Puts the path from a name to a figure together. */
export function createProvider(
  {
    config,
    prometheus,
    flags,
  }: Pick<Settings, "config" | "prometheus"> & { readonly flags: Pick<Flags, "show-hidden-exports-for-version"> },
  { inventory, log, observe, now, wallClock, schedule, signal }: ProviderDeps,
): MetricsProvider {
  const { labels, matchers, window, maxAge, minimumCoverage, metrics, ephemeral } = config.vms;
  const ask = createPrometheus({ ...prometheus, ...(observe === undefined ? {} : { observe }) });
  const query = watchOutages(
    ask,
    (outage) => {
      if (!outage.failing) return log("info", "Prometheus answers again");
      const check = "whether it runs, --prometheus-url, and the credentials for it";
      return log("error", "Prometheus does not answer", { detail: connectionDetail(outage.detail), check });
    },
    now,
  );
  const seriesLabels = toSeriesLabels(labels);
  const figures = createFigures({
    snapshots: createSnapshots({
      query,
      ttlMs: config.cache.ttl,
      maxStaleMs: config.cache.maxStale,
      maxSubjects,
      maxEntries: maxSnapshots,
      now,
      schedule,
      signal,
    }),
    scrapeIntervalOf: createScrapeIntervals({ query, jobLabel: seriesLabels.job, maxEntries: maxSnapshots, now }),
    labels: seriesLabels,
    matchers: Object.entries(matchers).map(([label, value]) => equals(known(label), value)),
    ...(window === undefined ? {} : { windowMs: window }),
    ...(maxAge === undefined ? {} : { maxAgeMs: maxAge }),
    ephemeralModeOf: ephemeralModes(ephemeral),
    wallClock,
  });
  const showHidden = flags["show-hidden-exports-for-version"] !== "";
  const served = servedCatalogue(catalogue, metrics, { showHidden, release: currentRelease, releaseLine });
  return createVmProvider({ catalogue: served, inventory, figures, minimumCoverage, wallClock });
}
