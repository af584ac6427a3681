import { matchesLabels, parseLabelSelector } from "../../src/naming/label-selector.ts";
import { ok, type Result } from "../../src/result.ts";
import { type KubernetesObject, textAt } from "../kubernetes-object.ts";

/** Whether an object belongs to a list or watch. */
export type Matches = (object: KubernetesObject) => boolean;

/** Compiles the `labelSelector` and `fieldSelector` of a query; absent ones select everything. */
export function compileSelectors(query: URLSearchParams): Result<Matches, string> {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  if (!labels.ok) return labels;
  const fields = (query.get("fieldSelector") ?? "")
    .split(",")
    .filter((term) => term !== "")
    .map(compileTerm);
  return ok(
    (object) => matchesLabels(labels.value, object.metadata.labels ?? {}) && fields.every((matches) => matches(object)),
  );
}

/** `metadata.name=web-0`, `spec.nodeName==n1` or `status.phase!=Running`; any field will do, more than a real server allows. */
function compileTerm(term: string): Matches {
  const [, path = "", operator = "=", value = ""] = /^([^=!]+)(!=|==?)(.*)$/u.exec(term) ?? [];
  return (object) => (textAt(object, ...path.split(".")) === value) === (operator !== "!=");
}
