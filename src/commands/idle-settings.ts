import type { Remark } from "../config/problem.ts";
import type { Config } from "../config/config.ts";
import type { VmMetric } from "../vm/catalogue/vm-metric.ts";

type Named = Pick<VmMetric, "name" | "unfed" | "ephemeral">;

/** What the configuration file says of metrics and what changes nothing: somebody meant something else. */
export function idleSettings({ metrics, ephemeral }: Config["vms"], catalogue: readonly Named[]): readonly Remark[] {
  const { allow, deny, optIn } = metrics;
  function of(item: string): readonly Named[] {
    return catalogue.filter(({ name }) => name.startsWith(item));
  }
  function isDenied({ name }: Named): boolean {
    return deny.some((item) => name.startsWith(item));
  }
  function isAllowed({ name }: Named): boolean {
    return allow.length === 0 || allow.some((item) => name.startsWith(item));
  }
  function served(item: string): readonly Named[] {
    return of(item).filter((metric) => isAllowed(metric) && !isDenied(metric));
  }

  return [
    ...remarksOn("allow", allow, (item) => (of(item).every(isDenied) ? "vms.metrics.deny has all of it" : undefined)),
    ...remarksOn("deny", deny, (item) => (of(item).some(isAllowed) ? undefined : "vms.metrics.allow does not have it")),
    ...remarksOn("optIn", optIn, (item) => {
      if (served(item).length === 0) return notServed;
      return served(item).every(({ unfed }) => unfed === undefined) ? "discovery has all of it anyway" : undefined;
    }),
    ...Object.entries(ephemeral.metrics).flatMap(([item, setting]) => {
      const path = ["vms", "ephemeral", "metrics", item];
      if (served(item).length === 0) return [{ path, message: noEffect(notServed) }];
      if (!served(item).some((metric) => metric.ephemeral)) return [{ path, message: noEffect(notEphemeral) }];
      return idleSpecial(path, setting);
    }),
    ...idleSpecial(["vms", "ephemeral"], ephemeral),
  ];
}

const notServed = "vms.metrics.allow or deny excludes it";
const notEphemeral = "it is there whether the virtual machine migrates or not";

function noEffect(reason: string): string {
  return `Has no effect: ${reason}`;
}

function remarksOn(
  list: "allow" | "deny" | "optIn",
  items: readonly string[],
  reasonOf: (item: string) => string | undefined,
): readonly Remark[] {
  return items.flatMap((item, index) => {
    const reason = reasonOf(item);
    return reason === undefined ? [] : [{ path: ["vms", "metrics", list, index], message: noEffect(reason) }];
  });
}

function idleSpecial(
  path: Remark["path"],
  { mode, special }: Pick<Config["vms"]["ephemeral"], "mode" | "special">,
): readonly Remark[] {
  if (mode === "always" || special === 0) return [];
  return [{ path: [...path, "special"], message: noEffect("only mode always has a special value") }];
}
