import { equals, known } from "../../src/promql/expression.ts";
import type { RateOptions } from "../../src/promql/rate.ts";
import type { Scope } from "../../src/vm/catalogue/vm-metric.ts";
import type { Exporter } from "../../src/vm/exporter.ts";
import { byName } from "../../src/vm/exporter.ts";
import type { SeriesLabels } from "../../src/vm/series-labels.ts";

/** The labels that Prometheus has by default, with one of them for replicas. */
export const seriesLabels: SeriesLabels = {
  namespace: known("namespace"),
  name: known("name"),
  vmi: known("vmi"),
  node: known("node"),
  domain: known("domain"),
  collectdHost: known("exported_instance"),
  instance: known("instance"),
  job: known("job"),
  replica: [known("prometheus_replica")],
};

/** All virtual machines of namespace `shop`, as exporters that label them by namespace and name have them. Ages as by default. */
export function shopScope({ intervalMs, windowMs }: RateOptions): Scope {
  return {
    labels: seriesLabels,
    subject: [seriesLabels.namespace, seriesLabels.name],
    place: seriesLabels.node,
    cluster: [],
    matchers: [equals(seriesLabels.namespace, "shop")],
    devices: [],
    rate: { intervalMs, windowMs },
    maxAgeMs: Math.max(120_000, 4 * intervalMs),
  };
}

/** The scope for a source of this exporter's, with all labels as by default. */
export function scopeOf({ identity }: Pick<Exporter, "identity">, rate: RateOptions): Scope {
  return {
    ...shopScope(rate),
    subject: identity.subject(seriesLabels),
    place: identity.place(seriesLabels),
    matchers: identity.select(seriesLabels, "shop"),
  };
}

/** An exporter of a test's own, whose heartbeat is one series. */
export function exporter(name: string, heartbeat: string): Exporter {
  return { name, identity: byName, heartbeat: [known(heartbeat)] };
}
