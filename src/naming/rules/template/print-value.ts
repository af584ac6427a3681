import type { Budget } from "./budget.ts";
import { TemplateFailure } from "./failure.ts";
import type { GoString } from "./go-string.ts";
import { padded, type PrintFlags } from "./print-flags.ts";
import { printFloat, printInteger } from "./print-number.ts";
import { printString } from "./print-string.ts";
import {
  type Byte,
  type Complex,
  elementsOf,
  type Slice,
  type StringMap,
  type Struct,
  typeOf,
  type Value,
} from "./value.ts";

/** How a value is written. */
export interface Printing {
  readonly flags: PrintFlags;
  readonly budget: Budget;
  /** Inside of `%!d(…)`, where methods do not count. */
  readonly erroring?: boolean;
}

/** Writes a value by a verb, as Go's `fmt` does; the wrong verb is written out, too: `%!d(string=up)`. */
export function printValue(value: Value, verb: string, printing: Printing): GoString {
  if (value === undefined) return verb === "v" || verb === "T" ? padded("<nil>", printing.flags) : `%!${verb}(<nil>)`;
  if (verb === "T") return printed(typeOf(value), "s", printing);
  if (verb === "p") return pointer(value, printing);
  return printed(value, verb, printing);
}

function printed(value: Value, verb: string, printing: Printing): GoString {
  const text = scalar(value, verb, printing.flags) ?? composite(value, verb, printing);
  printing.budget.spend(text.length);
  return text;
}

function scalar(value: Value, verb: string, flags: PrintFlags): GoString | undefined {
  if (typeof value === "string") return printString(value, verb, flags);
  if (typeof value === "bigint") return printInteger(value, verb, flags);
  if (typeof value === "number") return printFloat(value, verb, flags);
  return typeof value === "boolean" && /^[vt]$/u.test(verb) ? padded(String(value), flags) : undefined;
}

function composite(value: Value, verb: string, printing: Printing): GoString {
  // Go's `%w` is for errors, of which there are none; other verbs are asked of each element.
  if (typeof value !== "object" || verb === "w") return badVerb(value, verb, printing);
  switch (value.kind) {
    case "uint8":
      return byte(value, verb, printing.flags) ?? badVerb(value, verb, printing);
    case "complex":
      return complex(value, verb, printing.flags) ?? badVerb(value, verb, printing);
    case "slice":
      return slice(value, verb, printing);
    case "map":
      return map(value, verb, printing);
    case "struct":
      return struct(value, verb, printing);
  }
}

function badVerb(value: Value, verb: string, printing: Printing): GoString {
  return `%!${verb}(${typeOf(value)}=${printed(value, "v", { ...printing, erroring: true })})`;
}

/** Addresses are not values to build a query from, and no two runs have the same. */
function pointer(value: Value, printing: Printing): GoString {
  if (typeof value === "object" && (value.kind === "slice" || value.kind === "map")) {
    throw new TemplateFailure("%p of a slice or a map has no stable value");
  }
  return badVerb(value, "p", printing);
}

function byte({ value }: Byte, verb: string, flags: PrintFlags): GoString | undefined {
  const isGoSyntax = verb === "v" && flags.sharpV;
  return isGoSyntax ? printInteger(value, "x", { ...flags, sharp: true }) : printInteger(value, verb, flags);
}

function complex({ real, imaginary }: Complex, verb: string, flags: PrintFlags): GoString | undefined {
  const parts = [printFloat(real, verb, flags), printFloat(imaginary, verb, { ...flags, plus: true })];
  return parts.includes(undefined) ? undefined : `(${parts.join("")}i)`;
}

function slice(value: Slice, verb: string, printing: Printing): GoString {
  const items = elementsOf(value).map((item) => printed(item, verb, printing));
  return printing.flags.sharpV ? `${typeOf(value)}{${items.join(", ")}}` : `[${items.join(" ")}]`;
}

function map(value: StringMap, verb: string, printing: Printing): GoString {
  const pairs = [...value.entries].map((pair) => pair.map((part) => printed(part, verb, printing)).join(":"));
  return printing.flags.sharpV ? `${typeOf(value)}{${pairs.join(", ")}}` : `map[${pairs.join(" ")}]`;
}

function struct(value: Struct, verb: string, printing: Printing): GoString {
  const { sharpV, plusV } = printing.flags;
  const text = value.methods.get("String");
  const isStringable = /^[vsxXq]$/u.test(verb) && !sharpV && printing.erroring !== true;
  if (text !== undefined && isStringable) return printed(text, verb, printing);
  const fields = [...value.fields].map(
    ([name, field]) => (plusV || sharpV ? `${name}:` : "") + printed(field, verb, printing),
  );
  return sharpV ? `${value.type}{${fields.join(", ")}}` : `{${fields.join(" ")}}`;
}
