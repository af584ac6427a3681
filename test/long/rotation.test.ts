import { expect, test } from "vitest";
import { brokenRotation } from "../support/rotation-property.ts";

test("10,000 courses of two replicas that share certificates: what is served is trusted", async () => {
  expect(await brokenRotation(10_000, 2)).toBe("");
});
