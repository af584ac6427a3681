import type { GoString } from "./go-string.ts";

/**
 * A value inside the interpreter, modelled on the kinds of Go's `reflect` that templates of rules can meet: bool, int
 * (bigint), float64 (number), string and those below. Undefined is what a missing map key and `nil` give.
 */
export type Value = undefined | boolean | bigint | number | GoString | Complex | Byte | Slice | StringMap | Struct;

/** A complex128, which only a literal (`1+2i`) makes. */
export interface Complex {
  readonly kind: "complex";
  readonly real: number;
  readonly imaginary: number;
}

/** A uint8, which only `index` of a string makes. */
export interface Byte {
  readonly kind: "uint8";
  readonly value: bigint;
}

/** A []string. */
export interface Slice {
  readonly kind: "slice";
  /** Up to the capacity: `slice` can make a slice longer again. */
  readonly items: readonly GoString[];
  readonly length: number;
}

/** A map[string]string. */
export interface StringMap {
  readonly kind: "map";
  /** In the order of the keys' bytes. */
  readonly entries: ReadonlyMap<GoString, GoString>;
}

/** A struct with exported fields. */
export interface Struct {
  readonly kind: "struct";
  readonly type: GoString;
  readonly fields: ReadonlyMap<GoString, Value>;
  /** What methods without arguments return. */
  readonly methods: ReadonlyMap<GoString, Value>;
}

/** The kinds of values; all but the last three, and `invalid`, are basic ones that can be compared. */
export type Kind = "invalid" | "bool" | "int" | "float" | "string" | "complex" | "uint8" | "slice" | "map" | "struct";

/** The kind of a value. */
export function kindOf(value: Value): Kind {
  return typeof value === "object" ? value.kind : (kinds[typeof value] ?? "invalid");
}

const kinds: Readonly<Record<string, Kind>> = { boolean: "bool", bigint: "int", number: "float", string: "string" };

/** The type of a value as Go writes it; empty for undefined, which has none. */
export function typeOf(value: Value): GoString {
  const kind = kindOf(value);
  if (typeof value === "object" && value.kind === "struct") return value.type;
  return typeNames[kind] ?? kind;
}

const typeNames: Readonly<Partial<Record<Kind, string>>> = {
  invalid: "",
  float: "float64",
  complex: "complex128",
  slice: "[]string",
  map: "map[string]string",
};

/** The elements of a slice. */
export function elementsOf(slice: Slice): readonly GoString[] {
  return slice.items.slice(0, slice.length);
}

/** Whether `if` takes a value for true: anything but zero, false, the empty and the missing. */
export function isTrue(value: Value): boolean {
  if (typeof value !== "object") return Boolean(value);
  switch (value.kind) {
    case "complex":
      return value.real !== 0 || value.imaginary !== 0;
    case "uint8":
      return value.value !== 0n;
    case "slice":
      return value.length > 0;
    case "map":
      return value.entries.size > 0;
    case "struct":
      return true;
  }
}

/** How many bytes a value has, about; what reading it costs. */
export function sizeOf(value: Value): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object") return 1;
  switch (value.kind) {
    case "complex":
    case "uint8":
      return 1;
    case "slice":
      return value.length;
    case "map":
      return value.entries.size;
    case "struct":
      return value.fields.size;
  }
}
