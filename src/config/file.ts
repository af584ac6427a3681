import type { z } from "zod";
import { fail, ok, type Result } from "../result.ts";
import type { Config } from "./config.ts";
import { issueText } from "./issue-text.ts";
import { readPlain } from "./plain-data.ts";
import { inOrder, type Path, type Problem, problemAt, type Remark } from "./problem.ts";
import { startReading } from "./reading.ts";
import { discoveryRules, resourceRulesSection, toResourceRules, toRule } from "./rules.ts";
import { type CheckMetric, schemaWith } from "./schema.ts";
import { raw, struct } from "./strict-yaml.ts";
import { parseYaml } from "./yaml-document.ts";
import { placeAt, type YamlNode } from "./yaml-node.ts";

/** The whole file: prometheus-adapter's sections, and this adapter's own, which are checked further by their schema. */
const sections = struct("config.MetricsDiscoveryConfig", {
  rules: discoveryRules,
  externalRules: discoveryRules,
  resourceRules: resourceRulesSection,
  vms: raw(readPlain),
  cache: raw(readPlain),
  serving: raw(readPlain),
  compatibility: raw(readPlain),
});

/** Reads the text of a configuration file, or lists everything that is wrong with it, in the order of the lines. */
export function parseConfig(text: string, checkMetric: CheckMetric): Result<Config, readonly Problem[]> {
  const document = parseYaml(text);
  if (!document.ok) return document;
  const { root } = document.value;
  const problems: Problem[] = [];
  const reading = startReading((remark, place) => problems.push(problemAt(remark, place)));
  const read = root === undefined ? sections.zero : reading.read(root, [], sections.zero, sections.read);
  const { rules, externalRules, resourceRules, ...given } = read;
  const own = schemaWith(checkMetric).safeParse(given, { error: issueText });
  problems.push(...(own.error?.issues ?? []).flatMap(remarksOf).map((remark) => located(remark, root)));
  if (!own.success || problems.length > 0) return fail(inOrder(problems));
  return ok({
    ...own.data,
    rules: rules.map(toRule),
    externalRules: externalRules.map(toRule),
    ...(resourceRules === undefined ? {} : { resourceRules: toResourceRules(resourceRules) }),
  });
}

/** Finds the places of remarks in the text of a file. A text that is not YAML has none. */
export function locator(text: string): (remark: Remark) => Problem {
  const document = parseYaml(text);
  const root = document.ok ? document.value.root : undefined;
  return (remark) => located(remark, root);
}

/** What follows the first document of a text, which prometheus-adapter does not read either. */
export function ignoredDocuments(text: string): readonly Problem[] {
  const document = parseYaml(text);
  if (!document.ok || document.value.next === undefined) return [];
  const hint = "put all sections before the ---";
  return [{ path: "", ...document.value.next, message: "Has no effect: only the first document is read", hint }];
}

function located(remark: Remark, root: YamlNode | undefined): Problem {
  return problemAt(remark, root && placeAt(root, remark.path));
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
