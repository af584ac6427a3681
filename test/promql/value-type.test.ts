import { describe, expect, test } from "vitest";
import { parsePromQL } from "../../src/promql/parse.ts";
import { valueTypeOf } from "../../src/promql/value-type.ts";
import { refused, typed } from "../support/promql-cases.ts";

describe("valueTypeOf()", () => {
  test.for(typed)("%s is a %s", ([text, type]) => {
    expect(typeOf(text)).toEqual({ ok: true, value: type });
  });

  test.for(refused)("refuses %s: %s", ([text, error]) => {
    expect(typeOf(text)).toEqual({ ok: false, error });
  });
});

function typeOf(text: string): unknown {
  const parsed = parsePromQL(text);
  return parsed.ok ? valueTypeOf(parsed.value) : parsed;
}
