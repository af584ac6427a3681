import { describe, expect, test } from "vitest";
import { statusFor } from "../../src/apiservice/status.ts";
import type { Absence, MetricError } from "../../src/naming/metric-error.ts";
import type { MetricRequest } from "../../src/naming/metric-request.ts";

const pools = { group: "pool.kubevirt.io", resource: "virtualmachinepools" };
const web: MetricRequest = {
  metric: "cpu-usageRatio",
  resource: pools,
  namespace: "shop",
  target: { by: "name", name: "web" },
  metricSelector: [],
};
const subject = "the server could not find the metric cpu-usageRatio for virtualmachinepools.pool.kubevirt.io web";
const known = ["cpu-usageAverageRatio", "cpu-usageCores", "cpu-usageSumRatio", "cpu-stealCores"];
const many = [...known, "memory-usedBytes", "memory-totalBytes", "migration-a", "migration-b", "migration-c", "swap-d"];

describe("statusFor()", () => {
  const rows: readonly (readonly [MetricError, number, string, string])[] = [
    [
      { kind: "unknownMetric", metric: "cpu-usageCore", resource: pools, known },
      404,
      "NotFound",
      `${subject}: there is no such metric; the most similar ones: cpu-usageCores, cpu-usageAverageRatio, cpu-usageSumRatio, cpu-stealCores`,
    ],
    [
      { kind: "unknownMetric", metric: "cpu-usageCore", resource: pools, known: many },
      404,
      "NotFound",
      `${subject}: there is no such metric; the most similar of 10: cpu-usageCores, cpu-usageAverageRatio, cpu-usageSumRatio, cpu-stealCores, memory-usedBytes, memory-totalBytes, migration-a, migration-b`,
    ],
    [
      { kind: "unknownMetric", metric: "x", resource: pools, known: [] },
      404,
      "NotFound",
      `${subject}: there is no such metric; there is none for this resource`,
    ],
    [
      {
        kind: "ambiguousAggregate",
        metric: "cpu-usageRatio",
        resource: pools,
        names: ["cpu-usageSumRatio", "cpu-usageAverageRatio"],
      },
      404,
      "NotFound",
      `${subject}: ratios of several virtual machines cannot be one number unless the name says how; ask for cpu-usageSumRatio (HPA target type AverageValue), cpu-usageAverageRatio (HPA target type Value)`,
    ],
    [
      {
        kind: "unknownResource",
        resource: pools,
        known: [
          { group: "", resource: "pods" },
          { group: "kubevirt.io", resource: "virtualmachines" },
        ],
      },
      404,
      "NotFound",
      `${subject}: no metric is served for this resource, but for virtualmachines.kubevirt.io, pods`,
    ],
    [
      { kind: "unknownResource", resource: pools, known: [] },
      404,
      "NotFound",
      `${subject}: no metric is served for this resource`,
    ],
    [
      { kind: "objectNotFound", resource: pools, namespace: "shop", name: "web" },
      404,
      "NotFound",
      'virtualmachinepools.pool.kubevirt.io "web" not found in namespace shop',
    ],
    [
      { kind: "objectNotFound", resource: { group: "", resource: "nodes" }, name: "n1" },
      404,
      "NotFound",
      'nodes "n1" not found in the cluster',
    ],
    [
      { kind: "noSeries", metric: "cpu-usageRatio", selector: "vcpu=9" },
      404,
      "NotFound",
      `${subject}: no series of it matches vcpu=9; check the metric selector`,
    ],
    [
      { kind: "noValue", metric: "cpu-usageRatio", resource: pools, name: "web", absence: { why: "notRunning" } },
      404,
      "NotFound",
      `${subject}: its VirtualMachineInstance is not running`,
    ],
    [
      {
        kind: "noValues",
        metric: "cpu-usageRatio",
        resource: pools,
        objects: 12,
        example: { name: "a", absence: { why: "notRunning" } },
      },
      404,
      "NotFound",
      `${subject}: 12 objects match and none has a value; the first, a: its VirtualMachineInstance is not running`,
    ],
    [
      {
        kind: "noValues",
        metric: "cpu-usageRatio",
        resource: pools,
        objects: 1,
        example: { name: "a", absence: { why: "notRunning" } },
      },
      404,
      "NotFound",
      `${subject}: 1 object matches and none has a value; the first, a: its VirtualMachineInstance is not running`,
    ],
    [
      { kind: "objectsUnknown", resource: pools, detail: "the first list has not come yet" },
      503,
      "ServiceUnavailable",
      "unable to list virtualmachinepools.pool.kubevirt.io: the first list has not come yet",
    ],
    [
      { kind: "backendUnavailable", detail: "secret" },
      503,
      "ServiceUnavailable",
      "unable to fetch metrics: Prometheus cannot be reached; the log of vm-metrics-adapter says more",
    ],
    [
      { kind: "backendRejected", detail: "secret" },
      500,
      "InternalError",
      "unable to fetch metrics: Prometheus refused the query, or answered it incompletely; the log of vm-metrics-adapter says more",
    ],
    [
      { kind: "timedOut" },
      504,
      "Timeout",
      "unable to fetch metrics: Prometheus did not answer in time; the log of vm-metrics-adapter says more",
    ],
  ];
  test.for(rows)("says %j", ([error, code, reason, message]) => {
    expect(statusFor(error, web)).toMatchObject({ kind: "Status", status: "Failure", code, reason, message });
  });

  const absences: readonly (readonly [Absence, string])[] = [
    [{ why: "notRunning" }, "its VirtualMachineInstance is not running"],
    [
      { why: "neverReported" },
      "nothing has been reported since its VirtualMachineInstance started; check that Prometheus scrapes virt-handler on its node",
    ],
    [
      { why: "warmingUp" },
      "its VirtualMachineInstance has just started, and a rate needs samples of two scrape intervals; nothing needs to be done",
    ],
    [
      { why: "silent" },
      "it has stopped reporting; check virt-handler on its node, and the scrape targets of Prometheus",
    ],
    [
      { why: "stale", ageSeconds: 119.5, maxAgeSeconds: 60 },
      "its newest sample is 119 s old, more than 60 s; check the scrape targets of Prometheus",
    ],
    [
      { why: "stale", ageSeconds: 239, maxAgeSeconds: 120 },
      "its newest sample is 3 min old, more than 120 s; check the scrape targets of Prometheus",
    ],
    [
      { why: "undefined" },
      "its samples are fresh, but their quotient is 0/0 for lack of activity; nothing needs to be done",
    ],
    [
      { why: "notReported" },
      "it is seen, but nothing of this metric is reported for it: memory needs the guest's balloon driver, traffic a network interface, and after an outage of the scrapes a rate needs two intervals",
    ],
    [{ why: "allStarting", starting: 3 }, "none of its 3 virtual machines has reported since it started"],
    [
      { why: "notActivePod", vmi: "vm0" },
      "this pod does not run VirtualMachineInstance vm0 now, another one does (live migration); ask for the VirtualMachineInstance",
    ],
    [
      { why: "coverage", reporting: 3, silent: 7, starting: 2, minimumCoverage: 0.8 },
      "3 of 10 running virtual machines report (2 more are starting), at least 80 % must; check virt-handler on the nodes of the silent ones, and the scrape targets of Prometheus",
    ],
    [
      { why: "coverage", reporting: 0, silent: 1, starting: 0, minimumCoverage: 0.8 },
      "0 of 1 running virtual machines report, at least 80 % must; check virt-handler on the nodes of the silent ones, and the scrape targets of Prometheus",
    ],
  ];
  test.for(absences)("explains %j", ([absence, text]) => {
    const error = { kind: "noValue", metric: "cpu-usageRatio", resource: pools, name: "web", absence } as const;
    expect(statusFor(error, web).message).toBe(`${subject}: ${text}`);
  });

  test("names the selectors of the request", () => {
    const request: MetricRequest = {
      ...web,
      target: { by: "selector", selector: [{ key: "app", operator: "=", values: ["web"] }] },
      metricSelector: [{ key: "vcpu", operator: "=", values: ["0"] }],
    };
    const message = statusFor({ kind: "unknownMetric", metric: "x", resource: pools, known: [] }, request).message;
    expect(message).toContain("for virtualmachinepools.pool.kubevirt.io with selector app=web,vcpu=0: ");
  });

  test("gives the missing object as details", () => {
    const error = { kind: "objectNotFound", resource: pools, namespace: "shop", name: "web" } as const;
    expect(statusFor(error, web).details).toEqual({
      name: "web",
      group: "pool.kubevirt.io",
      kind: "virtualmachinepools",
    });
  });
});
