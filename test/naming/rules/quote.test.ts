import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { quote } from "../../../src/naming/rules/quote.ts";

/** What Go's strconv gives; code points are in hexadecimal. */
interface Vectors {
  readonly rows: readonly (readonly [text: string, quoted: string])[];
  /** Ranges that Go shows as they are. */
  readonly printable: string;
  /** Ranges that Go knows and escapes; in neither list is what its Unicode does not know. */
  readonly hidden: string;
}

const vectors = JSON.parse(readFileSync("test/vectors/go-quote.json", "utf8")) as Vectors;

describe("quote()", () => {
  test.for(vectors.rows)("writes %j as %j", ([text, quoted]) => {
    expect(quote(text)).toBe(quoted);
  });

  test("shows every character that Go shows, but quotation mark and backslash", () => {
    const escaped = codePointsIn(vectors.printable).filter(
      (codePoint) => quote(character(codePoint)) !== `"${character(codePoint)}"`,
    );
    expect(escaped.map(character)).toEqual(['"', "\\"]);
  });

  test("escapes every character that Go knows and escapes", () => {
    const shown = codePointsIn(vectors.hidden).filter((codePoint) =>
      quote(character(codePoint)).includes(character(codePoint)),
    );
    expect(shown).toEqual([]);
  });
});

/** Halves of surrogate pairs are no characters. */
function codePointsIn(ranges: string): readonly number[] {
  const codePoints = ranges.split(" ").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map((end) => parseInt(end, 16));
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
  return codePoints.filter((codePoint) => codePoint < 0xd800 || codePoint > 0xdfff);
}

function character(codePoint: number): string {
  return String.fromCodePoint(codePoint);
}
