import { describe, expect, test } from "vitest";
import { formatLabelSelector, matchesLabels, parseLabelSelector } from "../../src/naming/label-selector.ts";
import { type AdapterVector, adapterVectors } from "../support/adapter-vectors.ts";
import golden from "../vectors/wire-golden.json" with { type: "json" };

interface SelectorVector extends AdapterVector {
  readonly kind: "selector";
  readonly inputs: readonly string[];
  /** The canonical text, or why it is no selector, for each input. */
  readonly expect: { readonly parsed: readonly (string | { readonly error: string })[] };
}

const vectors: readonly { in: string; ok: boolean; canonical?: string; matches?: readonly boolean[] }[] =
  golden.selectors;
const labelSets = golden.selectorSets as readonly Readonly<Record<string, string>>[];

describe("parseLabelSelector()", () => {
  test.for(vectors.filter((vector) => vector.ok))(
    "reads $in as $canonical [wire 8]",
    ({ in: text, canonical, matches }) => {
      const selector = parseLabelSelector(text);
      expect(selector.ok && formatLabelSelector(selector.value)).toBe(canonical);
      expect(selector.ok && labelSets.map((labels) => matchesLabels(selector.value, labels))).toEqual(matches);
    },
  );

  test.for(vectors.filter((vector) => !vector.ok))("refuses $in [wire 8]", ({ in: text }) => {
    expect(parseLabelSelector(text).ok).toBe(false);
  });

  test.for(adapterVectors<SelectorVector>("selector"))(
    "reads as prometheus-adapter does: $id",
    ({ inputs, expect: { parsed } }) => {
      const read = inputs.map((text) => {
        const selector = parseLabelSelector(text);
        return [text, selector.ok ? formatLabelSelector(selector.value) : "an error"];
      });
      expect(read).toEqual(
        inputs.map((text, index) => [text, typeof parsed[index] === "string" ? parsed[index] : "an error"]),
      );
    },
  );

  test.for([
    ["a=b,", "expected ',' and another term, found \",\""],
    ["a=b c", "expected ',' and another term, found \"c\""],
    ["a in x", 'expected \'(\' behind "a in", found "x"'],
    ["a in (x", "expected ',' or ')', found the end"],
    ["a>x", 'expected an integer behind "a>", found "x"'],
    ["!", "expected a label key, found the end"],
    ["A.b/c=d", '"A.b/c" is not a label key'],
    ["a=-b", '"-b" is not a label value'],
  ] as const)("says what is wrong with %s", ([text, error]) => {
    expect(parseLabelSelector(text)).toEqual({ ok: false, error });
  });

  test.for([
    ["a in (x,,y)", ["", "x", "y"]],
    ["a in (x,)", ["", "x"]],
    ["a in (,)", [""]],
    ["a in (y,x,y)", ["x", "y"]],
  ] as const)("takes the empty places of %s for the empty value", ([text, values]) => {
    expect(parseLabelSelector(text)).toEqual({ ok: true, value: [{ key: "a", operator: "in", values }] });
  });

  test("takes linear time", () => {
    const parsed = parseLabelSelector(`a in (${"x,".repeat(200_000)}x)`);
    expect(parsed.ok && parsed.value.length).toBe(1);
    expect(parseLabelSelector("a".repeat(1_000_000)).ok).toBe(false);
    expect(parseLabelSelector(`${"a.".repeat(500_000)}/b`).ok).toBe(false);
  });
});

test("parseLabelSelector() refuses more terms than anybody writes", () => {
  expect(parseLabelSelector(Array.from({ length: 256 }, (_, index) => `!a${index}`).join(",")).ok).toBe(true);
  expect(parseLabelSelector("!a,".repeat(256) + "!a")).toEqual({ ok: false, error: "more than 256 terms" });
});

describe("matchesLabels()", () => {
  test.for([
    ["a>9", "10", true],
    ["a>9", "9", false],
    ["a<0", "-1", true],
    ["a>0", "x", false],
    ["a>0", "9223372036854775808", false],
  ] as const)("%s with a=%s is %s", ([text, value, matches]) => {
    const selector = parseLabelSelector(text);
    expect(selector.ok && matchesLabels(selector.value, { a: value })).toBe(matches);
  });

  test("does not take an inherited property for a label", () => {
    const selector = parseLabelSelector("constructor");
    expect(selector.ok && matchesLabels(selector.value, {})).toBe(false);
  });
});
