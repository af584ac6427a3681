import { expect, test } from "vitest";
import { isActivePod } from "../../src/vm/active-pod.ts";
import { launcherPod, vmi } from "../support/inventory.ts";

const source = { nodeName: "node01" };
const target = { nodeName: "node02" };

test.for([
  // the pod, the instance's node, whether it is the active one
  ["the only pod", source, "node01", true],
  ["the source while its VM still runs there", source, "node01", true],
  ["the target before the switch-over", target, "node01", false],
  ["the target after it", target, "node02", true],
  ["the source after it, still ending", source, "node02", false],
  ["the source, completed", { ...source, phase: "Succeeded" }, "node02", false],
  ["a pod that completed on the VM's present node", { ...source, phase: "Succeeded" }, "node01", false],
  ["a pod that is not placed yet", { phase: "Pending" }, "node01", false],
  ["a pod of an earlier instance of this name", { ...source, ownerUid: "earlier" }, "node01", false],
] as const)("isActivePod(): %s", ([, pod, nodeName, active]) => {
  expect(isActivePod(launcherPod("virt-launcher-web-0-abcde", "web-0", pod), vmi("web-0", { nodeName }))).toBe(active);
});

test("isActivePod(): neither has a node yet", () => {
  const { nodeName: _, ...waiting } = vmi("web-0");
  const { nodeName: __, ...pod } = launcherPod("virt-launcher-web-0-abcde", "web-0");
  expect(isActivePod(pod, waiting)).toBe(false);
});
