import { describe, expect, test } from "vitest";
import { describeAbsence } from "../../src/apiservice/describe-absence.ts";
import type { Absence } from "../../src/naming/metric-error.ts";

describe("describeAbsence()", () => {
  const rows: readonly (readonly [Absence, string])[] = [
    [{ why: "notRunning" }, "its VirtualMachineInstance is not running"],
    [
      { why: "neverReported" },
      "nothing has been reported since its VirtualMachineInstance started, or in the last hour; check that Prometheus scrapes virt-handler on its node",
    ],
    [
      { why: "warmingUp" },
      "its VirtualMachineInstance has just started, and nothing of this metric has come yet: a rate needs samples of two scrape intervals; nothing needs to be done in its first minutes",
    ],
    [
      { why: "notReported" },
      "its VirtualMachineInstance is seen, but nothing of this metric is reported; `vm-metrics-adapter catalogue` says what it is made of: memory needs the guest's balloon driver, file systems and load the guest agent, and after an outage of the scrapes a rate needs two intervals",
    ],
    [
      { why: "stale", ageSeconds: 119.5, maxAgeSeconds: 60 },
      "it has stopped reporting: its newest sample is 119 s old, more than 60 s; check virt-handler on its node, and the scrape targets of Prometheus",
    ],
    [
      { why: "undefined" },
      "its samples are fresh, but their quotient is 0/0 for lack of activity; nothing needs to be done",
    ],
    [
      { why: "noDevice" },
      "its VirtualMachineInstance is seen, but no device of it that matches reports this metric; interfaces and drives are called as in its specification, disks of file systems as in the guest, virtual CPUs by number",
    ],
    [
      { why: "noMigration" },
      "no live migration runs, and the metric is there only meanwhile; with mode keepLast of vms.ephemeral the last value stays, if there was one",
    ],
    [
      { why: "notActivePod", vmi: "vm0" },
      "this pod does not run VirtualMachineInstance vm0 now, another one does (live migration); ask for the VirtualMachineInstance",
    ],
    [
      { why: "noVirtualMachine" },
      "this pod is no virt-launcher pod, so it runs no virtual machine; ask for a pod with label kubevirt.io=virt-launcher",
    ],
    [
      { why: "allStarting", starting: 3 },
      "none of its 3 virtual machines has reported since it started; they are starting or stopped",
    ],
    [{ why: "noMembers" }, "it has no running virtual machines; only a sum of none is a number"],
    [
      { why: "noMatch" },
      "no virtual machine of the namespace matches; check the selector, which selects by the label vm",
    ],
    [
      { why: "coverage", reporting: 3, silent: 7, starting: 2, minimumCoverage: 0.8 },
      "3 of 10 running virtual machines report (2 more are starting), at least 80 % must; check virt-handler on the nodes of the silent ones, and the scrape targets of Prometheus",
    ],
    [
      { why: "coverage", reporting: 1, silent: 2, starting: 0, minimumCoverage: 0.8, seen: true },
      "1 of 3 running virtual machines report, at least 80 % must; the others are seen, but nothing of this metric is reported; `vm-metrics-adapter catalogue` says what it is made of: memory needs the guest's balloon driver, file systems and load the guest agent, and after an outage of the scrapes a rate needs two intervals",
    ],
    [
      { why: "coverage", reporting: 0, silent: 1, starting: 0, minimumCoverage: 0.8 },
      "0 of 1 running virtual machines report, at least 80 % must; check virt-handler on the nodes of the silent ones, and the scrape targets of Prometheus",
    ],
  ];
  test.for(rows)("explains %j", ([absence, text]) => {
    expect(describeAbsence(absence)).toBe(text);
  });

  test.for([
    [119.9, "119 s"],
    [120, "2 min"],
    [239, "3 min"],
    [7_199, "119 min"],
    [7_200, "2 h"],
    [90_000, "25 h"],
  ] as const)("calls %d s %s, so that the text changes seldom", ([ageSeconds, age]) => {
    const text = describeAbsence({ why: "stale", ageSeconds, maxAgeSeconds: 60 });
    expect(text).toContain(`its newest sample is ${age} old`);
  });
});
