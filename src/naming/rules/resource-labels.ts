import { fail, ok, type Result } from "../../result.ts";
import { formatGroupResource, type GroupResource } from "../group-resource.ts";
import type { CompiledRule } from "./compile-rule.ts";
import type { LabelTemplate } from "./label-template.ts";
import type { MappedResource, RestMapper } from "./rest-mapper.ts";
import type { ResourceOverride, RuleProblem } from "./rule.ts";

/** Which labels of a rule's series stand for which of the cluster's resources. */
export interface ResourceLabels {
  /** The resource that a label names; undefined when it is an ordinary label, or its resource is unknown. */
  readonly resourceOf: (label: string) => MappedResource | undefined;
  /**
   * The resource that the template makes a label of which `resourceOf` cannot read: groups with dots and the core group do
   * not come back out of a label. Undefined for all others. prometheus-adapter does not find these.
   */
  readonly madeOf: (label: string) => MappedResource | undefined;
  /** Whether the file itself says which resource a label stands for. */
  readonly isOverride: (label: string) => boolean;
  /** The label that objects of a resource are asked by. Fails, in prometheus-adapter's words, when the rule has none. */
  readonly labelOf: (resource: GroupResource) => Result<string, string>;
  /** Overrides whose resource the cluster does not have, as while a CRD is not installed; they name nothing until then. */
  readonly unknown: readonly RuleProblem[];
  /** Overrides for a resource that an earlier one stands for already: found in series, not asked by. */
  readonly repeated: readonly RuleProblem[];
}

/**
 * Binds a rule to what the cluster has. Overrides come first, in the order of the file, then the template. What a label means
 * is remembered for the life of the result, which is that of the mapper.
 */
export function createResourceLabels({ rule, label: template }: CompiledRule, mapper: RestMapper): ResourceLabels {
  const overrides = rule.resources.overrides.map((override) => ({ override, resource: mapper.resourceFor(override) }));
  const resourceByLabel = new Map(overrides.map(({ override, resource }) => [override.label, resource]));
  const labelByResource = new Map<string, string>();
  for (const { override, resource } of overrides.toReversed()) {
    if (resource !== undefined) labelByResource.set(formatGroupResource(resource), override.label);
  }
  function resourceOf(label: string): MappedResource | undefined {
    if (!resourceByLabel.has(label)) {
      const seeming = template?.read(label);
      resourceByLabel.set(label, seeming && mapper.resourceFor(seeming));
    }
    return resourceByLabel.get(label);
  }
  function isOverride(label: string): boolean {
    return rule.resources.overrides.some((override) => override.label === label);
  }
  let made: ReadonlyMap<string, MappedResource> | undefined;

  return {
    resourceOf,
    isOverride,
    madeOf: (label) => {
      if (template?.hasGroup !== true || isOverride(label) || resourceOf(label) !== undefined) return undefined;
      made ??= makeLabels(template, mapper);
      return made.get(label);
    },
    labelOf: (resource) => {
      const key = formatGroupResource(resource);
      const known = labelByResource.get(key);
      if (known !== undefined) return ok(known);
      const label = makeLabel(template, resource, mapper);
      if (label.ok) labelByResource.set(key, label.value);
      return label;
    },
    unknown: overrides.flatMap(({ override, resource }) => (resource === undefined ? [unknownResource(override)] : [])),
    repeated: overrides.flatMap(({ override, resource }) => {
      const first = resource === undefined ? undefined : labelByResource.get(formatGroupResource(resource));
      return first === undefined || first === override.label ? [] : [repeatedResource(override, first)];
    }),
  };
}

/** Of two resources with the same label, the one of higher priority counts. */
function makeLabels(template: LabelTemplate, mapper: RestMapper): ReadonlyMap<string, MappedResource> {
  const labels = mapper.resources.toReversed().map((resource) => {
    const label = template.labelOf({ group: resource.group, resource: resource.singular });
    return [label.ok ? label.value : "", resource] as const;
  });
  return new Map(labels);
}

function makeLabel(
  template: LabelTemplate | undefined,
  resource: GroupResource,
  mapper: RestMapper,
): Result<string, string> {
  const label = template === undefined ? fail(noLabel) : labelOfKnown(template, resource, mapper);
  return label.ok
    ? label
    : fail(`unable to convert resource ${formatGroupResource(resource)} into label: ${label.error}`);
}

const noLabel = "no generic resource label form specified for this metric";

function labelOfKnown(template: LabelTemplate, resource: GroupResource, mapper: RestMapper): Result<string, string> {
  const singular = mapper.singularOf(resource);
  if (singular !== undefined) return template.labelOf({ group: resource.group, resource: singular });
  const why = `no matches for /, Resource=${resource.resource}`;
  return fail(`unable to singularize resource ${formatGroupResource(resource)}: ${why}`);
}

function unknownResource({ label, group, resource }: ResourceOverride): RuleProblem {
  const why = `no matches for ${group}/, Resource=${resource.toLowerCase()}`;
  return at(label, `unable to normalize group-resource {${group} ${resource}}: ${why}`);
}

function repeatedResource({ label, group, resource }: ResourceOverride, first: string): RuleProblem {
  return at(label, `${formatGroupResource({ group, resource })} is asked for by label ${first}, which comes first`);
}

function at(label: string, message: string): RuleProblem {
  return { path: ["resources", "overrides", label], message };
}
