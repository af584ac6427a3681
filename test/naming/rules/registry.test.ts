import { describe, expect, test } from "vitest";
import { formatGroupResource, parseGroupResource } from "../../../src/naming/group-resource.ts";
import { compileRule } from "../../../src/naming/rules/compile-rule.ts";
import {
  buildCustomRegistry,
  buildExternalRegistry,
  type CustomRegistry,
  type RegistryInput,
} from "../../../src/naming/rules/registry.ts";
import { createResourceLabels } from "../../../src/naming/rules/resource-labels.ts";
import type { Rule } from "../../../src/naming/rules/rule.ts";
import { compiled, inputsOf, mapperOf, rule, rulesOf } from "../../support/adapter-rules.ts";
import { adapterFacts, type AdapterVector, adapterVectors } from "../../support/adapter-vectors.ts";

interface DiscoveryVector extends AdapterVector {
  readonly kind: "discovery";
  readonly config: string;
  readonly mapper: string;
  readonly seriesSet: string;
  readonly api: "custom" | "external";
  readonly expect: { readonly metrics?: readonly string[]; readonly error?: string };
}

const vectors = adapterVectors<DiscoveryVector>("discovery");
const mapper = mapperOf("kubevirt");

describe("buildCustomRegistry()", () => {
  test.for(vectors.filter((vector) => vector.expect.error === undefined))(
    "lists what prometheus-adapter does: $id",
    ({ api, config, expect: { metrics }, ...vector }) => {
      const known = mapperOf(vector.mapper);
      const rules = rulesOf(config, api === "custom" ? "rules" : "externalRules");
      const inputs = inputsOf(rules, known, adapterFacts().seriesSets[vector.seriesSet] ?? {});
      const { list } = buildExternalRegistry(inputs);
      expect(api === "custom" ? formatList(buildCustomRegistry(inputs, known)) : list).toEqual(metrics);
    },
  );

  // Row 2 of the peer's defects: there a resource that is unknown ends the process.
  test.for(vectors.filter((vector) => vector.expect.error !== undefined))(
    "tells what keeps prometheus-adapter from listing: $id",
    ({ api, config, mapper: name }) => {
      const problems = rulesOf(config, api === "custom" ? "rules" : "externalRules").flatMap((given) => {
        const result = compileRule(given);
        return result.ok ? createResourceLabels(result.value, mapperOf(name)).unknown : result.error;
      });
      expect(problems).not.toEqual([]);
    },
  );

  test("serves a series for every resource that its labels name", () => {
    const registry = build([input({ series: [["q", "pod", "namespace", "node", "code"]] })]);
    expect(formatList(registry)).toEqual(["namespaces/q false", "nodes/q false", "pods/q true"]);
  });

  test.for([
    ["pods", true, "pods"],
    ["Pod", true, "pods"],
    ["pods", false, undefined],
    ["nodes", false, "nodes"],
    ["nodes", true, undefined],
    ["storageclasses.storage", true, "storageclasses.storage.k8s.io"],
    ["storageclasses.storage.k8s.io", false, "storageclasses.storage.k8s.io"],
    ["services", true, undefined],
    ["nosuch", true, undefined],
  ] as const)("asked for %s, namespaced %j, finds %s", ([asked, namespaced, resource]) => {
    const registry = build([input({ series: [["q", "pod", "node", "storageclass"]] })]);
    const found = registry.find(parseGroupResource(asked), namespaced, "q");
    expect(found && formatGroupResource(found.resource)).toBe(resource);
  });

  test("finds no metric by another name", () => {
    const registry = build([input({ series: [["q", "pod"]] })]);
    expect(registry.find({ group: "", resource: "pods" }, true, "Q")).toBeUndefined();
  });

  test("the last series of the last rule wins, and the others are told", () => {
    const name = { as: "m" };
    const first = input({ name, series: [["a", "pod"]] });
    const second = input({
      name,
      series: [
        ["b", "pod"],
        ["c", "pod", "node"],
        ["b", "node"],
      ],
    });
    const registry = build([first, second]);

    expect(registry.find({ group: "", resource: "pods" }, true, "m")).toMatchObject({ series: "c", rule: second.rule });
    expect(registry.find({ group: "", resource: "nodes" }, false, "m")).toMatchObject({ series: "b" });
    expect(
      registry.collisions.map(({ resource, metric, winner, losers }) => {
        return [resource?.resource, metric, winner.series, losers.map(({ series }) => series)];
      }),
    ).toEqual([
      ["nodes", "m", "b", ["c"]],
      ["pods", "m", "c", ["a", "b"]],
    ]);
  });

  test("what cannot be read back from a label is served, unless another series has the name", () => {
    const template = "<<.Resource>>_<<.Group>>";
    const first = input({ name: { as: "m" }, series: [["a", "pod"]] });
    const second = input({ name: { as: "m" }, template, series: [["b", "pod_", "virtualmachine_kubevirt_io"]] });
    const registry = build([first, second]);
    expect(formatList(registry)).toEqual(["pods/m true", "virtualmachines.kubevirt.io/m true"]);
    expect(registry.find({ group: "", resource: "pods" }, true, "m")?.series).toBe("a");
  });

  test("a metric whose name is empty is listed", () => {
    const registry = build([input({ name: { matches: "(.*)", as: "$1_x" }, series: [["q", "pod"]] })]);
    expect(formatList(registry)).toEqual(["pods/ true"]);
  });

  test.for([
    [[["q", "pods", "namespace"]], "pods"],
    [[["q", "pod", "namespace"]], "pod"],
    [
      [
        ["q", "pods"],
        ["q", "pod"],
      ],
      "pod",
    ],
    [
      [
        ["q", "Pod"],
        ["q", "pods"],
      ],
      "Pod",
    ],
    [
      [
        ["q", "pods"],
        ["other", "pod"],
      ],
      "pods",
    ],
  ] as const)("series %j are asked for by %s, a label that they have", ([series, label]) => {
    const found = build([input({ series })]).find({ group: "", resource: "pods" }, true, "q");
    expect(found?.labels.labelOf(found.resource)).toEqual({ ok: true, value: label });
  });

  test.for([
    [["pod"], "pod_name"],
    [["pod_name", "other_name", "pod"], "pod_name"],
    [["other_name", "pod"], "other_name"],
  ] as const)("beside overrides, a series with %j is asked for by %s", ([labels, label]) => {
    const overrides = ["pod_name", "other_name"].map((name) => ({ label: name, group: "", resource: "pod" }));
    const registry = build([input({ overrides, series: [["q", ...labels]] })]);
    const found = registry.find({ group: "", resource: "pods" }, true, "q");
    expect(found?.labels.labelOf(found.resource)).toEqual({ ok: true, value: label });
  });
});

describe("buildExternalRegistry()", () => {
  test("names metrics whatever the labels; the last series wins", () => {
    const registry = buildExternalRegistry([
      input({ name: { matches: "^(.*?)(_total)?$", as: "$1" }, series: [["b"], ["a"], ["a_total"]] }),
      input({ series: [["c", "pod"]] }),
    ]);
    expect(registry.list).toEqual(["a", "b", "c"]);
    expect(registry.find("a")?.series).toBe("a_total");
    expect(registry.find("nosuch")).toBeUndefined();
    expect(registry.collisions).toMatchObject([
      { metric: "a", winner: { series: "a_total" }, losers: [{ series: "a" }] },
    ]);
  });
});

/** A rule with the template `<<.Resource>>`, if no other is given, and series as [name, ...labels]. */
function input(given: {
  readonly name?: Partial<Rule["name"]>;
  readonly template?: string;
  readonly overrides?: Rule["resources"]["overrides"];
  readonly series: readonly (readonly [string, ...string[]])[];
}): RegistryInput {
  const { name = {}, template = "<<.Resource>>", overrides = [] } = given;
  const ready = compiled(rule({ name, resources: { template, overrides } }));
  const series = given.series.map(([named, ...labels]) => ({ name: named, labels }));
  return { rule: ready, labels: createResourceLabels(ready, mapper), series };
}

function build(inputs: readonly RegistryInput[]): CustomRegistry {
  return buildCustomRegistry(inputs, mapper);
}

function formatList({ list }: CustomRegistry): readonly string[] {
  return list.map(({ resource, namespaced, metric }) => `${formatGroupResource(resource)}/${metric} ${namespaced}`);
}
