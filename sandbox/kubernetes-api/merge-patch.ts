import { isJsonObject } from "../kubernetes-object.ts";

/** Applies a JSON merge patch (RFC 7386): null removes, objects are merged, everything else is replaced. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const base = isJsonObject(target) ? target : {};
  const kept = Object.entries(base).filter(([field]) => !(field in patch));
  const patched = Object.entries(patch).flatMap(([field, change]) =>
    change === null ? [] : [[field, applyMergePatch(base[field], change)] as const],
  );
  return Object.fromEntries([...kept, ...patched]);
}
