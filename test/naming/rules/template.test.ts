import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTemplate, type TemplateStruct, type TemplateValue } from "../../../src/naming/rules/template.ts";
import type { Result } from "../../../src/result.ts";
import { counterexample } from "../../support/property.ts";

/** What Go's text/template makes of a template: a text, or a failure when it is parsed or rendered. */
interface Row {
  readonly template: string;
  /** Index of the data. */
  readonly data: number;
  readonly output?: string;
  readonly fails?: "parse" | "render";
}

type Json = string | readonly string[] | Readonly<Record<string, string>>;
interface Vectors {
  readonly data: readonly (Omit<TemplateStruct, "fields"> & { readonly fields: Readonly<Record<string, Json>> })[];
  readonly rows: readonly Row[];
}

const vectors = JSON.parse(readFileSync("test/vectors/go-templates.json", "utf8")) as Vectors;
const data = vectors.data.map((struct) => ({ ...struct, fields: mapped(struct.fields) }));

const query = {
  type: "naming.queryTemplateArgs",
  fields: {
    Series: "up",
    LabelMatchers: 'pod="a"',
    LabelValuesByName: new Map([["pod", "a"]]),
    GroupBy: "pod",
    GroupBySlice: ["pod"],
  },
};

describe("parseTemplate()", () => {
  test.for(vectors.rows)("$template with data $data as Go does", ({ template, data: index, ...expected }) => {
    expect(outcome(template, data[index] ?? "")).toEqual(expected);
  });

  test.for([
    ["<<.Series | upper>>", 'template: metrics-query:1: function "upper" not defined'],
    ["<<.Series", "template: metrics-query:1: unclosed action"],
    ["a\n<<if .Series>>\nb", "template: metrics-query:3: unexpected EOF"],
    ["<<$x>>", 'template: metrics-query:1: undefined variable "$x"'],
    ["<<end>>", "template: metrics-query:1: unexpected {{end}}"],
    ["<<>>", "template: metrics-query:1: missing value for command"],
    ["<<.Series)>>", "template: metrics-query:1: unexpected right paren"],
    ["<<break>>", "template: metrics-query:1: {{break}} outside {{range}}"],
    ["<<1 | 2>>", "template: metrics-query:1: non executable command in pipeline stage 2"],
    ["<<if .Series>>a<<else>>b<<else>>c<<end>>", "template: metrics-query:1: expected end; found {{else}}"],
    ["<<sum rate .Series>>", 'template: metrics-query:1: function "sum" not defined'],
  ])("refuses %j in Go's words", ([text = "", message]) => {
    expect(parseTemplate(text)).toEqual({ ok: false, error: message });
  });

  test.for([
    ["<<.Nope>>", "1:2", ".Nope", "can't evaluate field Nope in type naming.queryTemplateArgs"],
    ["a\n <<.series>>", "2:3", ".series", "can't evaluate field series in type naming.queryTemplateArgs"],
    ["<<index .GroupBySlice 5>>", "1:2", "index .GroupBySlice 5", "error calling index: index out of range: 5"],
    ["<<eq 1 1.0>>", "1:2", "eq 1 1.0", "error calling eq: incompatible types for comparison: int and float64"],
    ["<<.Série>>", "1:2", ".Série", "can't evaluate field Série in type naming.queryTemplateArgs"],
    ["<<.Series 1>>", "1:2", ".Series", "Series has arguments but cannot be invoked as function"],
    ["<<len (1)>>", "1:2", "len (1)", "error calling len: len of type int"],
    ["<<printf 1>>", "1:9", "1", "expected string; found 1"],
    ["<<range .Series>><<end>>", "1:8", ".Series", "range can't iterate over up"],
    ['<<template "nope">>', "1:11", '{{template "nope"}}', 'template "nope" not defined'],
    ["é<</* é */>><<.Nope>>", "1:16", ".Nope", "can't evaluate field Nope in type naming.queryTemplateArgs"],
  ])("says of %j where it cannot be rendered, in Go's words", ([text = "", place, context, message]) => {
    const error = `template: metrics-query:${place}: executing "metrics-query" at <${context}>: ${message}`;
    expect(rendered(text)).toEqual({ ok: false, error });
  });

  test("names the template in messages", () => {
    expect(parseTemplate("<<", "resource-label")).toEqual({
      ok: false,
      error: "template: resource-label:1: unclosed action",
    });
  });

  test.for(["<<.constructor>>", "<<.__proto__>>", "<<.toString>>", "<<.fields>>"])(
    "%s is no field of a struct",
    (text) => {
      expect(rendered(text)).toMatchObject({ ok: false });
    },
  );

  test("a key that every JavaScript object has is missing in a map", () => {
    expect(rendered('<<.LabelValuesByName.constructor>>|<<index .LabelValuesByName "__proto__">>')).toEqual({
      ok: true,
      value: "<no value>|",
    });
  });

  test("refuses to show the address of a slice or a map", () => {
    expect(rendered('<<printf "%p" .GroupBySlice>>')).toMatchObject({ ok: false });
  });

  test("replaces what a cut leaves of a character", () => {
    expect(rendered('<<slice "é" 1>>')).toEqual({ ok: true, value: "\ufffd" });
  });
});

const tooNested = /max expression depth exceeded/u;
const tooDeep = /exceeded maximum template depth/u;
const tooMuch = /too many steps or makes too much text/u;
const longest = 2 ** 16;

describe("a template that would run away", () => {
  test.for<[string, string, RegExp]>([
    ["calls itself", '<<define "t">><<template "t">><<end>><<template "t">>', tooDeep],
    ["repeats nothing", "<<range 9223372036854775807>><<end>>", tooMuch],
    ["repeats text", "<<range 9223372036854775807>>text<<end>>", tooMuch],
    ["repeats in repetitions", "<<range 99999>><<range 99999>><<$x := .>><<end>><<end>>", tooMuch],
    ["doubles a text", `<<$x := "1234">>${"<<$x = print $x $x>>".repeat(100)}`, tooMuch],
    ["compares long texts", '<<$x := printf "%999999s" "">><<range 99999>><<$y := eq $x $x>><<end>>', tooMuch],
    ["escapes long texts", '<<$x := printf "%99999s" "é">><<range 99999>><<$y := js $x>><<end>>', tooMuch],
    ["pads far", `<<printf "${"%999999d".repeat(99)}"${" 1".repeat(99)}>>`, tooMuch],
    ["writes many digits", '<<range 99999>><<$x := printf "%.99999f" 0.1>><<end>>', tooMuch],
    ["has many unclosed indexes", `<<printf "${"%[".repeat(30_000)}" 1>>`, tooMuch],
    ["is nested in parentheses", `<<${"(".repeat(999)}1${")".repeat(999)}>>`, tooNested],
    ["is nested in calls", `<<${"(print ".repeat(999)}1${")".repeat(999)}>>`, tooNested],
    ["is nested in blocks", `${"<<if 1>>".repeat(999)}${"<<end>>".repeat(999)}`, tooNested],
    ["is nested in alternatives", `<<if 0>>${"<<else if 0>>".repeat(999)}<<end>>`, tooNested],
    ["is long", "x".repeat(longest + 1), /longer than 65536 bytes/u],
    ["has a long number", `<<0x${"f".repeat(longest - 9)}>>`, /number of more than 1000 characters/u],
  ])("that %s fails", ([, text, message]) => {
    expect(errorOf(rendered(text))).toMatch(message);
  });

  test("is stopped at the deepest nesting there can be, before the stack is exhausted", () => {
    const arguments200 = `${"(print ".repeat(190)}1${")".repeat(190)}`;
    const text = `<<define "t">><<$x := ${arguments200}>><<template "t">><<end>><<template "t">>`;
    expect(errorOf(rendered(text))).toMatch(tooDeep);
  });
});

describe("any text", () => {
  const words =
    `<<|>>|<<- | ->>|(|)|.|.Series|.GroupBySlice|.LabelValuesByName|.pod|$|$x|:=|=|,|if|else|end|range|with|define|
    |template|block|break|continue|nil|true|"t"|\`r\`|'c'|"|'|1|-2.5|0x1p3|1i|and|or|not|eq|lt|index|slice|len|print|printf|
    |"%5.2v %[2]d"|html|js|urlquery|call|/*|*/|é|\\|{{`.split("|");
  const text = fc.oneof(
    fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join(" ")),
    fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join("")),
    fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => `<<${parts.join(" ")}>>`),
    fc.string({ unit: "binary" }),
  );

  test("is a template or is refused, and never an exception", () => {
    const ends = fc.property(text, (template) => typeof rendered(template).ok === "boolean");
    expect(counterexample(ends)).toBe("");
  });

  test("without delimiters is rendered as it is", () => {
    const plain = fc.string({ unit: "grapheme" }).filter((template) => !template.includes("<<"));
    expect(counterexample(fc.property(plain, (template) => isEqual(rendered(template), template)))).toBe("");
  });

  test("that is quoted with printf and read back is the same", () => {
    const same = fc.property(fc.string({ unit: "grapheme" }), (series) => {
      const quoted = rendered('<<printf "%q" .>>', series);
      return quoted.ok && isEqual(rendered(`<<${quoted.value}>>`), series);
    });
    expect(counterexample(same)).toBe("");
  });
});

/** A result as the vectors write it. */
function outcome(text: string, dot: TemplateValue): Pick<Row, "output" | "fails"> {
  const template = parseTemplate(text);
  if (!template.ok) return { fails: "parse" };
  const result = template.value.render(dot);
  return result.ok ? { output: result.value } : { fails: "render" };
}

function rendered(text: string, dot: TemplateValue = query): Result<string, string> {
  const template = parseTemplate(text);
  return template.ok ? template.value.render(dot) : template;
}

/** Nothing of a text that should not have come to be: the difference of long texts is never done being shown. */
function errorOf(result: Result<string, string>): string {
  return result.ok ? `a text of ${result.value.length} characters` : result.error;
}

function isEqual(result: Result<string, string>, text: string): boolean {
  return result.ok && result.value === text;
}

/** JSON has no maps: what is an object there is one. */
function mapped(fields: Readonly<Record<string, Json>>): TemplateStruct["fields"] {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, isRecord(value) ? new Map(Object.entries(value)) : value]),
  );
}

function isRecord(value: Json): value is Readonly<Record<string, string>> {
  return typeof value === "object" && !Array.isArray(value);
}
