import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/file.ts";
import { parsePrometheusDuration } from "../../src/config/prometheus-duration.ts";

/** What gopkg.in/yaml.v2 makes of a file; what is empty is left out. Errors of syntax are empty texts. */
interface Fact {
  readonly text: string;
  readonly config?: Written;
  readonly errors?: readonly string[];
}

interface Written {
  readonly rules?: readonly WrittenRule[];
  readonly externalRules?: readonly WrittenRule[];
  readonly resourceRules?: { readonly cpu: WrittenResource; readonly memory: WrittenResource; readonly window: string };
}

interface WrittenMapping {
  readonly template?: string;
  readonly overrides?: Readonly<Record<string, { readonly group?: string; readonly resource?: string }>>;
  readonly namespaced?: boolean;
}

interface WrittenRule {
  readonly seriesQuery?: string;
  readonly seriesFilters?: readonly { readonly is?: string; readonly isNot?: string }[];
  readonly resources: WrittenMapping;
  readonly name: { readonly matches?: string; readonly as?: string };
  readonly metricsQuery?: string;
}

interface WrittenResource {
  readonly containerQuery?: string;
  readonly nodeQuery?: string;
  readonly resources: WrittenMapping;
  readonly containerLabel?: string;
}

const { files } = JSON.parse(readFileSync("test/vectors/yaml-v2.json", "utf8")) as { readonly files: readonly Fact[] };

describe("parseConfig() reads prometheus-adapter's sections as yaml.v2 does", () => {
  const good = files.filter(({ config }) => config !== undefined);
  const bad = files.filter(({ config }) => config === undefined);

  test.for(good)("$text", ({ text, config }) => {
    const parsed = parseConfig(text, () => undefined);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    const { rules, externalRules, resourceRules } = parsed.value;
    expect(inOrder({ rules, externalRules, resourceRules })).toEqual(expected(config));
  });

  test.for(bad)("$text is refused", ({ text, errors = [] }) => {
    const parsed = parseConfig(text, () => undefined);
    const problems = parsed.ok ? [] : parsed.error;
    const told = problems.map(({ line, message }) => `line ${line}: ${/\((.*)\)$/su.exec(message)?.[1]}`);
    expect(problems).not.toEqual([]);
    expect(errors.length === 0 ? [] : told.toSorted()).toEqual(errors.toSorted());
  });
});

/** Go writes maps by key. */
function inOrder(config: object): unknown {
  return JSON.parse(JSON.stringify(config), (key, value: unknown) =>
    key === "overrides" ? byLabel(value as readonly { readonly label: string }[]) : value,
  );
}

function byLabel<T extends { readonly label: string }>(overrides: readonly T[]): readonly T[] {
  return overrides.toSorted((a, b) => (a.label < b.label ? -1 : 1));
}

function expected({ rules = [], externalRules = [], resourceRules }: Written = {}): object {
  const window = parsePrometheusDuration(resourceRules?.window ?? "0s");
  return {
    rules: rules.map(toRule),
    externalRules: externalRules.map(toRule),
    ...(resourceRules === undefined
      ? {}
      : {
          resourceRules: {
            cpu: toResource(resourceRules.cpu),
            memory: toResource(resourceRules.memory),
            windowMs: window.ok ? window.value : Number.NaN,
          },
        }),
  };
}

function toRule({ seriesQuery = "", seriesFilters = [], resources, name, metricsQuery = "" }: WrittenRule): object {
  return {
    seriesQuery,
    seriesFilters: seriesFilters.map(({ is = "", isNot = "" }) => ({ is, isNot })),
    resources: toMapping(resources),
    name: { matches: name.matches ?? "", as: name.as ?? "" },
    metricsQuery,
    vms: false,
  };
}

function toMapping({ template = "", overrides = {}, namespaced = true }: WrittenMapping): object {
  const list = Object.entries(overrides).map(([label, { group = "", resource = "" }]) => ({ label, group, resource }));
  return { template, overrides: byLabel(list), namespaced };
}

function toResource({ containerQuery = "", nodeQuery = "", resources, containerLabel = "" }: WrittenResource): object {
  return { containerQuery, nodeQuery, resources: toMapping(resources), containerLabel };
}
