import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import type { Decision } from "../../src/query/decision.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import { counter, family, gauge, type Labels, type Life, type Told } from "../support/told.ts";
import { startTraps, type Trap } from "../support/traps.ts";

/** Two virtual CPUs use 0.75 of the 1 core that the whole uses. `factor` 1000 writes their time in milliseconds. */
function onNode(node: string, factor: number, life: Life = {}): readonly Told[] {
  const labels: Labels = { node, instance: node };
  return [
    counter(family.vcpu, 0.5 * factor, { ...labels, id: "0", state: "running" }, life),
    counter(family.vcpu, 0.25 * factor, { ...labels, id: "1", state: "running" }, life),
    counter(family.cpu, 1, labels, life),
  ];
}

/** What a target says of itself. */
function release(instance: string, kubeversion: string): Told {
  return gauge("kubevirt_info", 1, { namespace: "", name: "", instance, kubeversion });
}

const [before, after] = [{ to: 150 }, { from: 150 }];
const traps = [
  { what: "milliseconds of a release", series: [release("n1", "v1.5.2"), ...onNode("n1", 1_000)] },
  { what: "seconds of a release", series: [release("n2", "v1.6.0"), ...onNode("n2", 1)] },
  { what: "milliseconds of a product", series: [release("n3", "v4.17.3"), ...onNode("n3", 1_000)] },
  { what: "seconds of nobody knows whom", series: onNode("n4", 1) },
  { what: "moved from a release", series: [...onNode("n1", 1_000, before), ...onNode("n4", 1, after)] },
  { what: "moved to a release", series: [...onNode("n3", 1_000, before), ...onNode("n2", 1, after)] },
  { what: "neither of a release", series: onNode("n2", 10) },
  { what: "neither of nobody knows whom", series: onNode("n4", 10) },
].map((trap): Trap => ({ ...trap, reads: {} }));

const byRelease = "KubeVirt since v1.1, in milliseconds if its release is v1.3 to v1.5";
const bySize = "KubeVirt since v1.1 of an unknown release, in milliseconds if the size says so";

let supervisor: Supervisor;
let provider: MetricsProvider;

beforeAll(async () => {
  supervisor = createSupervisor();
  provider = await startTraps(traps, supervisor);
});

afterAll(async () => {
  await supervisor.stop();
});

/** What was decided about a virtual machine, and the expressions that were asked. */
async function decide(name: string, metric: string) {
  const decisions: Decision[] = [];
  const resource = { group: "kubevirt.io", resource: "virtualmachineinstances" };
  const request = { metric, resource, namespace: "shop", metricSelector: [], target: { by: "name", name } } as const;
  const answer = await provider.read(request, (decision) => decisions.push(decision));
  const chosen = decisions.find((each) => each.at === "source");
  return { value: answer.ok ? answer.value[0]?.value : undefined, source: chosen?.source };
}

describe("how the unit of vCPU time was told is known of each virtual machine:", () => {
  test.for([
    ["milliseconds of a release", 0.75, byRelease],
    ["seconds of a release", 0.75, byRelease],
    ["milliseconds of a product", 0.75, bySize],
    ["seconds of nobody knows whom", 0.75, bySize],
    ["moved from a release", 0.75, bySize],
    ["moved to a release", 0.75, byRelease],
    // The release is believed, whatever the size is.
    ["neither of a release", 7.5, byRelease],
    ["neither of nobody knows whom", undefined, bySize],
  ] as const)("%s", async ([what, cores, source]) => {
    const { value, source: chosen } = await decide(what.replaceAll(" ", "-"), "vcpu-usageCores");
    expect(value === undefined ? undefined : Number(value.toFixed(6))).toBe(cores);
    expect(chosen).toBe(`kubevirt_vmi_vcpu_seconds_total (${source})`);
  });
});
