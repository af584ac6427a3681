import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { followFiles } from "../../src/commands/follow-files.ts";
import { fail, ok } from "../../src/result.ts";

const folder = mkdtempSync(join(tmpdir(), "follow-files-"));
const file = join(folder, "file");

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What happens when the file holds these contents in turn, one at each look; undefined leaves it as it is. */
async function follow(...contents: readonly (string | undefined)[]) {
  const told: string[] = [];
  const problems: (string | undefined)[] = [];
  const end = new AbortController();
  const rest = [...contents];
  let content = "first";
  let served = "first";

  function step(): void {
    if (rest.length === 0) return end.abort();
    content = rest.shift() ?? content;
    writeFileSync(file, content);
  }
  step();
  const files = followFiles<string>({
    files: [file, join(folder, "not-there")],
    read: () => Promise.resolve(content.startsWith("unreadable") ? fail([content]) : ok(content)),
    isServed: (value) => value === served,
    objections: (value) => (value.startsWith("bad") ? [`objects to ${value}`, "and more"] : []),
    take: (value) => {
      served = value;
      told.push(`takes ${value}`);
      return Promise.resolve();
    },
    refused: (reasons) => told.push(`refuses: ${reasons.join(", ")}`),
    sleep: () => {
      problems.push(files.problem());
      step();
      return Promise.resolve();
    },
  });
  await files.start(end.signal);
  return { told, problem: problems.at(-1) };
}

describe("followFiles()", () => {
  test.for<[string, readonly (string | undefined)[], object]>([
    ["leaves what is served", ["first", undefined, undefined], { told: [], problem: undefined }],
    ["takes a new content at the second look", ["first", "second", undefined], { told: ["takes second"] }],
    ["does not take what it has seen once", ["first", undefined, "second"], { told: [] }],
    ["does not take what is still being written", ["first", "sec", "secon", "second"], { told: [] }],
    ["takes a content once", ["second", undefined, undefined, undefined], { told: ["takes second"] }],
    [
      "refuses what cannot be read, once, and remembers it",
      ["unreadable", undefined, undefined, undefined],
      { told: ["refuses: unreadable"], problem: "unreadable" },
    ],
    [
      "refuses what there are objections to",
      ["bad", undefined],
      { told: ["refuses: objects to bad, and more"], problem: "objects to bad\nand more" },
    ],
    [
      "forgets a problem when the file is as it was",
      ["bad", undefined, "first", undefined],
      { told: ["refuses: objects to bad, and more"], problem: undefined },
    ],
    [
      "forgets a problem when the file is good",
      ["bad", undefined, "second", undefined],
      { told: ["refuses: objects to bad, and more", "takes second"], problem: undefined },
    ],
  ])("%s", async ([, contents, expected]) => {
    expect(await follow(...contents)).toMatchObject(expected);
  });
});
