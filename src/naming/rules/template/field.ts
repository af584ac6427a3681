import { fail, ok, type Result } from "../../../result.ts";
import type { GoString } from "./go-string.ts";
import { type Struct, typeOf, type Value } from "./value.ts";

/**
 * What `.name` gives: a field or method of a struct, or the entry of a map, undefined if there is none. Of undefined it is
 * undefined. Fails for what has no such field, and for arguments where there is no method.
 */
export function fieldOf(receiver: Value, name: GoString, argumentCount: number): Result<Value, GoString> {
  if (receiver === undefined) return ok(undefined);
  if (typeof receiver === "object" && receiver.kind === "struct") return memberOf(receiver, name, argumentCount);
  if (typeof receiver !== "object" || receiver.kind !== "map") return unknownField(receiver, name);
  return argumentCount > 0 ? fail(`${name} is not a method but has arguments`) : ok(receiver.entries.get(name));
}

function memberOf(receiver: Struct, name: GoString, argumentCount: number): Result<Value, GoString> {
  const method = receiver.methods.get(name);
  if (method !== undefined) {
    return argumentCount > 0 ? fail(`wrong number of args for ${name}: want 0 got ${argumentCount}`) : ok(method);
  }
  if (!receiver.fields.has(name)) return unknownField(receiver, name);
  return argumentCount > 0
    ? fail(`${name} has arguments but cannot be invoked as function`)
    : ok(receiver.fields.get(name));
}

function unknownField(receiver: Value, name: GoString): Result<never, GoString> {
  return fail(`can't evaluate field ${name} in type ${typeOf(receiver)}`);
}
