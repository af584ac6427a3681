import { isPrintable, quoteString } from "./escape.ts";
import { codePointOf, type GoString, runesOf, textOf } from "./go-string.ts";
import { isKeyword, type Token, type TokenKind } from "./token.ts";

/**
 * Cuts a template with the delimiters `<<` and `>>` into tokens, as Go's `text/template` does. Comments and what `<<- ` and
 * ` ->>` trim are gone. The last token is the end of the input, or the first error.
 */
export function lex(template: GoString): readonly Token[] {
  const tokens: Token[] = [];
  let position = 0;
  let line = 1;
  let counted = 0;

  function emit(kind: TokenKind, start: number, text: GoString): void {
    for (; counted < start; counted += 1) if (template[counted] === "\n") line += 1;
    tokens.push({ kind, text, position: start, line });
  }

  /** Takes what a sticky pattern matches here. */
  function match(pattern: RegExp): GoString | undefined {
    pattern.lastIndex = position;
    const text = pattern.exec(template)?.[0];
    position += text?.length ?? 0;
    return text;
  }

  /** Whether a sticky pattern matches here. */
  function isAt(pattern: RegExp): boolean {
    pattern.lastIndex = position;
    return pattern.test(template);
  }

  /** Ends the tokens with an error. */
  function stop(message: GoString, start = position): false {
    emit("error", start, message);
    return false;
  }

  /** Text up to the next action, and that action; false at the end. */
  function takeText(): boolean {
    const start = position;
    const open = template.indexOf("<<", position);
    position = open < 0 ? template.length : open;
    const isTrimmed = isAt(/<<-[ \t\r\n]/uy);
    const text = template.slice(start, isTrimmed ? trimmedEnd(template, start, position) : position);
    if (text !== "") emit("text", start, text);
    if (open >= 0) return takeAction();
    emit("end of input", position, "");
    return false;
  }

  function takeAction(): boolean {
    const start = position;
    match(/<<(?:-[ \t\r\n])?/uy);
    if (isAt(/\/\*/uy)) return takeComment();
    emit("left delimiter", start, "<<");
    for (let depth = 0; !isAt(CLOSING);) {
      const before = position;
      const kind = takeToken();
      if (kind === undefined) return false;
      depth += kind === "(" ? 1 : kind === ")" ? -1 : 0;
      if (depth < 0) return stop("unexpected right paren", before);
      emit(kind, before, template.slice(before, position));
      if (depth > 0 && isAt(CLOSING)) return stop("unclosed left paren");
    }
    const end = template.indexOf(">>", position);
    takeClosing();
    emit("right delimiter", end, ">>");
    return true;
  }

  function takeComment(): boolean {
    const start = position;
    const close = template.indexOf("*/", start + 2);
    if (close < 0) return stop("unclosed comment");
    position = close + 2;
    if (!isAt(CLOSING)) return stop("comment ends before closing delimiter", start);
    takeClosing();
    return true;
  }

  function takeClosing(): void {
    const isTrimming = isAt(/[ \t\r\n]/uy);
    match(CLOSING);
    if (isTrimming) match(/[ \t\r\n]*/uy);
  }

  /** Takes one token inside an action; undefined after an error. */
  function takeToken(): TokenKind | undefined {
    if (position >= template.length) return failed("unclosed action");
    // A trimming delimiter begins with a space, which is not part of the space before it.
    if (match(/[ \t\r\n]+?(?=[ \t\r\n]->>|[^ \t\r\n]|$)/uy) !== undefined) return "space";
    const sign = match(/:=|[=|()]/uy);
    if (sign !== undefined) return signs[sign];
    if (isAt(/:/uy)) return failed("expected :=");
    if (isAt(/["`']/uy)) return takeLiteral();
    if (isAt(/\$|\.(?!\d|$)/uy)) return takeName();
    if (isAt(/[.+\-\d]/uy)) return takeNumber();
    if (wordEnd(position) > position) return takeWord();
    if (match(/[!-~]/uy) !== undefined) return "other";
    return failed(`unrecognized character in action: ${describeRune(runeAt(position))}`);
  }

  function failed(message: GoString, start?: number): undefined {
    stop(message, start);
  }

  function takeLiteral(): TokenKind | undefined {
    const start = position;
    if (match(/"(?:[^"\\\n]|\\[^\n])*"/uy) !== undefined) return "string";
    if (match(/'(?:[^'\\\n]|\\[^\n])*'/uy) !== undefined) return "character";
    if (match(/`[^`]*`/uy) !== undefined) return "raw string";
    const names = { '"': "quoted string", "'": "character constant", "`": "raw quoted string" };
    const [, name] = Object.entries(names).find(([mark]) => template.startsWith(mark, start)) ?? [];
    return failed(`unterminated ${name}`);
  }

  function takeName(): TokenKind | undefined {
    const isVariable = isAt(/\$/uy);
    position += 1;
    const start = position;
    position = wordEnd(position);
    if (!isAtTerminator()) return failed(`bad character ${describeRune(runeAt(position))}`);
    if (isVariable) return "variable";
    return position === start ? "." : "field";
  }

  function takeNumber(): TokenKind | undefined {
    const start = position;
    match(NUMBER);
    const isComplete = wordEnd(position) === position;
    const isComplex = isAt(/[+-]/uy);
    const isNumber =
      isComplete && (!isComplex || (match(NUMBER)?.endsWith("i") === true && wordEnd(position) === position));
    return isNumber
      ? "number"
      : failed(`bad number syntax: ${quoteString(template.slice(start, position + 1))}`, start);
  }

  function takeWord(): TokenKind | undefined {
    const start = position;
    position = wordEnd(position);
    const word = template.slice(start, position);
    if (!isAtTerminator()) return failed(`bad character ${describeRune(runeAt(position))}`);
    if (isKeyword(word)) return word;
    return word === "true" || word === "false" ? "bool" : "identifier";
  }

  function isAtTerminator(): boolean {
    return isAt(/[ \t\r\n.,|:()]|>>|$/uy);
  }

  /** Where the letters, digits and underscores that begin here end. */
  function wordEnd(start: number): number {
    let end = start;
    for (let rune = runeAt(end); isWordRune(rune); rune = runeAt(end)) end += rune.length;
    return end;
  }

  function runeAt(start: number): GoString {
    return runesOf(template.slice(start, start + 4))[0] ?? "";
  }

  while (takeText());
  return tokens;
}

const signs: Readonly<Record<string, TokenKind>> = { "=": "=", ":=": ":=", "|": "|", "(": "(", ")": ")" };

/** The right delimiter, after a space and a minus if it trims. */
const CLOSING = /(?:[ \t\r\n]-)?>>/uy;

/** Accepts some that are no numbers, such as `.` and `089`; the parser looks closer. */
const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F_]*\.?[\da-fA-F_]*(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*\.?[0-7_]*|0[bB][01_]*\.?[01_]*|[\d_]*\.?[\d_]*(?:[eE][+-]?[\d_]*)?)i?/uy;

function isWordRune(rune: GoString): boolean {
  return rune.length === 1 ? /\w/u.test(rune) : /^[\p{L}\p{Nd}]$/u.test(textOf(rune));
}

function describeRune(rune: GoString): GoString {
  const codePoint = codePointOf(rune);
  const shown = isPrintable(codePoint) ? ` '${rune}'` : "";
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}${shown}`;
}

function trimmedEnd(text: GoString, start: number, end: number): number {
  let last = end;
  while (last > start && " \t\r\n".includes(text.charAt(last - 1))) last -= 1;
  return last;
}
