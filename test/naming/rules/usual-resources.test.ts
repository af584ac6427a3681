import { describe, expect, test } from "vitest";
import { createRestMapper } from "../../../src/naming/rules/rest-mapper.ts";
import { usualResources } from "../../../src/naming/rules/usual-resources.ts";

const mapper = createRestMapper(usualResources);

describe("usualResources", () => {
  test.for([
    ["pod", "", "pods"],
    ["service", "", "services"],
    ["ingress", "networking.k8s.io", "ingresses"],
    ["deployment", "apps", "deployments"],
    ["virtualmachineinstance", "kubevirt.io", "virtualmachineinstances"],
  ] as const)("have %s", ([singular, group, plural]) => {
    expect(mapper.resourceFor({ group: "", resource: singular })).toMatchObject({ group, resource: plural, singular });
  });

  test("tell what belongs to the cluster", () => {
    const cluster = mapper.resources.filter(({ namespaced }) => !namespaced).map(({ resource }) => resource);
    expect(cluster).toEqual(["namespaces", "nodes", "persistentvolumes", "ingressclasses", "storageclasses"]);
  });
});
