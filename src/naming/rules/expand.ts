/**
 * Fills Go's expansion template (`regexp.Expand`): `$1`, `$name`, `${name}`, `$$` for a dollar. A bare name is as long as
 * letters, digits and `_` go on, so `$1_total` is a group called `1_total`. What is no group, or took no part, is empty; a
 * dollar without a name stays.
 *
 * `groups` holds the whole match at 0 and undefined or null for a group that took no part; `names` are parallel to it.
 */
export function expandTemplate(
  template: string,
  groups: readonly (string | null | undefined)[],
  names: readonly string[],
): string {
  return template.replace(reference, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    return name === undefined ? "$" : (groups[indexOf(name, groups, names)] ?? "");
  });
}

const reference = /\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))?/gu;

/** The number that a name writes, or the first group of the name that took part. */
function indexOf(name: string, groups: readonly (string | null | undefined)[], names: readonly string[]): number {
  if (/^(?:0|[1-9]\d{0,8})$/u.test(name)) return Number(name);
  return names.findIndex((candidate, index) => candidate === name && typeof groups[index] === "string");
}
