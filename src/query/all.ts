import { ok, type Result } from "../result.ts";

/** Does the same for each item at the same time: all values in the order of the items, or the first failure. */
export async function all<T, V, E>(
  items: readonly T[],
  each: (item: T) => Promise<Result<V, E>>,
): Promise<Result<readonly V[], E>> {
  const values: V[] = [];
  for (const result of await Promise.all(items.map(each))) {
    if (!result.ok) return result;
    values.push(result.value);
  }
  return ok(values);
}
