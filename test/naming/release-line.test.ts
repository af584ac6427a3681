import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { currentRelease, releaseLine } from "../../src/naming/release-line.ts";
import { releaseOf, releasesSince } from "../../src/naming/stability.ts";

describe("releaseLine", () => {
  test("ends with the release that package.json names", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(releaseOf(version)).toBe(currentRelease);
    expect(releaseLine.at(-1)).toBe(currentRelease);
  });

  test("has each release once, oldest first", () => {
    expect(releaseLine.map((release) => releasesSince(release, currentRelease, releaseLine))).toEqual(
      releaseLine.map((_, position) => releaseLine.length - 1 - position),
    );
  });
});
