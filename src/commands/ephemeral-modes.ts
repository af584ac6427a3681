import type { Config } from "../config/config.ts";
import type { VmMetric } from "../vm/catalogue/vm-metric.ts";
import type { EphemeralMode } from "../vm/ephemeral.ts";

type Modes = Config["vms"]["ephemeral"];

/** What each ephemeral metric says of a virtual machine that does not migrate: the longest name that fits decides. */
export function ephemeralModes({ mode, special, metrics }: Modes): (metric: VmMetric) => EphemeralMode {
  const byLength = Object.entries(metrics).toSorted(([a], [b]) => b.length - a.length);
  return ({ name }) => {
    const [, own] = byLength.find(([prefix]) => name.startsWith(prefix)) ?? [];
    return toMode(own ?? { mode, special });
  };
}

function toMode({ mode, special }: Pick<Modes, "mode" | "special">): EphemeralMode {
  return mode === "always" ? { mode, special } : { mode };
}
