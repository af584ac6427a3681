import type { RequestListener } from "node:http";
import { apiGroups } from "../apiservice/api-group.ts";
import { type AppDeps, createApp } from "../apiservice/app.ts";
import { createInFlightLimit } from "../apiservice/in-flight.ts";
import { metricKinds } from "../apiservice/request-kind.ts";
import type { Clock } from "../cluster/clock.ts";
import type { ClusterInventory } from "../cluster/inventory.ts";
import type { KindName } from "../cluster/kind.ts";
import { servedApis, vmApis } from "../config/config.ts";
import type { Recorders } from "../monitoring/recorders.ts";
import type { MetricsApi } from "../naming/metrics-api.ts";
import { observedEnter, observedProvider } from "./observed.ts";
import { createProvider, type ProviderDeps } from "./provider.ts";
import type { RuleFindings } from "./rules.ts";
import type { Settings } from "./settings.ts";

/** What serves whatever the configuration says. */
export interface GenerationDeps extends Omit<ProviderDeps, "inventory" | "signal"> {
  /** Watches these kinds of objects, or all; the same ones are watched once. */
  readonly watch: (kinds: readonly KindName[] | undefined) => ClusterInventory;
  readonly app: Omit<AppDeps, "groups" | "provider" | "deadlineMs" | "enter">;
  readonly recorders: Pick<Recorders, "expectRequests" | "answerValue" | "changeInFlight">;
  /** Ends all generations. */
  readonly signal: AbortSignal;
}

/** One configuration in service. */
export interface Generation {
  readonly settings: Settings;
  readonly listener: RequestListener;
  /** What is not known yet, of the series that rules find and of the objects that are watched; undefined when nothing is. */
  readonly problems: Readonly<Record<"rules" | "objects", () => string | undefined>>;
  /** Resolves when there is nothing more to wait for: `problems` are none, or may last. */
  readonly settled: Promise<void>;
  /** What has been found out for its rules. */
  readonly findings: () => RuleFindings;
  /** Stops what goes on beside requests; requests that are under way are answered. */
  readonly end: () => void;
}

/** An outage of others keeps a configuration from being served for so long at most, in milliseconds. */
const listsMs = 30_000;
const lookMs = 100;

/**
 * Puts together what a configuration changes: which groups and metrics are served, from which Prometheus, within which limits.
 * It begins with what was found for the configuration before.
 */
export function beginGeneration(
  settings: Settings,
  { watch, app, recorders, signal, ...deps }: GenerationDeps,
  found?: RuleFindings,
): Generation {
  const { config } = settings;
  const groups = apiGroups(servedApis(config));
  recorders.expectRequests(metricKinds(groups));
  const life = new AbortController();
  const objects = watch(config.rules.some(({ vms }) => vms) ? undefined : kindsFor(vmApis(config)));
  const living = AbortSignal.any([signal, life.signal]);
  const { provider, problem, settled, findings } = createProvider(
    settings,
    { ...deps, inventory: objects.inventory, signal: living },
    found,
  );
  async function firstLists({ nowMs, sleep }: Clock): Promise<void> {
    const endMs = nowMs() + listsMs;
    while (!objects.firstListsDone() && nowMs() < endMs && !living.aborted) await sleep(lookMs, living);
  }
  return {
    settings,
    listener: createApp({
      ...app,
      groups,
      provider: observedProvider(provider, recorders.answerValue),
      deadlineMs: config.serving.deadline,
      enter: observedEnter(createInFlightLimit(config.serving.maxInFlight), recorders.changeInFlight),
    }),
    problems: {
      rules: problem,
      objects: () => (objects.firstListsDone() ? undefined : "the first lists are on their way"),
    },
    settled: Promise.all([settled, firstLists(deps.clock)]).then(() => undefined),
    findings,
    end: () => life.abort(),
  };
}

/** External metrics are values of VirtualMachineInstances, whose VirtualMachine may be stopped; metrics of objects are those of every kind. */
function kindsFor(apis: readonly MetricsApi[]): readonly KindName[] | undefined {
  if (apis.includes("custom.metrics.k8s.io")) return undefined;
  return apis.includes("external.metrics.k8s.io") ? ["virtualMachineInstances", "virtualMachines"] : [];
}
