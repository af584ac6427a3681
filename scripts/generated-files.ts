import { listCatalogue } from "../src/commands/catalogue.ts";
import { yamlText } from "../src/commands/yaml-text.ts";
import { catalogue } from "../src/vm/catalogue/catalogue.ts";
import { exportedCatalogue } from "../src/vm/exported-catalogue.ts";
import { ownMetricsPage } from "./own-metrics-page.ts";
import { contractPage, readWireContract } from "./wire-contract.ts";

/** A file that is made from the source and kept beside it. */
export interface GeneratedFile {
  /** From the root of the checkout. */
  readonly path: string;
  readonly text: string;
}

/** Makes all of them anew, without writing them. */
export async function generatedFiles(): Promise<readonly GeneratedFile[]> {
  return [
    { path: "docs/vm-metrics.md", text: await commandOutput(["--output=markdown"]) },
    { path: "docs/metrics.md", text: ownMetricsPage() },
    { path: "test/golden/exported-metrics.yaml", text: yamlText(exportedCatalogue(catalogue)) },
    { path: "docs/wire-contract-status.md", text: contractPage(readWireContract()) },
  ];
}

/** What the command writes, so that page and command cannot differ. */
async function commandOutput(argv: readonly string[]): Promise<string> {
  const written: string[] = [];
  const code = await listCatalogue({ argv, out: (text) => written.push(text), err: (text) => written.push(text) });
  if (code !== 0) throw new Error(written.join(""));
  return written.join("");
}
