import type { LauncherPod, VirtualMachineInstance } from "./objects.ts";

/**
 * Whether `pod` is the one that runs `vmi` now. Of the two pods of a live migration it is the source until the
 * switch-over and the target after it: `nodeName` and the label by which virt-handler chooses the instances that it
 * reports change in one write (KubeVirt, `ackMigrationCompletion`). A pod that has completed is not.
 */
export function isActivePod(pod: LauncherPod, vmi: VirtualMachineInstance): boolean {
  const isThere = pod.nodeName !== undefined && pod.nodeName === vmi.nodeName;
  return pod.ownerUid === vmi.uid && pod.phase === "Running" && isThere && !isLeftover(pod, vmi);
}

/**
 * Whether a pod on the instance's node is what an earlier migration left there and has not ended yet: the guest came by
 * the newest migration, and into another pod. A migration within one node is one between namespaces or clusters, whose
 * target pod is another instance's.
 */
function isLeftover(pod: LauncherPod, { nodeName, migration }: VirtualMachineInstance): boolean {
  if (migration === undefined || migration.targetPod === "") return false;
  const { sourceNode, targetNode, targetPod } = migration;
  return targetNode === nodeName && sourceNode !== targetNode && pod.name !== targetPod;
}
