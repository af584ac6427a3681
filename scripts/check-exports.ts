import { readFileSync } from "node:fs";
import { compareExports } from "../src/naming/compatibility.ts";
import { currentRelease, releaseLine } from "../src/naming/release-line.ts";
import { catalogue } from "../src/vm/catalogue/catalogue.ts";
import { exportedCatalogue } from "../src/vm/exported-catalogue.ts";
import { releasedExports } from "./released-exports.ts";

const file = "test/golden/released-metrics.yaml";

const released = releasedExports(readFileSync(file, "utf8"));
if (released.length === 0) process.stdout.write(`${file} is empty: nothing was released, each name may still change\n`);
const releases = { release: currentRelease, releaseLine };
const problems = compareExports(released, exportedCatalogue(catalogue), releases);
for (const { api, name, rule, message } of problems) {
  process.stderr.write(`${api} ${name}: ${message} (${rule}); ${file} is what was promised\n`);
}
process.exitCode = problems.length === 0 ? 0 : 1;
