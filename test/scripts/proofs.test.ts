import { describe, expect, test } from "vitest";
import { findProofs } from "../../scripts/proofs.ts";

/** A tag as it is written in a title; put together here, so that this file proves nothing. */
function tag(name: string): string {
  return `[${name}]`;
}

const file = "test/x.test.ts";
const list = { file, title: "lists", tags: ["wire 1"] };
const commas = { file, title: "splits nothing", tags: ["trap 1", "wire 1"] };

describe("findProofs()", () => {
  test.for([
    [`test("lists ${tag("wire 1")}", () => {`, [list]],
    [`test.for(rows)("splits nothing ${tag("trap 1")} ${tag("wire 1")}", async () => {`, [commas]],
    [`test(\n  "lists ${tag("wire 1")}",\n  () => {`, [list]],
    [`describe(\`lists ${tag("wire 1")}\`, () => {`, [list]],
    [`test("says \\"no\\" ${tag("wire 1")}", () => {`, [{ ...list, title: 'says "no"' }]],
    [`test("one", f); test("lists ${tag("wire 1")}", g);`, [list]],
    [`test.skip("lists ${tag("wire 1")}", () => {`, []],
    [`test.todo("lists ${tag("wire 1")}")`, []],
    [`describe("GET", () => {\n  test("lists ${tag("wire 1")}", f);`, [{ ...list, title: "GET > lists" }]],
    [
      `describe("GET", () => {\n  describe.each(rows)("%s", (row) => {\n    test("x", () => {\n    });\n  });\n  test("lists ${tag("wire 1")}", f);`,
      [{ ...list, title: "GET > lists" }],
    ],
    [`describe("GET", () => {\n});\n\ntest("lists ${tag("wire 1")}", f);`, [list]],
    [`// lists ${tag("wire 1")}`, []],
    [`test("lists ${tag("wire 1")} of objects", () => {`, []],
    [`test("lists ${tag("wire")}", () => {`, []],
  ] as const)("in %j finds %j", ([source, proofs]) => {
    expect(findProofs(file, source)).toEqual(proofs);
  });
});
