import { describe, expect, test } from "vitest";
import { parsePromQL } from "../../src/promql/parse.ts";
import { valueTypeOf } from "../../src/promql/value-type.ts";
import { calls } from "../support/promql-cases.ts";

describe("functions", () => {
  test.for(calls)("knows %s as the grammar does", (text) => {
    const parsed = parsePromQL(text);
    expect(parsed).toMatchObject({ ok: true });
    expect(parsed.ok && valueTypeOf(parsed.value).ok).toBe(true);
  });
});
