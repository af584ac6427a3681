import { describe, expect, test } from "vitest";
import {
  duration,
  equals,
  identifier,
  known,
  oneOf,
  promql,
  selector,
  selectorOfAny,
} from "../../src/promql/expression.ts";

const series = known("kubevirt_vmi_info");
const name = known("name");

describe("identifier()", () => {
  test.for(["up", "vmi:kubevirt_vmi_vcpu:count", "_a1"])("vouches for %j", (text) => {
    expect(identifier(text)).toBe(text);
  });

  test.for(["", "1up", "a b", 'a="b"', "app.kubernetes.io/name", "up{}", "a-b", "a\n"])("refuses %j", (text) => {
    expect(identifier(text)).toBeUndefined();
  });
});

describe("duration()", () => {
  test.for([
    [1_000, "1s"],
    [90_000, "90s"],
    [7_500, "7500ms"],
  ] as const)("writes %d ms as %s", ([ms, text]) => {
    expect(duration(ms)).toBe(text);
  });

  test.for([0, -1, NaN])("throws for %d", (ms) => {
    expect(() => duration(ms)).toThrow("not a positive duration");
  });
});

describe("selector()", () => {
  test.for([
    [[], "kubevirt_vmi_info{}"],
    [[equals(name, "web-0")], 'kubevirt_vmi_info{name="web-0"}'],
    [
      [equals(name, 'a"} or vector(1) or up{b="\\\n')],
      'kubevirt_vmi_info{name="a\\"} or vector(1) or up{b=\\"\\\\\\n"}',
    ],
    [[oneOf(name, ["web.1"])], 'kubevirt_vmi_info{name="web.1"}'],
    [[oneOf(name, ["web.1", "a|b"])], 'kubevirt_vmi_info{name=~"web\\\\.1|a\\\\|b"}'],
    [[oneOf(name, [])], 'kubevirt_vmi_info{name=""}'],
  ] as const)("%j renders %s", ([matchers, text]) => {
    expect(selector(series, matchers)).toBe(text);
  });
});

test.for([
  [[series], '{__name__="kubevirt_vmi_info",name="web-0"}'],
  [[series, known("up")], '{__name__=~"kubevirt_vmi_info|up",name="web-0"}'],
] as const)("selectorOfAny() of %j renders %s", ([names, text]) => {
  expect(selectorOfAny(names, [equals(name, "web-0")])).toBe(text);
});

test("promql fills in expressions, names, lists of names, durations and numbers", () => {
  const expr = promql`sum by (${[name, known("node")]}) (${selector(series, [])}[${duration(60_000)}]) > ${2}`;
  expect(expr).toBe("sum by (name, node) (kubevirt_vmi_info{}[60s]) > 2");
});
