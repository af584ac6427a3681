import { currentRelease, releaseLine } from "../naming/release-line.ts";
import { equals, known } from "../promql/expression.ts";
import { createFigures } from "../query/figures.ts";
import { createCombinedProvider } from "../query/combined-provider.ts";
import { type OnOutage, watchOutages } from "../query/outages.ts";
import { createPrometheus, createQuery } from "../query/prometheus.ts";
import { createPrometheusHttp, type ObserveQuestion } from "../query/prometheus-http.ts";
import type { MetricsProvider } from "../query/provider.ts";
import { createScrapeIntervals } from "../query/scrape-interval.ts";
import { createSnapshots, type Schedule } from "../query/snapshots.ts";
import { createVmProvider } from "../query/vm-provider.ts";
import { catalogue } from "../vm/catalogue/catalogue.ts";
import type { Inventory } from "../vm/objects.ts";
import { servedCatalogue } from "../vm/served-catalogue.ts";
import type { Clock } from "../cluster/clock.ts";
import type { KubernetesClient } from "../cluster/kubernetes-client.ts";
import { vmApis } from "../config/config.ts";
import type { Flags } from "../config/flags.ts";
import { ephemeralModes } from "./ephemeral-modes.ts";
import type { WriteLog } from "./log.ts";
import { connectionDetail } from "./prometheus-failure.ts";
import { type RuleFindings, serveRules, type ServedRules } from "./rules.ts";
import { toSeriesLabels } from "./series-labels.ts";
import type { Settings } from "./settings.ts";

/** What the path from a name to a figure needs of the process that it runs in. */
export interface ProviderDeps {
  readonly inventory: Inventory;
  /** Finds the resources and objects of rules. */
  readonly client: KubernetesClient;
  readonly log: WriteLog;
  /** Is told of questions to Prometheus; default nobody. */
  readonly observe?: ObserveQuestion;
  /** Never zero. */
  readonly clock: Clock;
  /** In milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
  readonly schedule: Schedule;
  /** Ends what is asked beside requests. */
  readonly signal: AbortSignal;
}

/** The path from a name to a figure, and whether it can be gone already. */
export interface ServedProvider extends Omit<ServedRules, "provider"> {
  readonly provider: MetricsProvider;
}

type ProviderSettings = Pick<Settings, "config" | "prometheus" | "relist" | "discoveryIntervalMs"> & {
  readonly flags: Pick<Flags, "show-hidden-exports-for-version">;
};

const maxSnapshots = 20_000;
/** An answer about more virtual machines than this comes of a question that went wrong. */
const maxSubjects = 100_000;

/**
 * Puts the path from a name to a figure together: rules, and metrics of virtual machines. It begins with what was found for an
 * earlier configuration.
 */
export function createProvider(settings: ProviderSettings, deps: ProviderDeps, found?: RuleFindings): ServedProvider {
  const { config } = settings;
  const { observe, log, clock } = deps;
  const prometheus = { ...settings.prometheus, ...(observe === undefined ? {} : { observe }) };
  const query = createQuery(prometheus, config.compatibility.partialAnswers);
  const asking = {
    query: watchOutages(query, tellOutage(log), clock.nowMs),
    ask: createPrometheusHttp(prometheus),
  };
  const rules = serveRules(settings, { ...deps, ...asking }, found);
  const vms = createVms({ ...settings, prometheus }, deps);
  return { ...rules, provider: createCombinedProvider(rules.provider, vms, vmApis(config)) };
}

function tellOutage(log: WriteLog): OnOutage {
  return (outage) => {
    if (!outage.failing) return log("info", "Prometheus answers again");
    const check = "whether it runs, --prometheus-url, and the credentials for it";
    return log("error", "Prometheus does not answer", { detail: connectionDetail(outage.detail), check });
  };
}

function createVms(
  { config, prometheus, flags }: ProviderSettings,
  { inventory, log, clock, wallClock, schedule, signal }: ProviderDeps,
): MetricsProvider {
  const { labels, matchers, window, maxAge, minimumCoverage, metrics, ephemeral } = config.vms;
  const { nowMs: now } = clock;
  const query = watchOutages(createPrometheus(prometheus), tellOutage(log), now);
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
