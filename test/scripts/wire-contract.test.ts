import { describe, expect, test } from "vitest";
import { contractPage, contractProblems, type Requirement } from "../../scripts/wire-contract.ts";

const requirements: readonly Requirement[] = [
  { tag: "wire 1", level: "M", text: "lists" },
  { tag: "wire 2", level: "N", text: "watches" },
  { tag: "wire 3", level: "S", text: "metrics", waived: "there are none" },
  { tag: "trap 1", level: "M", text: "commas" },
];
const file = "test/x.test.ts";
const list = { file, title: "lists", tags: ["wire 1"] };
const commas = { file, title: "splits nothing", tags: ["trap 1", "wire 1"] };

describe("contractProblems()", () => {
  test.for([
    ["nothing when all is proven", [list, commas], []],
    ["what has no test, in the words of the requirement", [list], ["[trap 1] has no test: commas"]],
    [
      "a tag that names nothing",
      [list, commas, { file, title: "flies", tags: ["wire 9"] }],
      ['[wire 9] does not exist: test/x.test.ts, "flies"'],
    ],
    [
      "a waiver that is out of date",
      [list, commas, { file, title: "counts", tags: ["wire 3"] }],
      ["[wire 3] has a test and is waived: metrics"],
    ],
  ] as const)("says %s", ([, proofs, problems]) => {
    expect(contractProblems({ requirements, proofs })).toEqual(problems);
  });
});

describe("contractPage()", () => {
  test("lists each requirement with its tests", () => {
    expect(contractPage({ requirements, proofs: [list] })).toBe(`# What the serving side is held to

Made by \`make generate\` from the titles of the tests: a title says what it proves, such as \`[wire 11]\` or \`[trap 3]\`. \`%s\` and the like stand for the rows of a table of cases.

## Rows of the wire contract

M is a must, S a should, N need not be.

### 1 (M): lists

- test/x.test.ts: lists

### 2 (N): watches

No test.

### 3 (S): metrics

No test: there are none.

## Traps of Node and Express

### 1: commas

No test.
`);
  });
});
