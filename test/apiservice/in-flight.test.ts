import { describe, expect, test } from "vitest";
import { createInFlightLimit } from "../../src/apiservice/in-flight.ts";

describe("createInFlightLimit()", () => {
  test("lets in as many as it may, and another one for each that leaves", () => {
    const enter = createInFlightLimit(2);
    const leave = enter();
    expect([leave, enter(), enter()].map((each) => each !== undefined)).toEqual([true, true, false]);
    leave?.();
    expect([enter(), enter()].map((each) => each !== undefined)).toEqual([true, false]);
  });
});
