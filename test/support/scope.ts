import { equals, known } from "../../src/promql/expression.ts";
import type { RateOptions } from "../../src/promql/rate.ts";
import type { Scope } from "../../src/vm/catalogue/vm-metric.ts";

/** All virtual machines of namespace `shop`, by the labels that Prometheus has by default. Ages as by default. */
export function shopScope({ intervalMs, windowMs }: RateOptions): Scope {
  const namespace = known("namespace");
  return {
    labels: { namespace, name: known("name"), job: known("job"), replica: [known("prometheus_replica")] },
    matchers: [equals(namespace, "shop")],
    rate: { intervalMs, windowMs },
    maxAgeMs: Math.max(120_000, 4 * intervalMs),
  };
}
