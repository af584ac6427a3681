import { fail, ok, type Result } from "../../../result.ts";
import type { GoString } from "./go-string.ts";
import { type Slice, typeOf, type Value } from "./value.ts";

/** What the `index` function gives: `index x 1 "k"` is `x[1]["k"]`. A missing key gives the empty string. */
export function element(item: Value, indexes: readonly Value[]): Result<Value, GoString> {
  if (item === undefined) return fail("index of untyped nil");
  return indexes.reduce<Result<Value, GoString>>(
    (found, index) => (found.ok ? at(found.value, index) : found),
    ok(item),
  );
}

function at(item: Value, index: Value): Result<Value, GoString> {
  if (typeof item === "string") return byteAt(item, index);
  if (typeof item !== "object" || item.kind === "struct" || item.kind === "complex" || item.kind === "uint8") {
    return fail(`can't index item of type ${typeOf(item)}`);
  }
  if (item.kind === "slice") return itemAt(item, index);
  if (index === undefined) return fail("value is nil; should be of type string");
  if (typeof index !== "string") return fail(`value has type ${typeOf(index)}; should be string`);
  return ok(item.entries.get(index) ?? "");
}

function byteAt(item: GoString, index: Value): Result<Value, GoString> {
  const position = positionOf(index, item.length);
  if (!position.ok) return position;
  if (position.value === item.length) return fail("reflect: string index out of range");
  return ok({ kind: "uint8", value: BigInt(item.charCodeAt(position.value)) });
}

function itemAt(item: Slice, index: Value): Result<Value, GoString> {
  const position = positionOf(index, item.length);
  if (!position.ok) return position;
  return position.value === item.length ? fail("reflect: slice index out of range") : ok(item.items[position.value]);
}

/** What the `slice` function gives: `slice x 1 2` is `x[1:2]`. A third index, for slices only, bounds the capacity. */
export function part(item: Value, indexes: readonly Value[]): Result<Value, GoString> {
  if (item === undefined) return fail("slice of untyped nil");
  if (indexes.length > 3) return fail(`too many slice indexes: ${indexes.length}`);
  if (typeof item === "string") {
    if (indexes.length === 3) return fail("cannot 3-index slice a string");
    const range = bounds(indexes, item.length, item.length);
    return range.ok ? ok(item.slice(range.value.from, range.value.to)) : range;
  }
  if (typeof item !== "object" || item.kind !== "slice") return fail(`can't slice item of type ${typeOf(item)}`);
  const range = bounds(indexes, item.length, item.items.length);
  if (!range.ok) return range;
  const { from, to, capacity } = range.value;
  return ok({ kind: "slice", items: item.items.slice(from, capacity), length: to - from });
}

interface Bounds {
  readonly from: number;
  readonly to: number;
  readonly capacity: number;
}

function bounds(indexes: readonly Value[], length: number, capacity: number): Result<Bounds, GoString> {
  const positions: number[] = [];
  for (const index of indexes) {
    const position = positionOf(index, capacity);
    if (!position.ok) return position;
    positions.push(position.value);
  }
  const [from = 0, to = length, end = capacity] = positions;
  if (from > to) return fail(`invalid slice index: ${from} > ${to}`);
  if (to > end) return fail(`invalid slice index: ${to} > ${end}`);
  return ok({ from, to, capacity: end });
}

/** What the `len` function gives; in bytes for a string. */
export function lengthOf(item: Value): Result<Value, GoString> {
  if (typeof item === "string") return ok(BigInt(item.length));
  if (typeof item === "object" && item.kind === "slice") return ok(BigInt(item.length));
  if (typeof item === "object" && item.kind === "map") return ok(BigInt(item.entries.size));
  return fail(item === undefined ? "len of nil" : `len of type ${typeOf(item)}`);
}

function positionOf(index: Value, limit: number): Result<number, GoString> {
  const value = typeof index === "object" && index.kind === "uint8" ? index.value : index;
  if (value === undefined) return fail("cannot index slice/array with nil");
  if (typeof value !== "bigint") return fail(`cannot index slice/array with type ${typeOf(value)}`);
  return value < 0n || value > limit ? fail(`index out of range: ${value}`) : ok(Number(value));
}
