import { createProvider } from "../../src/commands/provider.ts";
import { parseConfig } from "../../src/config/file.ts";
import type { PrometheusOptions } from "../../src/query/prometheus.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import type { Inventory } from "../../src/vm/objects.ts";
import type { KubernetesClient } from "../../src/cluster/kubernetes-client.ts";
import { fail } from "../../src/result.ts";
import { ignore } from "./ignore.ts";

/** How a test asks the Prometheus at this address. */
export function prometheusAt(url: string): PrometheusOptions {
  return {
    url,
    method: "POST",
    headers: {},
    authorization: () => Promise.resolve(undefined),
    tls: {},
    timeoutMs: 20_000,
    maxBytes: 64 * 1024 ** 2,
    connections: 4,
  };
}

/** What is not as by default. */
export interface ProviderFacts {
  readonly wallClock?: () => number;
  /** How long a question to Prometheus may take; default 20 s. */
  readonly timeoutMs?: number;
  /** The `vms` section of the configuration. */
  readonly vms?: Readonly<Record<string, unknown>>;
}

/** The metrics of the virtual machines of an inventory, as a Prometheus at this address knows them. */
export function providerOn(
  url: string,
  inventory: Inventory,
  { wallClock = Date.now, timeoutMs = 20_000, vms = {} }: ProviderFacts = {},
): MetricsProvider {
  const config = parseConfig(JSON.stringify({ vms }), () => undefined);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  const { provider } = createProvider(
    {
      config: config.value,
      prometheus: { ...prometheusAt(url), timeoutMs },
      relist: { intervalMs: 60_000, maxAgeMs: 60_000 },
      discoveryIntervalMs: 60_000,
      flags: { "show-hidden-exports-for-version": "" },
    },
    {
      inventory,
      client: nobody,
      log: ignore,
      clock: { nowMs: () => performance.now(), random: Math.random, sleep: async () => Promise.resolve() },
      wallClock,
      schedule: () => ignore, // nothing is asked ahead
      signal: new AbortController().signal,
    },
  );
  return provider;
}

/** A Kubernetes API that nothing asks: there are no rules. */
const nobody: KubernetesClient = {
  request: () => Promise.resolve(fail({ kind: "unreachable", detail: "nobody is there" })),
  stream: () => Promise.resolve(fail({ kind: "unreachable", detail: "nobody is there" })),
};
