import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

/** Where the pages lead within the project. */

const folder = readdirSync("docs").filter((name) => name.endsWith(".md"));
const pages = ["README.md", "CONTRIBUTING.md", "DECISIONS.md", ...folder.map((name) => join("docs", name))];

/** The files, and the headings in them, that a page links to: `docs/outages.md#load-and-time`. */
function linksOf(page: string): readonly string[] {
  const targets = readFileSync(page, "utf8").matchAll(/\]\(([^)\s]+)\)/gu);
  return Array.from(targets, ([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/u.test(target))
    .map((target) => (target.startsWith("#") ? `${page}${target}` : join(dirname(page), target)));
}

/** The headings of a page as GitHub names them in addresses. */
function anchorsOf(page: string): readonly string[] {
  const headings = readFileSync(page, "utf8").matchAll(/^#+ (.+)$/gmu);
  return Array.from(headings, ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("the pages", () => {
  test.for(pages)("%s leads only to what is there", (page) => {
    const broken = linksOf(page).filter((link) => {
      const [file = "", anchor] = link.split("#");
      return !existsSync(file) || (anchor !== undefined && !anchorsOf(file).includes(anchor));
    });
    expect(broken).toEqual([]);
  });
});
