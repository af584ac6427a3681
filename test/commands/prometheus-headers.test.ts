import { describe, expect, test } from "vitest";
import { prometheusHeaders } from "../../src/commands/prometheus-headers.ts";

describe("prometheusHeaders()", () => {
  test.for<[readonly string[], object]>([
    [[], {}],
    [["foo=bar"], { Foo: ["bar"] }],
    [["foo"], { Foo: [""] }],
    [["foo="], { Foo: [""] }],
    [["a=b", "A=c", "x-y-z=d=e"], { A: ["b", "c"], "X-Y-Z": ["d=e"] }],
  ])("reads %j", ([given, headers]) => {
    expect(prometheusHeaders(given)).toEqual({ ok: true, value: headers });
  });

  test.for([
    [["=secret"], 'Cannot use --prometheus-header "=…": expected name=value'],
    [["a b=secret"], 'Cannot use --prometheus-header "a b=…": expected name=value'],
    [["a=sec\nret"], 'Cannot use --prometheus-header "a=…": expected name=value'],
    [[""], 'Cannot use --prometheus-header "": expected name=value'],
  ] as const)("refuses %j without telling its value", ([given, problem]) => {
    expect(prometheusHeaders(given)).toEqual({ ok: false, error: [problem] });
  });
});
