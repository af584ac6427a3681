import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ManifestObject, readManifest } from "../../sandbox/manifest.ts";

/** What docs/security.md says of the manifests and of the tests. */

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

/** An object of RBAC in a manifest. */
interface Rbac extends ManifestObject {
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly name: string };
  readonly subjects?: readonly { readonly namespace?: string; readonly name: string }[];
}

const page = readFileSync("docs/security.md", "utf8");
const objects: readonly Rbac[] = readdirSync("manifests")
  .toSorted()
  .flatMap((file) => readManifest(file));
const roles = objects.filter(({ kind }) => kind === "Role" || kind === "ClusterRole");
const bindings = objects.filter(({ kind }) => kind === "RoleBinding" || kind === "ClusterRoleBinding");

/** The rows of a table below a heading or a sentence, without marks. */
function tableAfter(words: string): readonly (readonly string[])[] {
  const rows = page.slice(page.indexOf(words)).match(/(?:^\|.*\n)+/mu)?.[0] ?? "";
  const cells = rows.split("\n").map((row) => row.split("|").slice(1, -1));
  return cells.slice(2, -1).map((row) => row.map((cell) => cell.replaceAll("`", "").trim()));
}

function describeRule({ apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] }: Rule): string {
  const qualified = apiGroups.flatMap((group) => resources.map((name) => (group === "" ? name : `${name}.${group}`)));
  const names = resourceNames.length === 0 ? "" : `: ${resourceNames.join(", ")}`;
  return `${[...qualified, ...nonResourceURLs].join(", ")}${names}`;
}

function describeRow(role: string, scope: string, rule: Rule): string {
  return [role, scope, describeRule(rule), rule.verbs.join(", ")].join(" | ");
}

function whereOf({ kind, metadata }: Rbac): string {
  return kind === "ClusterRoleBinding" ? "cluster" : `namespace ${metadata.namespace}`;
}

function rulesOf(role: string): readonly Rule[] {
  return roles.find(({ metadata }) => metadata.name === role)?.rules ?? [];
}

/** Whom a binding is for, as `namespace/name`. */
function subjectsOf({ subjects = [] }: Rbac): readonly string[] {
  return subjects.map(({ namespace = "", name }) => `${namespace}/${name}`);
}

describe("docs/security.md", () => {
  const own = bindings.filter((binding) => subjectsOf(binding).includes("vm-metrics-adapter/vm-metrics-adapter"));
  const rows = tableAfter("## What each replica may do in the cluster");

  test("has every right of the ServiceAccount, and no other", () => {
    const granted = own.flatMap((binding) => {
      const role = binding.roleRef?.name ?? "";
      return rulesOf(role).map((rule) => describeRow(role, whereOf(binding), rule));
    });
    const names = new Set(roles.map(({ metadata }) => metadata.name));
    const written = rows.filter(([role = ""]) => names.has(role)).map((row) => row.slice(0, 4).join(" | "));
    expect(written.toSorted()).toEqual(granted.toSorted());
  });

  test("names the roles of Kubernetes that are bound, and where", () => {
    const names = new Set(roles.map(({ metadata }) => metadata.name));
    const bound = own
      .filter(({ roleRef }) => !names.has(roleRef?.name ?? ""))
      .map((binding) => `${binding.roleRef?.name} | ${whereOf(binding)}`);
    const written = rows.filter(([role = ""]) => !names.has(role)).map((row) => row.slice(0, 2).join(" | "));
    expect(written.toSorted()).toEqual(bound.toSorted());
  });

  test("says why each right is needed", () => {
    expect(rows.filter((row) => (row[4] ?? "") === "")).toEqual([]);
  });

  test("has every right that others get", () => {
    const ownRoles = new Set(own.map(({ roleRef }) => roleRef?.name));
    const granted = roles
      .filter(({ metadata }) => !ownRoles.has(metadata.name))
      .flatMap(({ metadata: { name }, rules = [] }) => {
        const subjects = bindings.filter(({ roleRef }) => roleRef?.name === name).flatMap(subjectsOf);
        const whom = subjects.length === 0 ? "nobody, until somebody is bound to it" : subjects.join(", ");
        return rules.map((rule) => describeRow(name, whom, rule));
      });
    const written = tableAfter("The manifests give rights to others").map((row) => row.join(" | "));
    expect(written.toSorted()).toEqual(granted.toSorted());
  });

  test("is right that the adapter reads no Secret but its own, and writes no workload", () => {
    const writing = own
      .flatMap(({ roleRef }) => rulesOf(roleRef?.name ?? ""))
      .filter(({ verbs }) => verbs.some((verb) => !["get", "list", "watch"].includes(verb)))
      .flatMap(({ resources = [] }) => resources);
    expect(new Set(writing)).toEqual(new Set(["secrets", "apiservices"]));
    const secrets = own.flatMap(({ roleRef }) => rulesOf(roleRef?.name ?? "")).filter(readsSecrets);
    expect(secrets.map(({ resourceNames }) => resourceNames)).toEqual([["vm-metrics-adapter-serving-certificate"]]);
  });

  test("is right about how the pods run", () => {
    const text = readFileSync("manifests/apiservice.yaml", "utf8");
    for (const line of [
      "pod-security.kubernetes.io/enforce: restricted",
      "runAsNonRoot: true",
      "readOnlyRootFilesystem: true",
      "allowPrivilegeEscalation: false",
      "drop: [ALL]",
      "type: RuntimeDefault",
    ]) {
      expect(text).toContain(line);
    }
  });

  const shown = [...page.matchAll(/^- `(test\/[^`]+)`: (.+)$/gmu)].map(
    ([, file = "", title = ""]) => [file, title] as const,
  );
  test.for(shown)("names a test that exists: %s, %s", ([file, title]) => {
    expect(existsSync(file)).toBe(true);
    const written = readFileSync(file, "utf8").matchAll(
      /(["`])((?:\\.|(?!\1)[^\\\n])+?)(?: \[(?:wire|trap) \d+\])*\1/gu,
    );
    expect(Array.from(written, ([, , found]) => found)).toContain(title);
  });

  test("names a test for each attacker", () => {
    const cases = page.slice(page.indexOf("## What an attacker reaches")).split("\n### ").slice(1);
    expect(cases.length).toBeGreaterThan(5);
    expect(cases.filter((text) => !text.includes("\n- `test/"))).toEqual([]);
  });
});

function readsSecrets({ apiGroups = [], resources = [] }: Rule): boolean {
  return (
    apiGroups.some((group) => group === "" || group === "*") &&
    resources.some((name) => name === "secrets" || name === "*")
  );
}
