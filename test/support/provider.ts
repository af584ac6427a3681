import { known } from "../../src/promql/expression.ts";
import { createFigures } from "../../src/query/figures.ts";
import { createPrometheus } from "../../src/query/prometheus.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import { createScrapeIntervals } from "../../src/query/scrape-interval.ts";
import { createSnapshots } from "../../src/query/snapshots.ts";
import { createVmProvider, type VmProviderOptions } from "../../src/query/vm-provider.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import type { Inventory } from "../../src/vm/objects.ts";

const second = 1_000;

/** The metrics of the virtual machines of an inventory, as a Prometheus at this address knows them, with all defaults. */
export function providerOn(
  url: string,
  inventory: Inventory,
  options: Partial<VmProviderOptions> & { readonly wallClock?: () => number } = {},
): MetricsProvider {
  const query = createPrometheus({
    url,
    method: "POST",
    headers: {},
    authorization: () => Promise.resolve(undefined),
    tls: {},
    timeoutMs: 20 * second,
    maxBytes: 64 * 1024 ** 2,
    connections: 4,
  });
  function now(): number {
    return performance.now();
  }
  const wallClock = options.wallClock ?? Date.now;
  const figures = createFigures({
    snapshots: createSnapshots({
      query,
      ttlMs: 10 * second,
      maxStaleMs: 60 * second,
      maxSubjects: 100_000,
      maxEntries: 1_000,
      now,
      schedule: () => () => undefined, // nothing is refreshed ahead
      signal: new AbortController().signal,
    }),
    scrapeIntervalOf: createScrapeIntervals({ query, jobLabel: known("job"), maxEntries: 100, now }),
    labels: {
      namespace: known("namespace"),
      name: known("name"),
      job: known("job"),
      replica: [known("prometheus_replica")],
    },
    matchers: [],
    wallClock,
  });
  return createVmProvider({ catalogue, inventory, figures, minimumCoverage: 0.8, wallClock, ...options });
}
