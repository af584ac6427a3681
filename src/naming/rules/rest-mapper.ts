import type { GroupResource } from "../group-resource.ts";

/** A resource as Kubernetes' API discovery lists it. */
export interface ApiResource {
  /** Plural; with a `/` for a subresource, which is left out. */
  readonly name: string;
  /** Empty where the server does not say it. */
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** One version of an API group. Lists of them are in discovery order, the preferred version of a group first. */
export interface ApiResourceGroup {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ApiResource[];
}

/** A resource that the cluster serves, in its full and proper form. */
export interface MappedResource extends GroupResource {
  readonly version: string;
  /** What label templates are filled with: the singular of the first group that knows the name. */
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/**
 * Finds resources by plural or singular, in any case, and by group or a prefix of it (`storage` finds `storage.k8s.io`); an
 * empty group is a prefix of all. Short names are unknown. The rules are those of Kubernetes' discovery RESTMapper, with the
 * names that it guesses for lists (`podlist`).
 */
export interface RestMapper {
  /** The match of highest priority: core v1, then groups in discovery order. Undefined when none or several are it. */
  readonly resourceFor: (asked: GroupResource) => MappedResource | undefined;
  /** The first match in discovery order, which is the one that objects are listed by. */
  readonly firstResourceFor: (asked: GroupResource) => MappedResource | undefined;
  /** The singular that the first group to know the name gives it, whatever the group asked for. */
  readonly singularOf: (resource: GroupResource) => string | undefined;
  /** Every resource that is listed, of highest priority first, without the guessed ones. */
  readonly resources: readonly MappedResource[];
}

/** Makes the mapper of what discovery found. */
export function createRestMapper(groups: readonly ApiResourceGroup[]): RestMapper {
  const matchesByName = indexByName(groups);
  function matchesFor({ group, resource }: GroupResource): readonly Match[] {
    return (matchesByName.get(resource.toLowerCase()) ?? []).filter((match) => match.source.group.startsWith(group));
  }

  /** Groups whose own names do not tell what the singular is are passed over. */
  function singularOf({ resource }: GroupResource): string | undefined {
    const matchesBySource = Map.groupBy(matchesFor({ group: "", resource }), ({ source }) => source);
    const singulars = [...matchesBySource.values()].map((matches) => new Set(matches.map(({ singular }) => singular)));
    const [singular] = singulars.find(({ size }) => size === 1) ?? [];
    return singular;
  }
  function toMapped(match: Match | undefined): MappedResource | undefined {
    if (match === undefined) return undefined;
    const { source, resource, kind, namespaced } = match;
    const { group, version } = source;
    const singular = singularOf({ group, resource });
    return singular === undefined ? undefined : { group, version, resource, singular, kind, namespaced };
  }
  function resourceFor(asked: GroupResource): MappedResource | undefined {
    const matches = matchesFor(asked);
    const { source } = matches.find((match) => isCoreV1(match.source)) ?? matches[0] ?? {};
    const [winner, ...equals] = matches.filter((match) => match.source === source);
    return equals.length === 0 ? toMapped(winner) : undefined;
  }

  return {
    resourceFor,
    firstResourceFor: (asked) => toMapped(matchesFor(asked)[0]),
    singularOf,
    resources: groups
      .toSorted((a, b) => Number(isCoreV1(b)) - Number(isCoreV1(a)))
      .flatMap(({ group, version, resources }) =>
        resources.flatMap(({ name }) => {
          const found = resourceFor({ group, resource: name });
          return found?.group === group && found.version === version ? [found] : [];
        }),
      ),
  };
}

/** A name that a version of a group gives to one of its resources. */
interface Match {
  readonly source: ApiResourceGroup;
  /** Plural. */
  readonly resource: string;
  /** What this version itself calls it. */
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

function isCoreV1({ group, version }: ApiResourceGroup): boolean {
  return group === "" && version === "v1";
}

/** Plurals and singulars -> what they can mean, in discovery order, and by plural within one version of a group. */
function indexByName(groups: readonly ApiResourceGroup[]): ReadonlyMap<string, readonly Match[]> {
  return Map.groupBy(
    groups.flatMap((source) => namesOf(source)),
    ({ name }) => name,
  );
}

function namesOf(source: ApiResourceGroup): readonly (Match & { readonly name: string })[] {
  const names = [
    ...source.resources.filter(({ name }) => !name.includes("/")).flatMap(knownNames),
    listNames("List", false),
  ];
  const singularByPlural = new Map(names.map(({ plural, singular }) => [plural, singular]));
  const kindByName = new Map(
    names.flatMap(({ plural, singular, kind }) => [
      [singular, kind],
      [plural, kind],
    ]),
  );
  const namespacedByPlural = new Map(names.map(({ plural, namespaced }) => [plural, namespaced]));
  return [...singularByPlural]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([resource, singular]) =>
      [...new Set([resource, singular])].map((name) => ({
        name,
        source,
        resource,
        singular,
        kind: kindByName.get(name) ?? "",
        namespaced: namespacedByPlural.get(resource) ?? true,
      })),
    );
}

interface KnownNames {
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

function knownNames({ name, singular, kind, namespaced }: ApiResource): readonly KnownNames[] {
  const own = { plural: name, singular: singular === "" ? kind.toLowerCase() : singular, kind, namespaced };
  return [own, listNames(`${kind}List`, namespaced)];
}

/** Discovery does not name the kinds of lists; Kubernetes guesses, and so a label `podlist` is a resource. */
function listNames(kind: string, namespaced: boolean): KnownNames {
  const singular = kind.toLowerCase();
  return { plural: `${singular}s`, singular, kind, namespaced };
}
