import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { listCatalogue } from "../../src/commands/catalogue.ts";
import { check } from "../../src/commands/check.ts";
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

/** What `check` writes about a configuration file, by the name that the page gives it. */
async function checked(text: string): Promise<readonly string[]> {
  const file = join(folder, "config.yaml");
  writeFileSync(file, text);
  const { out } = await runWith(check, file);
  return out.replaceAll(file, "config.yaml").trimEnd().split("\n");
}

/** A rule with three mistakes that prometheus-adapter takes. */
const rule = `rules:
- seriesQuery: '{__name__="http_requests_total",namespace!="",pod!="",code=~"5.."}'
  resources: { template: <<.Resource>> }
  name: { matches: ^(.*)_total$, as: $1_per_second }
  metricsQuery: sum(rate(<<.Series>>{<<.LabelMatchers>>}[2m]))
`;

describe("README.md", () => {
  test("shows what `catalogue` prints", async () => {
    const { out } = await runWith(listCatalogue);
    const found = out.split("\n").filter((line) => /NAME|guest-memoryUsed/u.test(line));
    expect(shownBelow("catalogue | grep -e NAME -e guest-memoryUsed")).toEqual(found);
  });

  test("shows what `check` prints", async () => {
    expect(shownBelow("check config.yaml")).toEqual(await checked(rule));
  });
});
