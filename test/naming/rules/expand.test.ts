import { describe, expect, test } from "vitest";
import { expandTemplate } from "../../../src/naming/rules/expand.ts";

describe("expandTemplate()", () => {
  const groups = ["http_requests_total", "http", undefined, null, "first", "second"];
  const names = ["", "", "", "gone", "twice", "twice"];

  test.for([
    ["$0", "http_requests_total"],
    ["$1", "http"],
    ["${1}_per_second", "http_per_second"],
    ["$1_per_second", ""],
    ["$1-x", "http-x"],
    ["$1x", ""],
    ["$1é", ""],
    ["[$2$3]", "[]"],
    ["$gone|$twice", "|first"],
    ["$nobody", ""],
    ["$9", ""],
    ["$01", ""],
    ["$$1", "$1"],
    ["$$$1", "$http"],
    ["a$", "a$"],
    ["$ 1", "$ 1"],
    ["${1", "${1"],
    ["${}", "${}"],
    ["${1 }", "${1 }"],
    ["literal", "literal"],
    ["", ""],
  ] as const)("%s is %j", ([template, text]) => {
    expect(expandTemplate(template, groups, names)).toBe(text);
  });
});
