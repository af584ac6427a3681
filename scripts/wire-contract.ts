import { globSync, readFileSync } from "node:fs";
import { findProofs, type Proof } from "./proofs.ts";

/** What a server of metrics must do (M), should do (S), or need not (N); a trap is something that must not happen to it. */
export interface Requirement {
  readonly tag: `wire ${number}` | `trap ${number}`;
  readonly level: "M" | "S" | "N";
  readonly text: string;
  /** Why there is no test, where none is asked for. */
  readonly waived?: string;
}

/** Requirements and tests, side by side. */
export interface WireContract {
  readonly requirements: readonly Requirement[];
  readonly proofs: readonly Proof[];
}

/** Reads the requirements from test/vectors/wire-contract.json and the titles of all tests of the checkout. */
export function readWireContract(): WireContract {
  const files = globSync("test/**/*.test.ts").toSorted();
  return {
    requirements: parseRequirements(readFileSync("test/vectors/wire-contract.json", "utf8")),
    proofs: files.flatMap((file) => findProofs(file, readFileSync(file, "utf8"))),
  };
}

/** What is to be proven and is not, and tags that name nothing; empty when all is well. */
export function contractProblems({ requirements, proofs }: WireContract): readonly string[] {
  const known = new Set<string>(requirements.map(({ tag }) => tag));
  const tagged = new Set(proofs.flatMap(({ tags }) => tags));
  return [
    ...requirements.flatMap(({ tag, level, text, waived }) => {
      if (tagged.has(tag)) return waived === undefined ? [] : [`[${tag}] has a test and is waived: ${text}`];
      return level === "N" || waived !== undefined ? [] : [`[${tag}] has no test: ${text}`];
    }),
    ...proofs.flatMap(({ file, title, tags }) =>
      tags.filter((tag) => !known.has(tag)).map((tag) => `[${tag}] does not exist: ${file}, ${JSON.stringify(title)}`),
    ),
  ];
}

/** docs/wire-contract-status.md. */
export function contractPage(contract: WireContract): string {
  const { requirements } = contract;
  const rows = requirements.filter(({ tag }) => tag.startsWith("wire"));
  const traps = requirements.filter(({ tag }) => tag.startsWith("trap"));
  return [
    "# What the serving side is held to",
    "Made by `make generate` from the titles of the tests: a title says what it proves, such as `[wire 11]` or `[trap 3]`. `%s` and the like stand for the rows of a table of cases.",
    "## Rows of the wire contract",
    "M is a must, S a should, N need not be.",
    ...rows.flatMap((row) => section(row, contract)),
    "## Traps of Node and Express",
    ...traps.flatMap((trap) => section(trap, contract)),
    "",
  ]
    .join("\n\n")
    .replace(/\n+$/u, "\n");
}

function section({ tag, level, text, waived }: Requirement, { proofs }: WireContract): readonly string[] {
  const [kind, number] = tag.split(" ");
  const heading = kind === "wire" ? `### ${number} (${level}): ${text}` : `### ${number}: ${text}`;
  const found = proofs.filter(({ tags }) => tags.includes(tag));
  if (found.length > 0) return [heading, found.map(({ file, title }) => `- ${file}: ${title}`).join("\n")];
  return [heading, waived === undefined ? "No test." : `No test: ${waived}.`];
}

interface Row {
  readonly number: number;
  readonly level?: Requirement["level"];
  readonly text: string;
  readonly waived?: string;
}

function parseRequirements(json: string): readonly Requirement[] {
  // A file of the project, whose form is that of its one reader.
  const { rows, traps } = JSON.parse(json) as { readonly rows: readonly Row[]; readonly traps: readonly Row[] };
  return [...rows.map((row) => requirement("wire", row)), ...traps.map((row) => requirement("trap", row))];
}

function requirement(kind: "wire" | "trap", { number, level = "M", text, waived }: Row): Requirement {
  return { tag: `${kind} ${number}`, level, text, ...(waived === undefined ? {} : { waived }) };
}
