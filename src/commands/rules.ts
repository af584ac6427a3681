import { createApiDiscovery } from "../cluster/api-discovery.ts";
import { createBackoff } from "../cluster/backoff.ts";
import type { Clock } from "../cluster/clock.ts";
import type { KubernetesClient } from "../cluster/kubernetes-client.ts";
import { createObjectList } from "../cluster/object-list.ts";
import type { Config } from "../config/config.ts";
import { type CompiledRule, compileRule } from "../naming/rules/compile-rule.ts";
import type { ApiResourceGroup } from "../naming/rules/rest-mapper.ts";
import type { Rule } from "../naming/rules/rule.ts";
import type { QueryText } from "../query/prometheus.ts";
import type { AskPrometheus } from "../query/prometheus-http.ts";
import { createLiveBook, seriesQueriesOf } from "../query/rules/live-book.ts";
import { createRelist, type Listing } from "../query/rules/relist.ts";
import { createRuleProvider, type RuleProvider } from "../query/rules/rule-provider.ts";
import { createSeriesClient } from "../query/rules/series-client.ts";
import { shareQueries } from "../query/rules/shared-query.ts";
import { withVmSubjects } from "../query/rules/vm-subjects.ts";
import type { Inventory } from "../vm/objects.ts";
import type { WriteLog } from "./log.ts";
import { createRuleLog } from "./rule-log.ts";

/** What rules are served with. */
export interface RulesSettings {
  readonly config: Pick<Config, "rules" | "externalRules" | "compatibility" | "vms">;
  /** How often series are listed, and how old they may be. */
  readonly relist: { readonly intervalMs: number; readonly maxAgeMs: number };
  readonly discoveryIntervalMs: number;
}

/** What serving rules needs of the process that it runs in. */
export interface RulesDeps {
  readonly client: KubernetesClient;
  /** Which virtual machines there are, for rules whose pods stand for them. */
  readonly inventory: Inventory;
  readonly clock: Clock;
  /** In milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
  readonly log: WriteLog;
  /** Asks Prometheus for values. */
  readonly query: QueryText;
  /** Asks Prometheus for series, over connections of its own: lists take long. */
  readonly ask: AskPrometheus;
  /** Ends what goes on beside requests. */
  readonly signal: AbortSignal;
}

/** Rules in service. */
export interface ServedRules {
  readonly provider: RuleProvider;
  /** What is still to be found out, for a person; undefined from when `settled` resolves. */
  readonly problem: () => string | undefined;
  /** Resolves once metrics can be found, or after half a minute without that: an outage of others is not ours. */
  readonly settled: Promise<void>;
  /** What has been found out, for whoever serves a later configuration. */
  readonly findings: () => RuleFindings;
}

/** What is known of the cluster and of Prometheus, whatever the rules are. */
export interface RuleFindings {
  readonly listings: readonly Listing[];
  /** Undefined until they have been read. */
  readonly groups: readonly ApiResourceGroup[] | undefined;
}

/** Half of what Prometheus itself allows a query by default. */
const seriesTimeoutMs = 60_000;
const listTimeoutMs = 5_000;
/** Autoscalers of one object ask at about the same time. */
const sharing = { rememberMs: 1_000, maxSeries: 20_000 };
const settleMs = 30_000;

/**
 * Begins to serve the rules of a configuration: finds the cluster's resources and Prometheus' series, again and again. It
 * begins with what was found for an earlier configuration.
 */
export function serveRules(
  { config, relist: times, discoveryIntervalMs }: RulesSettings,
  deps: RulesDeps,
  found?: RuleFindings,
): ServedRules {
  const { client, clock, wallClock, log, signal } = deps;
  const rules = { rules: config.rules.flatMap(compiled), externalRules: config.externalRules.flatMap(compiled) };
  const book = createLiveBook(rules);
  const ruleLog = createRuleLog(log);
  const settled = Promise.withResolvers<void>();

  const discovery = createApiDiscovery({
    client,
    clock,
    intervalMs: discoveryIntervalMs,
    known: found?.groups,
    onProblem: (detail) => log("warning", "Cannot read all that the Kubernetes API serves", { detail }),
    onChange: setResources,
  });
  const relist = createRelist({
    ...times,
    seriesQueries: seriesQueriesOf(rules),
    listSeries: createSeriesClient(deps.ask, {
      timeoutMs: seriesTimeoutMs,
      partialAnswers: config.compatibility.partialAnswers,
    }),
    createBackoff: () => createBackoff({ initialMs: 1_000, maxMs: 60_000, random: clock.random }),
    wallClock,
    sleep: clock.sleep,
    ...(found === undefined ? {} : { known: found.listings }),
    onListed: (listings) => {
      book.setSeries(listings);
      ruleLog.series(listings, book.current());
      settle();
    },
  });
  function setResources(groups: readonly ApiResourceGroup[]): void {
    book.setResources(groups);
    ruleLog.resources(book.current());
    settle();
  }

  let problem: string | undefined = "the first list of series is on its way";
  function settle(): void {
    const listed = relist.listings().every(({ series, error }) => series ?? error?.kind === "backendRejected");
    if (discovery.groups() !== undefined && listed) finish();
  }
  function finish(): void {
    problem = undefined;
    settled.resolve();
  }

  if (seriesQueriesOf(rules).length === 0) finish();
  else {
    book.setSeries(relist.listings());
    if (found?.groups !== undefined) setResources(found.groups);
    void discovery.start(signal);
    void relist.start(signal);
    void clock.sleep(settleMs, signal).then(finish);
  }
  const asking = {
    book: book.current,
    query: shareQueries(deps.query, { ...sharing, sleep: (ms) => clock.sleep(ms, signal) }),
    compatibility: config.compatibility,
    wallClock,
  };
  const provider = createRuleProvider({
    ...asking,
    listNames: createObjectList({ client, timeoutMs: listTimeoutMs }),
    onUnknownResource: discovery.lookAgain,
    onDuplicates: ruleLog.duplicates,
  });
  const { minimumCoverage } = config.vms;
  return {
    provider: withVmSubjects(provider, { ...asking, inventory: deps.inventory, minimumCoverage }),
    problem: () => problem,
    settled: settled.promise,
    findings: () => ({ listings: relist.listings(), groups: discovery.groups() }),
  };
}

/** What is wrong with a rule is told where the file is read; the others work. */
function compiled(rule: Rule): readonly CompiledRule[] {
  const result = compileRule(rule);
  return result.ok ? [result.value] : [];
}
