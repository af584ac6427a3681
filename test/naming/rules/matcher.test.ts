import { describe, expect, test } from "vitest";
import { type LabelSelector, parseLabelSelector } from "../../../src/naming/label-selector.ts";
import { defaultCompatibility } from "../../../src/naming/rules/compatibility.ts";
import { equalMatcher, namesMatcher, selectorMatchers } from "../../../src/naming/rules/matcher.ts";

describe("selectorMatchers()", () => {
  test.for([
    ["a=x", 'a="x"', "x"],
    ["a==x", 'a="x"', "x"],
    ["a!=x", 'a!="x"', "x"],
    ["a in (x)", 'a=~"x"', "x"],
    ["a in (y,x,x)", 'a=~"x|y"', "x|y"],
    ["a in ()", 'a=~""', ""],
    ["a notin (x)", 'a!~"x"', "x"],
    ["a notin (y,x)", 'a!~"x|y"', "x|y"],
    ["a", 'a!=""', ""],
    ["!a", 'a=""', ""],
    ["a=", 'a=""', ""],
    ["a in (v1.2,v1-3)", 'a=~"v1-3|v1.2"', "v1-3|v1.2"],
    ["app.kubernetes.io/name=x", 'app.kubernetes.io/name="x"', "x"],
  ] as const)("%s is %s", ([text, matcher, value]) => {
    const matchers = selectorMatchers(selector(text), defaultCompatibility);
    expect(matchers.ok && matchers.value.map((each) => [each.text, each.value])).toEqual([[matcher, value]]);
  });

  test("keeps the order of the keys, and every term of one", () => {
    const matchers = selectorMatchers(selector("z,b=2,a!=1,b!=3"), defaultCompatibility);
    expect(matchers.ok && matchers.value.map(({ text }) => text)).toEqual(['a!="1"', 'b="2"', 'b!="3"', 'z!=""']);
  });

  test.for(["a>1", "a<1", "b=x,a>1"])("refuses %s", (text) => {
    const error = "operator not supported by prometheus";
    expect(selectorMatchers(selector(text), defaultCompatibility)).toEqual({ ok: false, error });
  });

  test("quotes keys that PromQL does not take as they are, where that is set", () => {
    const matchers = selectorMatchers(selector("app.kubernetes.io/name=x,plain=y"), {
      ...defaultCompatibility,
      selectorKeys: "utf8",
    });
    expect(matchers.ok && matchers.value.map(({ text }) => text)).toEqual([
      '"app.kubernetes.io/name"="x"',
      'plain="y"',
    ]);
    expect(matchers.ok && matchers.value.map(({ label }) => label)).toEqual(["app.kubernetes.io/name", "plain"]);
  });
});

describe("namesMatcher()", () => {
  test.for([
    [["a"], 'pod="a"'],
    [["a.b"], 'pod="a.b"'],
    [["b", "a"], 'pod=~"b|a"'],
    [["a.b", "c"], 'pod=~"a.b|c"'],
    [["a|b"], 'pod="a|b"'],
    [[], 'pod=""'],
  ] as const)("%j is %s", ([names, text]) => {
    expect(namesMatcher("pod", names, defaultCompatibility).text).toBe(text);
  });

  test("escapes names in a regular expression, where that is set", () => {
    const settings = { ...defaultCompatibility, nameMatchers: "escaped" } as const;
    expect(namesMatcher("pod", ["a.b", "c"], settings)).toEqual({
      label: "pod",
      value: "a.b|c",
      text: 'pod=~"a\\\\.b|c"',
    });
    expect(namesMatcher("pod", ["a.b"], settings).text).toBe('pod="a.b"');
  });
});

test("equalMatcher() quotes as Go does", () => {
  expect(equalMatcher("pod", 'a"b\\c\u00a0\n').text).toBe('pod="a\\"b\\\\c\\u00a0\\n"');
});

function selector(text: string): LabelSelector {
  const parsed = parseLabelSelector(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}
