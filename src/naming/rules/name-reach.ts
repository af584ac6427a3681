/**
 * Tells which names a rule's `name.as` can come to, whatever series there are: for series whose names are of letters, digits,
 * `_` and `:`, as nearly all are. Upper and lower case are the same, because client-go asks for external metrics in lower
 * case. Without `as`, a name is a part of a series' name.
 */
export function createNameReach(as: string): (metric: string) => boolean {
  const reach = as === "" ? anyPart : as.replace(tokens, (token) => (isReference(token) ? anyPart : literal(token)));
  const pattern = new RegExp(`^${reach}$`, "iu");
  return (metric) => pattern.test(metric);
}

/** What a reference can take out of a series' name. */
const anyPart = "[a-z0-9_:]*";

const tokens = /\$\$|\$\{[\p{L}\p{Nd}_]+\}|\$[\p{L}\p{Nd}_]+|\$|[^$]+/gu;

function isReference(token: string): boolean {
  return token.startsWith("$") && token !== "$" && token !== "$$";
}

function literal(token: string): string {
  return token === "$$" ? String.raw`\$` : token.replace(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`);
}
