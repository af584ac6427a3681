import { describe, expect, test } from "vitest";
import { unquote } from "../../src/promql/string-literal.ts";

describe("unquote()", () => {
  test.for<[string, string]>([
    ['""', ""],
    ['"a"', "a"],
    ["'a\"b'", 'a"b'],
    ["`a\\b\n`", "a\\b\n"],
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\\\""', '\u0007\b\f\n\r\t\v\\"'],
    ["'\\''", "'"],
    ['"\\x41\\101\\u00e9\\U0001F600"', "AAé😀"],
    ['"é😀"', "é😀"],
  ])("reads %j as %j", ([text, value]) => {
    expect(unquote(text)).toBe(value);
  });

  test.for([
    '"',
    '"a',
    "a",
    '"a"b"',
    '"\\"',
    '"\\."',
    '"\\\'"',
    "'\\\"'",
    '"\n"',
    '"\\x4"',
    '"\\xff"',
    '"\\ud800"',
    "`a`b`",
    '"\\U00110000"',
  ])("refuses %j", (text) => {
    expect(unquote(text)).toBeUndefined();
  });
});
