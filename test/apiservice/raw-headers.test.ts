import { describe, expect, test } from "vitest";
import { firstHeader, headerValues } from "../../src/apiservice/raw-headers.ts";

const utf8 = Buffer.from("zoë", "utf8").toString("latin1");
const raw = ["X-Remote-Group", "a,system:masters", "x-remote-group", "b", "X-Remote-User", utf8];

describe("headerValues()", () => {
  test("keeps a comma inside a value [trap 1]", () => {
    expect(headerValues(raw, "X-Remote-Group")).toEqual(["a,system:masters", "b"]);
  });

  test("reads values as UTF-8 [trap 2]", () => {
    expect(headerValues(raw, "x-remote-user")).toEqual(["zoë"]);
  });
});

describe("firstHeader()", () => {
  test.for([
    ["x-remote-group", "a,system:masters"],
    ["x-remote-uid", undefined],
  ] as const)("%s is %s", ([name, value]) => {
    expect(firstHeader(raw, name)).toBe(value);
  });
});
