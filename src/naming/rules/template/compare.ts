import { fail, ok, type Result } from "../../../result.ts";
import type { GoString } from "./go-string.ts";
import { type Kind, kindOf, type Struct, typeOf, type Value } from "./value.ts";

const notBasic: readonly Kind[] = ["invalid", "slice", "map", "struct"];

/** Whether the first value equals any of the others, by the rules of the `eq` function. Fails on types that do not compare. */
export function equalsAny(first: Value, others: readonly Value[]): Result<boolean, GoString> {
  if (others.length === 0) return fail("missing argument for comparison");
  for (const other of others) {
    const equal = equals(first, other);
    if (!equal.ok || equal.value) return equal;
  }
  return ok(false);
}

function equals(a: Value, b: Value): Result<boolean, GoString> {
  const [ka, kb] = [kindOf(a), kindOf(b)];
  if (ka === "invalid" || kb === "invalid") return ok(ka === kb);
  const bothBasic = !notBasic.includes(ka) && !notBasic.includes(kb);
  if (bothBasic) return equalBasics(a, b);
  if (!notBasic.includes(ka) || !notBasic.includes(kb)) return incompatible(a, b);
  if (ka !== kb) return fail(`non-comparable types ${typeOf(a)} and ${typeOf(b)}`);
  if (typeof a === "object" && a.kind === "struct" && typeof b === "object" && b.kind === "struct")
    return equalStructs(a, b);
  return fail(`non-comparable type: ${typeOf(b)}`);
}

function equalBasics(a: Value, b: Value): Result<boolean, GoString> {
  if (integerOf(a) !== undefined && integerOf(b) !== undefined) return ok(integerOf(a) === integerOf(b));
  if (kindOf(a) !== kindOf(b)) return incompatible(a, b);
  if (typeof a === "object" && typeof b === "object" && a.kind === "complex" && b.kind === "complex") {
    return ok(a.real === b.real && a.imaginary === b.imaginary);
  }
  return ok(a === b);
}

function equalStructs(a: Struct, b: Struct): Result<boolean, GoString> {
  const fields = [...a.fields].map(([name, field]) => equals(field, b.fields.get(name)));
  return fields.find((field) => !field.ok) ?? ok(a.type === b.type && fields.every((field) => field.ok && field.value));
}

/** Whether one value comes before another, by the rules of the `lt` function: numbers of one kind, or strings by bytes. */
export function isLess(a: Value, b: Value): Result<boolean, GoString> {
  const [ka, kb] = [kindOf(a), kindOf(b)];
  if (notBasic.includes(ka) || notBasic.includes(kb)) return fail("invalid type for comparison");
  const [ia, ib] = [integerOf(a), integerOf(b)];
  if (ia !== undefined && ib !== undefined) return ok(ia < ib);
  if (ka !== kb) return incompatible(a, b);
  if (typeof a === "number" && typeof b === "number") return ok(a < b);
  if (typeof a === "string" && typeof b === "string") return ok(a < b);
  return fail("invalid type for comparison");
}

function integerOf(value: Value): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "object" && value.kind === "uint8" ? value.value : undefined;
}

function incompatible(a: Value, b: Value): Result<never, GoString> {
  return fail(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
}
