import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { generatedFiles } from "../../scripts/generated-files.ts";
import { staleFiles } from "../../scripts/stale-files.ts";

const folder = mkdtempSync(join(tmpdir(), "stale-"));

beforeAll(() => {
  writeFileSync(join(folder, "page.md"), "a\nb\n");
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("staleFiles()", () => {
  test.for([
    ["page.md", "a\nb\n", []],
    ["page.md", "a\nc\n", ["page.md:2 is out of date: run `make generate` and look at the difference"]],
    ["page.md", "a\nb\nc\n", ["page.md:3 is out of date: run `make generate` and look at the difference"]],
    ["page.md", "a\n", ["page.md:2 is out of date: run `make generate` and look at the difference"]],
    ["other.md", "a\n", ["other.md is missing: run `make generate`"]],
  ] as const)("%s made as %j: %j", ([path, text, problems]) => {
    expect(staleFiles([{ path, text }], folder)).toEqual(problems);
  });
});

test("what is made from the source is up to date", async () => {
  expect(staleFiles(await generatedFiles(), ".")).toEqual([]);
});
