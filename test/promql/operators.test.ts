import { describe, expect, test } from "vitest";
import { combine, type Term } from "../../src/promql/operators.ts";

const operand: Term = { role: "operand", expr: { kind: "number", text: "1" } };
const plus: Term = { role: "infix", operator: "+", bool: false };

describe("combine()", () => {
  test("gives back an operand that stands alone", () => {
    expect(combine([operand])).toEqual({ kind: "number", text: "1" });
  });

  test.for<readonly (readonly Term[])[]>([[[]], [[operand, plus]], [[plus, operand]], [[operand, operand]]])(
    "throws for %j",
    ([terms = []]) => {
      expect(() => combine(terms)).toThrow("Cannot combine the terms of an expression");
    },
  );

  test("throws for an operator that PromQL does not have", () => {
    expect(() => combine([operand, { role: "infix", operator: "nand", bool: false }, operand])).toThrow('"nand"');
  });
});
