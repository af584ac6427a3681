import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { listCatalogue } from "../../src/commands/catalogue.ts";
import { lint } from "../../src/commands/lint.ts";
import { runWith } from "../support/run-command.ts";

const readme = readFileSync("README.md", "utf8");
const folder = mkdtempSync(join(tmpdir(), "readme-"));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The lines that the page shows below a command. */
function shownBelow(command: string): readonly string[] {
  const [, shown = ""] = readme.split(`\`\`\`console\n$ vm-metrics-adapter ${command}\n`);
  return shown.slice(0, shown.indexOf("```")).trimEnd().split("\n");
}

/** What a command writes about a configuration file, by the name that the page gives it. */
async function lintOf(text: string): Promise<readonly string[]> {
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  const { out } = await runWith(lint, file);
  return out.replaceAll(file, "config.yaml").trimEnd().split("\n");
}

describe("README.md", () => {
  test("shows what `catalogue` prints", async () => {
    const { out } = await runWith(listCatalogue);
    const found = out.split("\n").filter((line) => /NAME|guest-memoryUsed/u.test(line));
    expect(shownBelow("catalogue | grep -e NAME -e guest-memoryUsed")).toEqual(found);
  });

  test("shows what `lint` prints", async () => {
    const shown = shownBelow("lint config.yaml");
    expect(shown).toEqual(await lintOf("vms:\n  windw: 1m\n  window: soon\n  metrics:\n    deny: [cpu, migratoin]\n"));
  });
});
