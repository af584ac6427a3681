import type { Budget } from "./budget.ts";
import { type GoString, runesOf } from "./go-string.ts";
import { plain, type PrintFlags } from "./print-flags.ts";
import type { Value } from "./value.ts";

/** A piece of a format: literal text (or a complaint), then possibly a verb with its value. */
export interface Directive {
  readonly text: GoString;
  readonly print?: { readonly verb: GoString; readonly value: Value; readonly flags: PrintFlags };
}

/** Walks over a format and its arguments. */
export interface Directives {
  /** The next piece, or undefined at the end. */
  readonly next: () => Directive | undefined;
  /** Arguments that no verb took; none if the format chose its arguments by index. */
  readonly unused: () => readonly Value[];
}

/** Largest width or precision that an argument can give. */
const maxArgument = 1_000_000n;

/** Reads a format by the grammar of Go's `fmt`: `%[flags][[index]][width][.[[index]]precision][[index]]verb`. */
export function createDirectives(format: GoString, args: readonly Value[], budget: Budget): Directives {
  let position = 0;
  let argument = 0;
  let reordered = false;
  let isGoodIndex = true;

  function next(): Directive | undefined {
    if (position >= format.length) return undefined;
    const percent = format.indexOf("%", position);
    const text = format.slice(position, percent < 0 ? undefined : percent);
    position = percent < 0 ? format.length : percent + 1;
    return percent < 0 ? { text } : directive(text);
  }

  function directive(text: GoString): Directive {
    isGoodIndex = true;
    const flags = takeFlags();
    const afterFlags = takeIndex();
    const width = takeWidth(afterFlags);
    const precision = takePrecision(width.afterIndex);
    if (!precision.afterIndex) takeIndex();
    const complaints = `${text}${width.complaint}${precision.complaint}`;
    if (position >= format.length) return { text: `${complaints}%!(NOVERB)` };
    const isLeft = width.value !== undefined && width.value < 0;
    return takeVerb(complaints, {
      ...flags,
      minus: flags.minus || isLeft,
      zero: flags.zero && !isLeft,
      width: width.value === undefined ? undefined : Math.abs(width.value),
      precision: precision.value,
    });
  }

  function takeFlags(): PrintFlags {
    const [flags = ""] = match(/[#0+\- ]*/uy);
    return {
      ...plain,
      plus: flags.includes("+"),
      minus: flags.includes("-"),
      sharp: flags.includes("#"),
      space: flags.includes(" "),
      zero: flags.includes("0"),
    };
  }

  /** Reads `[n]`, if it is there; tells whether it was, and could be read. */
  function takeIndex(): boolean {
    if (format[position] !== "[") return false;
    reordered = true;
    const close = format.length - position < 3 ? -1 : format.indexOf("]", position);
    budget.spend((close < 0 ? format.length : close) - position);
    const digits = close < 0 ? "" : format.slice(position + 1, close);
    position = close < 0 ? position + 1 : close + 1;
    const isNumber = /^\d+$/u.test(digits) && !isTooLong(digits);
    const isThere = isNumber && Number(digits) >= 1 && Number(digits) <= args.length;
    if (isThere) argument = Number(digits) - 1;
    else isGoodIndex = false;
    return isNumber;
  }

  interface Taken {
    readonly value?: number | undefined;
    readonly complaint: string;
    readonly afterIndex: boolean;
  }

  function takeWidth(afterIndex: boolean): Taken {
    if (format[position] === "*") {
      const value = takeArgument();
      return { value, complaint: value === undefined ? "%!(BADWIDTH)" : "", afterIndex: false };
    }
    const value = takeNumber();
    if (afterIndex && value !== undefined) isGoodIndex = false;
    return { value, complaint: "", afterIndex };
  }

  function takePrecision(afterWidth: boolean): Taken {
    if (format[position] !== "." || position + 1 >= format.length) return { complaint: "", afterIndex: afterWidth };
    position += 1;
    if (afterWidth) isGoodIndex = false;
    const afterIndex = takeIndex();
    if (format[position] !== "*") return { value: takeNumber() ?? 0, complaint: "", afterIndex };
    const given = takeArgument();
    const value = given !== undefined && given >= 0 ? given : undefined;
    return { value, complaint: value === undefined ? "%!(BADPREC)" : "", afterIndex: false };
  }

  function takeArgument(): number | undefined {
    position += 1;
    if (argument >= args.length) return undefined;
    const given = args[argument];
    argument += 1;
    const value = typeof given === "object" && given.kind === "uint8" ? given.value : given;
    return typeof value === "bigint" && value <= maxArgument && value >= -maxArgument ? Number(value) : undefined;
  }

  /** A number that is far too long swallows the rest of the format. */
  function takeNumber(): number | undefined {
    const [digits = ""] = match(/\d*/uy);
    if (isTooLong(digits)) position = format.length;
    return digits === "" || isTooLong(digits) ? undefined : Number(digits);
  }

  function takeVerb(text: GoString, flags: PrintFlags): Directive {
    const [verb = ""] = runesOf(format.slice(position, position + 4));
    position += verb.length;
    if (verb === "%") return { text: `${text}%` };
    if (!isGoodIndex) return { text: `${text}%!${verb}(BADINDEX)` };
    if (argument >= args.length) return { text: `${text}%!${verb}(MISSING)` };
    const value = args[argument];
    argument += 1;
    const isGoSyntax = verb === "v" || verb === "w";
    const { sharp, plus } = flags;
    const shown = isGoSyntax ? { ...flags, sharp: false, sharpV: sharp, plus: false, plusV: plus } : flags;
    return { text, print: { verb, value, flags: shown } };
  }

  function match(pattern: RegExp): readonly string[] {
    pattern.lastIndex = position;
    const found = pattern.exec(format) ?? [];
    position += found[0]?.length ?? 0;
    return found;
  }

  return { next, unused: () => (reordered ? [] : args.slice(argument)) };
}

/** Go gives up at the digit after a number that is larger than the largest. */
function isTooLong(digits: string): boolean {
  return Number(digits.slice(0, -1)) > Number(maxArgument);
}
