import type { Config } from "../../config/config.ts";
import { createQuery } from "../../query/prometheus.ts";
import { createPrometheusHttp } from "../../query/prometheus-http.ts";
import { createSeriesClient } from "../../query/rules/series-client.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Context } from "../context.ts";
import { prometheusOptions, type PrometheusFlags } from "../prometheus-options.ts";
import { reachPrometheus } from "../reach-prometheus.ts";
import { findResources, type FoundResources } from "./find-resources.ts";
import type { RemarkedFinding } from "./finding.ts";
import type { Trial } from "./trial.ts";
import { trialFindings } from "./trial-findings.ts";
import { tryRules } from "./try-rules.ts";

/** What the command line says of a trial. */
export interface TrialFlags extends PrometheusFlags {
  readonly "lister-kubeconfig": string;
  /** How old series may be, in milliseconds; 0 for the interval. */
  readonly "metrics-max-age": number;
  readonly "metrics-relist-interval": number;
  readonly "metrics-per-rule": number;
}

/** A trial, what is to be said of it, and which resources it knew. */
export interface CheckedBesidePrometheus {
  readonly trial: Trial;
  readonly findings: readonly RemarkedFinding[];
  readonly resources: FoundResources;
}

/** As long as the adapter waits for a list. */
const seriesTimeoutMs = 60_000;

/** Tries the rules of a configuration out beside the Prometheus, and the cluster, that the flags name. */
export async function checkBesidePrometheus(
  config: Config,
  flags: TrialFlags,
  { env, err }: Pick<Context, "env" | "err">,
): Promise<Result<CheckedBesidePrometheus, readonly string[]>> {
  const prometheus = await prometheusOptions(flags);
  if (!prometheus.ok) return prometheus;
  const { partialAnswers } = config.compatibility;
  const query = createQuery(prometheus.value, partialAnswers);
  const [reached, resources] = await Promise.all([
    reachPrometheus(query, prometheus.value.url),
    findResources(flags["lister-kubeconfig"], env),
  ]);
  if (!reached.ok || !resources.ok) {
    return fail([reached, resources].flatMap((part) => (part.ok ? [] : [part.error])));
  }
  const maxAgeMs = flags["metrics-max-age"] || flags["metrics-relist-interval"];
  const trial = await tryRules({
    config,
    groups: resources.value.groups,
    listSeries: createSeriesClient(createPrometheusHttp(prometheus.value), {
      timeoutMs: seriesTimeoutMs,
      partialAnswers,
    }),
    sinceMs: Date.now() - maxAgeMs,
    query,
    metricsPerRule: flags["metrics-per-rule"] || Infinity,
    wallClock: Date.now,
    report: (line) => err(`${line}\n`),
  });
  const findings = trialFindings(trial, { maxAgeMs, resourcesFrom: resources.value.from });
  return ok({ trial, findings, resources: resources.value });
}
