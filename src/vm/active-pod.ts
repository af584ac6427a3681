import type { LauncherPod, VirtualMachineInstance } from "./objects.ts";

/**
 * Whether `pod` is the one that runs `vmi` now. Of the two pods of a live migration it is the source until the
 * switch-over and the target after it; a source that has completed is not.
 */
export function isActivePod(pod: LauncherPod, vmi: VirtualMachineInstance): boolean {
  return (
    pod.ownerUid === vmi.uid && pod.phase === "Running" && pod.nodeName !== undefined && pod.nodeName === vmi.nodeName
  );
}
