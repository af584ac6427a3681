import { describe, expect, test } from "vitest";
import { formatGroupResource, parseGroupResource } from "../../../src/naming/group-resource.ts";
import { compileRule } from "../../../src/naming/rules/compile-rule.ts";
import { createResourceLabels, type ResourceLabels } from "../../../src/naming/rules/resource-labels.ts";
import { createRestMapper, type RestMapper } from "../../../src/naming/rules/rest-mapper.ts";
import type { Rule } from "../../../src/naming/rules/rule.ts";
import { compiled, mapperOf, rule } from "../../support/adapter-rules.ts";
import { type AdapterVector, adapterVectors } from "../../support/adapter-vectors.ts";

interface LabelMapVector extends AdapterVector {
  readonly kind: "labelmap";
  readonly mapper: string;
  readonly template?: string;
  readonly overrides?: Readonly<Record<string, { readonly group?: string; readonly resource?: string }>>;
  readonly labels?: readonly string[];
  readonly labelFor?: readonly string[];
  readonly expect: {
    readonly resources?: Readonly<Record<string, string | null>>;
    readonly labels?: Readonly<Record<string, string | { readonly error: string }>>;
    readonly error?: string;
  };
}

const vectors = adapterVectors<LabelMapVector>("labelmap");

describe("createResourceLabels()", () => {
  test.for(vectors.filter((vector) => vector.expect.error === undefined))(
    "maps labels and resources as prometheus-adapter does: $id",
    (vector) => {
      const labels = createResourceLabels(compiled(rule({ resources: resourcesOf(vector) })), mapperOf(vector.mapper));
      for (const [label, resource] of Object.entries(vector.expect.resources ?? {})) {
        const found = labels.resourceOf(label);
        expect([label, found && formatGroupResource(found)]).toEqual([label, resource ?? undefined]);
      }
      for (const [resource, label] of Object.entries(vector.expect.labels ?? {})) {
        expect([resource, labelOf(labels, resource)]).toEqual([resource, label]);
      }
    },
  );

  test.for(vectors.filter((vector) => vector.expect.error !== undefined))(
    "refuses what prometheus-adapter does: $id",
    (vector) => {
      const result = compileRule(rule({ resources: resourcesOf(vector) }));
      const problems = result.ok ? createResourceLabels(result.value, mapperOf(vector.mapper)).unknown : result.error;
      expect(problems).not.toEqual([]);
    },
  );

  // Row 21 of the peer's defects: there a label is no resource if its group cannot be read back.
  test.for([
    ["<<.Resource>>_<<.Group>>", "virtualmachine_kubevirt_io", undefined, "virtualmachines.kubevirt.io"],
    ["<<.Resource>>_<<.Group>>", "deployment_apps", "deployments.apps", undefined],
    ["<<.Resource>>_<<.Group>>", "pod_", undefined, "pods"],
    ["<<.Resource>>_<<.Group>>", "nosuch_kubevirt_io", undefined, undefined],
    ["kube_<<.Group>>_<<.Resource>>", "kube_kubevirt_io_virtualmachine", undefined, "virtualmachines.kubevirt.io"],
    ["kube_<<.Group>>_<<.Resource>>", "kube_kubevirt_virtualmachine", "virtualmachines.kubevirt.io", undefined],
    ["kube_<<.Group>>_<<.Resource>>", "kube__pod", undefined, "pods"],
    ["<<if .Group>><<.Group>>_<<end>><<.Resource>>", "pod", undefined, "pods"],
    ["<<.Resource>>", "nosuch", undefined, undefined],
  ] as const)("reads by %s %s as %s, and knows it to be made of %s", ([template, label, read, made]) => {
    const labels = bind({ template });
    const found = [labels.resourceOf(label), labels.madeOf(label)];
    expect(found.map((resource) => resource && formatGroupResource(resource))).toEqual([read, made]);
  });

  test("an override is not what the template makes", () => {
    const overrides = [{ label: "pod_", group: "nope.io", resource: "thing" }];
    expect(bind({ template: "<<.Resource>>_<<.Group>>", overrides }).madeOf("pod_")).toBeUndefined();
  });

  test("overrides come before the template", () => {
    const labels = bind({ template: "<<.Resource>>", overrides: [{ label: "pod", group: "", resource: "nodes" }] });
    expect(labels.resourceOf("pod")?.resource).toBe("nodes");
    expect(labelOf(labels, "nodes")).toBe("pod");
    expect(labelOf(labels, "pods")).toBe("pod");
  });

  test("of two overrides for a resource the first of the file is asked by, and the other one is reported", () => {
    const labels = bind({
      overrides: [
        { label: "pod_name", group: "", resource: "pod" },
        { label: "pod", group: "", resource: "Pods" },
      ],
    });
    expect(labelOf(labels, "pods")).toBe("pod_name");
    expect(labels.resourceOf("pod")?.resource).toBe("pods");
    expect(labels.repeated).toEqual([
      { path: ["resources", "overrides", "pod"], message: "Pods is asked for by label pod_name, which comes first" },
    ]);
  });

  test("an override whose resource is unknown names nothing until it is there", () => {
    const resources = {
      template: "<<.Resource>>",
      overrides: [
        { label: "pod", group: "nope.io", resource: "Thing" },
        { label: "node", group: "", resource: "node" },
      ],
    };
    const labels = bind(resources);
    expect(labels.resourceOf("pod")).toBeUndefined();
    expect(labels.resourceOf("node")?.resource).toBe("nodes");
    expect(labels.unknown).toEqual([
      {
        path: ["resources", "overrides", "pod"],
        message: "unable to normalize group-resource {nope.io Thing}: no matches for nope.io/, Resource=thing",
      },
    ]);

    const thing = { name: "things", singular: "thing", kind: "Thing", namespaced: true };
    const later = bind(resources, createRestMapper([{ group: "nope.io", version: "v1", resources: [thing] }]));
    expect(later.resourceOf("pod")?.resource).toBe("things");
  });

  test("asks the mapper once for a label that is no resource", () => {
    const mapper = mapperOf("kubevirt");
    const asked: string[] = [];
    const labels = bind(
      { template: "<<.Resource>>" },
      {
        ...mapper,
        resourceFor: (resource) => {
          asked.push(resource.resource);
          return mapper.resourceFor(resource);
        },
      },
    );
    for (const label of ["instance", "job", "instance", "job"]) labels.resourceOf(label);
    expect(asked).toEqual(["instance", "job"]);
  });
});

function bind(resources: Partial<Rule["resources"]>, mapper: RestMapper = mapperOf("kubevirt")): ResourceLabels {
  return createResourceLabels(compiled(rule({ resources })), mapper);
}

function labelOf(labels: ResourceLabels, resource: string): string | { readonly error: string } {
  const label = labels.labelOf(parseGroupResource(resource));
  return label.ok ? label.value : { error: label.error };
}

function resourcesOf({ template = "", overrides = {} }: LabelMapVector): Partial<Rule["resources"]> {
  const entries = Object.entries(overrides).map(([label, { group = "", resource = "" }]) => ({
    label,
    group,
    resource,
  }));
  return { template, overrides: entries };
}
