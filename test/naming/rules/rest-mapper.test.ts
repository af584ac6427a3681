import { describe, expect, test } from "vitest";
import { parseGroupResource } from "../../../src/naming/group-resource.ts";
import { type ApiResource, createRestMapper, type MappedResource } from "../../../src/naming/rules/rest-mapper.ts";

const mapper = createRestMapper([
  { group: "metrics.k8s.io", version: "v1beta1", resources: [resource("pods", "", "PodMetrics")] },
  { group: "apps.openshift.io", version: "v1", resources: [resource("deployments", "deployment", "Deployment")] },
  {
    group: "",
    version: "v1",
    resources: [
      resource("pods", "pod", "Pod"),
      resource("pods/log", "", "Pod"),
      resource("nodes", "node", "Node", false),
      resource("endpoints", "endpoints", "Endpoints"),
    ],
  },
  { group: "apps", version: "v1", resources: [resource("deployments", "deployment", "Deployment")] },
  { group: "kubevirt.io", version: "v1", resources: [resource("virtualmachines", "virtualmachine", "VirtualMachine")] },
  {
    group: "kubevirt.io",
    version: "v1alpha3",
    resources: [
      resource("virtualmachines", "virtualmachine", "VirtualMachine"),
      resource("virtualmachinepools", "virtualmachinepool", "VirtualMachinePool"),
    ],
  },
  { group: "odd.io", version: "v1", resources: [resource("foos", "foo", "Foo"), resource("foo", "oof", "Oof")] },
]);

describe("createRestMapper()", () => {
  test.for([
    ["pods", "/v1 pods Pod"],
    ["pod", "/v1 pods Pod"],
    ["Pod", "/v1 pods Pod"],
    ["pods.metrics.k8s.io", "metrics.k8s.io/v1beta1 pods PodMetrics"],
    ["podmetrics", "metrics.k8s.io/v1beta1 pods PodMetrics"],
    ["endpoints", "/v1 endpoints Endpoints"],
    ["virtualmachine", "kubevirt.io/v1 virtualmachines VirtualMachine"],
    ["virtualmachinepools", "kubevirt.io/v1alpha3 virtualmachinepools VirtualMachinePool"],
    ["virtualmachines.kube", "kubevirt.io/v1 virtualmachines VirtualMachine"],
    ["virtualmachines.virt", undefined],
    ["deployments", "apps.openshift.io/v1 deployments Deployment"],
    ["deployments.apps", "apps.openshift.io/v1 deployments Deployment"],
    ["podlist", "/v1 podlists PodList"],
    ["lists", "/v1 lists List"],
    ["vm", undefined],
    ["po", undefined],
    ["log", undefined],
    ["pods/log", undefined],
    ["", undefined],
    ["foos", "odd.io/v1 foos Foo"],
    ["foo", undefined],
  ] as const)("finds for %s %s", ([asked, found]) => {
    expect(format(mapper.resourceFor(parseGroupResource(asked)))).toBe(found);
  });

  test.for([
    ["pods", "metrics.k8s.io/v1beta1 pods PodMetrics"],
    ["deployments.apps", "apps.openshift.io/v1 deployments Deployment"],
    ["virtualmachines", "kubevirt.io/v1 virtualmachines VirtualMachine"],
    ["vm", undefined],
  ] as const)("lists %s as %s, the first in discovery order", ([asked, found]) => {
    expect(format(mapper.firstResourceFor(parseGroupResource(asked)))).toBe(found);
  });

  test.for([
    ["pods", "podmetrics"],
    ["deployments.nosuch", "deployment"],
    ["Nodes", "node"],
    ["foos", "foo"],
    ["nosuch", undefined],
  ] as const)("calls one of %s %s, as the first group does that knows it", ([asked, singular]) => {
    expect(mapper.singularOf(parseGroupResource(asked))).toBe(singular);
  });

  test("says whether objects are in a namespace", () => {
    expect(["pods", "nodes"].map((name) => mapper.resourceFor(parseGroupResource(name))?.namespaced)).toEqual([
      true,
      false,
    ]);
  });

  test("lists each resource once, by its preferred version, the core group first", () => {
    expect(mapper.resources.map(format)).toEqual([
      "/v1 pods Pod",
      "/v1 nodes Node",
      "/v1 endpoints Endpoints",
      "metrics.k8s.io/v1beta1 pods PodMetrics",
      "apps.openshift.io/v1 deployments Deployment",
      "kubevirt.io/v1 virtualmachines VirtualMachine",
      "kubevirt.io/v1alpha3 virtualmachinepools VirtualMachinePool",
      "odd.io/v1 foos Foo",
    ]);
  });

  test("knows nothing before anything was discovered", () => {
    const empty = createRestMapper([]);
    expect(empty.resourceFor({ group: "", resource: "pods" })).toBeUndefined();
    expect(empty.resources).toEqual([]);
  });
});

function resource(name: string, singular: string, kind: string, namespaced = true): ApiResource {
  return { name, singular, kind, namespaced };
}

function format(found: MappedResource | undefined): string | undefined {
  return found && `${found.group}/${found.version} ${found.resource} ${found.kind}`;
}
