import { describe, expect, test } from "vitest";
import { createClaims } from "../../../src/naming/rules/claims.ts";

describe("createClaims()", () => {
  test("gives a name to the last that claimed it", () => {
    const claims = createClaims<number, string>();
    claims.add("m", 1, "first");
    claims.add("m", 1, "second");
    claims.add("a", 2, "first");
    expect(claims.get("m")?.winner).toBe("second");
    expect(claims.get("nobody's")).toBeUndefined();
    expect(claims.items()).toEqual([2, 1]);
  });

  test("tells who lost, once each", () => {
    const claims = createClaims<number, string>();
    for (const source of ["a", "a", "b", "a", "c", "b"]) claims.add("m", 1, source);
    claims.add("alone", 2, "a");
    expect(claims.contested()).toEqual([{ item: 1, winner: "b", losers: ["a", "c"] }]);
  });
});
