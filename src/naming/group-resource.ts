/** A Kubernetes resource without its version, such as `deployments` in group `apps`. */
export interface GroupResource {
  /** API group; empty for the core group. */
  readonly group: string;
  /** Lower-case plural, as it appears in URLs. */
  readonly resource: string;
}

/** Reads `pods` or `virtualmachinepools.pool.kubevirt.io`: the group begins after the first dot. */
export function parseGroupResource(text: string): GroupResource {
  const dot = text.indexOf(".");
  return dot === -1 ? { group: "", resource: text } : { group: text.slice(dot + 1), resource: text.slice(0, dot) };
}

/** Writes `pods` or `virtualmachinepools.pool.kubevirt.io`. */
export function formatGroupResource({ group, resource }: GroupResource): string {
  return group === "" ? resource : `${resource}.${group}`;
}
