import type { Absence } from "../naming/metric-error.ts";

const notReported =
  "nothing of this metric is reported; `vm-metrics-adapter catalogue` says what it is made of: memory needs the guest's balloon driver, file systems and load the guest agent, and after an outage of the scrapes a rate needs two intervals";

/** Says for a person why there is no figure, and what to check. */
export function describeAbsence(absence: Absence): string {
  switch (absence.why) {
    case "notRunning":
      return "its VirtualMachineInstance is not running";
    case "neverReported":
      return "nothing has been reported since its VirtualMachineInstance started, or in the last hour; check that Prometheus scrapes virt-handler on its node";
    case "warmingUp":
      return "its VirtualMachineInstance has just started, and nothing of this metric has come yet: a rate needs samples of two scrape intervals; nothing needs to be done in its first minutes";
    case "notReported":
      return `its VirtualMachineInstance is seen, but ${notReported}`;
    case "stale":
      return describeStale(absence);
    case "undefined":
      return "its samples are fresh, but their quotient is 0/0 for lack of activity; nothing needs to be done";
    case "noDevice":
      return "its VirtualMachineInstance is seen, but no device of it that matches reports this metric; interfaces and drives are called as in its specification, disks of file systems as in the guest, virtual CPUs by number";
    case "noMigration":
      return "no live migration runs, and the metric is there only meanwhile; with mode keepLast of vms.ephemeral the last value stays, if there was one";
    case "notActivePod":
      return `this pod does not run VirtualMachineInstance ${absence.vmi} now, another one does (live migration); ask for the VirtualMachineInstance`;
    case "noVirtualMachine":
      return "this pod is no virt-launcher pod, so it runs no virtual machine; ask for a pod with label kubevirt.io=virt-launcher";
    case "allStarting":
      return `none of its ${absence.starting} virtual machines has reported since it started; they are starting or stopped`;
    case "noMembers":
      return "it has no running virtual machines; only a sum of none is a number";
    case "noMatch":
      return "no virtual machine of the namespace matches; check the selector, which selects by the label vm";
    case "coverage":
      return describeCoverage(absence);
  }
}

type Of<Why extends Absence["why"]> = Extract<Absence, { readonly why: Why }>;

function describeStale({ ageSeconds, maxAgeSeconds }: Of<"stale">): string {
  const age = `its newest sample is ${describeAge(ageSeconds)} old, more than ${maxAgeSeconds} s`;
  return `it has stopped reporting: ${age}; check virt-handler on its node, and the scrape targets of Prometheus`;
}

/** Rounded down to what changes seldom: a HorizontalPodAutoscaler stores the text in its condition. */
function describeAge(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  return seconds < 7_200 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3_600)} h`;
}

function describeCoverage({ reporting, silent, starting, minimumCoverage, seen }: Of<"coverage">): string {
  const counts = `${reporting} of ${reporting + silent} running virtual machines report`;
  const idle = starting === 0 ? "" : ` (${starting} more are starting)`;
  const needed = `at least ${Math.round(minimumCoverage * 100)} % must`;
  const check = "check virt-handler on the nodes of the silent ones, and the scrape targets of Prometheus";
  return `${counts}${idle}, ${needed}; ${seen === true ? `the others are seen, but ${notReported}` : check}`;
}
