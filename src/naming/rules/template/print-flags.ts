import { countRunes, type GoString } from "./go-string.ts";

/** What stands between `%` and the verb. */
export interface PrintFlags {
  readonly plus: boolean;
  readonly minus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly zero: boolean;
  /** `%#v` writes Go syntax; the verb takes the flag over from `sharp`. */
  readonly sharpV: boolean;
  /** `%+v` names the fields of structs; the verb takes the flag over from `plus`. */
  readonly plusV: boolean;
  /** In characters; undefined when there is none. */
  readonly width?: number | undefined;
  readonly precision?: number | undefined;
}

/** Nothing between `%` and the verb. */
export const plain: PrintFlags = {
  plus: false,
  minus: false,
  sharp: false,
  space: false,
  zero: false,
  sharpV: false,
  plusV: false,
};

/** Fills a text up to the width, on the left unless the flags say `-`. */
export function padded(text: GoString, flags: PrintFlags): GoString {
  const missing = (flags.width ?? 0) - countRunes(text);
  if (missing <= 0) return text;
  return flags.minus ? text + padding(missing, flags) : padding(missing, flags) + text;
}

/** So many spaces, or zeros where the flags ask for zeros on the left. */
export function padding(count: number, { zero, minus }: PrintFlags): GoString {
  return (zero && !minus ? "0" : " ").repeat(count);
}
