import type { Rule, RuleResources } from "../naming/rules/rule.ts";
import { parsePrometheusDuration } from "./prometheus-duration.ts";
import { flag, list, mapOf, pointer, saysNull, type Shape, struct, text } from "./strict-yaml.ts";

/** What `resourceRules` says: how the use of pods and nodes is asked, for metrics.k8s.io. */
export interface ResourceRules {
  readonly cpu: ResourceRule;
  readonly memory: ResourceRule;
  /** The window that answers name; 0 when absent. */
  readonly windowMs: number;
}

/** How the use of one resource is asked. */
export interface ResourceRule {
  /** Go template of a PromQL expression; empty when absent. */
  readonly containerQuery: string;
  /** The same for nodes. */
  readonly nodeQuery: string;
  readonly resources: RuleResources;
  /** The label with a container's name; empty when absent. */
  readonly containerLabel: string;
}

/*
 * The shapes are prometheus-adapter's (pkg/config/config.go of v0.12.0), by its names of types; only `vms` of a rule is not
 * known there.
 */
const resourceMapping = struct("config.ResourceMapping", {
  template: text,
  overrides: mapOf(struct("config.GroupResource", { group: text, resource: text })),
  namespaced: pointer(flag),
});

const discoveryRule = struct("config.DiscoveryRule", {
  seriesQuery: text,
  seriesFilters: list(struct("config.RegexFilter", { is: text, isNot: text })),
  resources: resourceMapping,
  name: struct("config.NameMapping", { matches: text, as: text }),
  metricsQuery: text,
  vms: flag,
});

const resourceRule = struct("config.ResourceRule", {
  containerQuery: text,
  nodeQuery: text,
  resources: resourceMapping,
  containerLabel: text,
});

/** The window, in milliseconds. */
const duration: Shape<number> = {
  type: "model.Duration",
  expects: "a duration such as 5m",
  zero: 0,
  read: (node, previous, reading) => {
    if (saysNull(node) && (node.plain || node.tag !== "")) return 0;
    if (node.kind !== "scalar") return text.read(node, "", reading) === "" ? previous : 0;
    const parsed = parsePrometheusDuration(text.read(node, "", reading));
    if (parsed.ok) return parsed.value;
    const message = `Expected a duration such as "5m" or "1h30m" (${parsed.error})`;
    reading.report({ path: reading.path, message }, node.place);
    return previous;
  },
};

/** The list of rules, as the file has them. */
export const discoveryRules = list(discoveryRule);

/** The section `resourceRules`, as the file has it; undefined when absent. */
export const resourceRulesSection = pointer(
  struct("config.ResourceRules", { cpu: resourceRule, memory: resourceRule, window: duration }),
);

/** A rule of the file, with the default of what is absent. */
export function toRule({ resources, ...rule }: (typeof discoveryRules.zero)[number]): Rule {
  return { ...rule, resources: toResources(resources) };
}

/** The section of the file, with the default of what is absent. */
export function toResourceRules({ cpu, memory, window }: NonNullable<typeof resourceRulesSection.zero>): ResourceRules {
  return {
    cpu: { ...cpu, resources: toResources(cpu.resources) },
    memory: { ...memory, resources: toResources(memory.resources) },
    windowMs: window,
  };
}

function toResources({ template, overrides, namespaced = true }: typeof resourceMapping.zero): RuleResources {
  return { template, overrides: [...overrides].map(([label, resource]) => ({ label, ...resource })), namespaced };
}
