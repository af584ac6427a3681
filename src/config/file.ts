import type { z } from "zod";
import { fail, ok, type Result } from "../result.ts";
import { issueText } from "./issue-text.ts";
import { inOrder, type Path, type Problem, problemAt, type Remark } from "./problem.ts";
import { type CheckMetric, type Config, schemaWith } from "./schema.ts";
import { parseYaml, type YamlDocument } from "./yaml-document.ts";

/** Reads the text of a configuration file, or lists everything that is wrong with it, in the order of the lines. */
export function parseConfig(text: string, checkMetric: CheckMetric): Result<Config, readonly Problem[]> {
  const document = parseYaml(text);
  if (!document.ok) return document;
  const { value, duplicates } = document.value;
  const parsed = schemaWith(checkMetric).safeParse(value ?? {}, { error: issueText });
  const issues = parsed.error?.issues ?? [];
  const problems = [...duplicates, ...placed(issues.flatMap(remarksOf), document.value)];
  return parsed.success && problems.length === 0 ? ok(parsed.data) : fail(inOrder(problems));
}

/** Says where in the text of a file remarks belong, in the order of the lines. A text that is not YAML has no lines. */
export function locate(text: string, remarks: readonly Remark[]): readonly Problem[] {
  const document = parseYaml(text);
  return document.ok ? inOrder(placed(remarks, document.value)) : remarks.map((each) => problemAt(each, undefined));
}

/** The sections of prometheus-adapter's that the file has and this version does not serve. */
export function unservedSections(config: Config): readonly string[] {
  return (["rules", "externalRules", "resourceRules"] as const).filter((section) => {
    const value = config[section];
    return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
  });
}

function placed(remarks: readonly Remark[], { lineOf }: YamlDocument): readonly Problem[] {
  return remarks.map((remark) => problemAt(remark, lineOf(remark.path)));
}

type Issue = z.core.$ZodIssue;

function remarksOf(issue: Issue): readonly Remark[] {
  const path = pathOf(issue);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...path, key], message: "Unknown field" }));
  }
  const messages = issue.code === "invalid_key" ? issue.issues.map(({ message }) => message) : [issue.message];
  return messages.map((message) => ({ path, message }));
}

function pathOf({ path }: Issue): Path {
  return path.map((step) => (typeof step === "number" ? step : String(step)));
}
