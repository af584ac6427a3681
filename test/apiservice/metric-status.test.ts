import { describe, expect, test } from "vitest";
import { statusFor } from "../../src/apiservice/metric-status.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { ExternalMetricRequest, MetricRequest } from "../../src/naming/metric-request.ts";

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
      `${subject}: there is no such metric for this resource; the most similar of 4: cpu-usageCores, cpu-usageAverageRatio, cpu-usageSumRatio`,
    ],
    [
      { kind: "unknownMetric", metric: "foo", resource: pools, known },
      404,
      "NotFound",
      `${subject}: there is no such metric for this resource, and none of 4 is similar`,
    ],
    [
      { kind: "unknownMetric", metric: "cpu-usageCore", resource: pools, known: many },
      404,
      "NotFound",
      `${subject}: there is no such metric for this resource; the most similar of 10: cpu-usageCores, cpu-usageAverageRatio, cpu-usageSumRatio`,
    ],
    [
      { kind: "unknownMetric", metric: "x", resource: pools, known: [] },
      404,
      "NotFound",
      `${subject}: there is no such metric; there is none for this resource`,
    ],
    [
      { kind: "hiddenMetric", metric: "cpu-usageRatio", since: "0.5", replacedBy: "cpu-loadRatio", shownFor: "0.4" },
      404,
      "NotFound",
      `${subject}: it is hidden since release 0.5; use cpu-loadRatio, or start vm-metrics-adapter with --show-hidden-exports-for-version=0.4 for now`,
    ],
    [
      { kind: "hiddenMetric", metric: "cpu-usageRatio", since: "0.5", shownFor: "0.4" },
      404,
      "NotFound",
      `${subject}: it is hidden since release 0.5; start vm-metrics-adapter with --show-hidden-exports-for-version=0.4 for now`,
    ],
    [
      { kind: "hiddenMetric", metric: "cpu-usageRatio", since: "0.5", replacedBy: "cpu-loadRatio" },
      404,
      "NotFound",
      `${subject}: it is hidden since release 0.5; use cpu-loadRatio`,
    ],
    [
      { kind: "hiddenMetric", metric: "cpu-usageRatio", since: "0.5" },
      404,
      "NotFound",
      `${subject}: it is hidden since release 0.5; there is no replacement`,
    ],
    [
      { kind: "unfedMetric", metric: "cpu-usageRatio", reason: "no known exporter provides it" },
      404,
      "NotFound",
      `${subject}: it has no values: no known exporter provides it`,
    ],
    [
      {
        kind: "unfedMetric",
        metric: "cpu-usageRatio",
        reason: "it needs collectd's virt plugin with ExtraStats job_stats",
      },
      404,
      "NotFound",
      `${subject}: it has no values: it needs collectd's virt plugin with ExtraStats job_stats`,
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
      `${subject}: the values of several virtual machines are one number only if the name says how; ask for cpu-usageSumRatio (HPA target type AverageValue), cpu-usageAverageRatio (HPA target type Value)`,
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
      `${subject}: this metric has no labels to select by, so nothing matches vcpu=9; remove the metric selector`,
    ],
    [
      { kind: "noSeries", metric: "cpu-usageRatio", selector: "vcpu=9", label: "interface" },
      404,
      "NotFound",
      `${subject}: it can be selected by interface only, so nothing matches vcpu=9; remove the other labels`,
    ],
    [
      { kind: "misplacedName", metric: "cpu-usageRatio", reason: "ofSeveral", instead: "cpu-usageRatio" },
      404,
      "NotFound",
      `${subject}: this is a name for pools, replica sets, namespaces and nodes, not for one virtual machine; ask for cpu-usageRatio`,
    ],
    [
      { kind: "misplacedName", metric: "cpu-usageRatio", reason: "noDevices", instead: "cpu-usageRatio" },
      404,
      "NotFound",
      `${subject}: this metric has no devices; ask for cpu-usageRatio`,
    ],
    [
      { kind: "tooManyDevices", asked: 33, limit: 32 },
      400,
      "BadRequest",
      "the selector names 33 devices; at most 32 have values of their own",
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

  const cores: ExternalMetricRequest = { metric: "cpu-usageCores", namespace: "shop", selector: [] };
  const selected = { ...cores, selector: [{ key: "vm", operator: "=", values: ["web-0"] }] } as const;
  const external = "the server could not find the external metric cpu-usageCores in namespace shop";
  const refusals: readonly (readonly [MetricError, ExternalMetricRequest, number, string])[] = [
    [
      { kind: "unknownExternalMetric", metric: "cpu-usageCore", known },
      { ...cores, metric: "cpu-usageCore" },
      404,
      `${external.replace("Cores", "Core")}: there is no such metric; the most similar of 4: cpu-usageCores, cpu-usageAverageRatio, cpu-usageSumRatio`,
    ],
    [
      { kind: "unknownExternalMetric", metric: "cpu-usageCores", known: [] },
      cores,
      404,
      `${external}: there is no such metric; there is none`,
    ],
    [
      {
        kind: "noExternalValues",
        metric: "cpu-usageCores",
        namespace: "shop",
        absence: { why: "coverage", reporting: 3, silent: 7, starting: 0, minimumCoverage: 0.8 },
      },
      cores,
      404,
      `${external}: 3 of 10 running virtual machines report, at least 80 % must; check virt-handler on the nodes of the silent ones, and the scrape targets of Prometheus`,
    ],
    [
      { kind: "noExternalValues", metric: "cpu-usageCores", namespace: "shop", absence: { why: "notRunning" } },
      selected,
      404,
      `${external} with selector vm=web-0: its VirtualMachineInstance is not running`,
    ],
    [
      {
        kind: "objectNotFound",
        resource: { group: "kubevirt.io", resource: "virtualmachineinstances" },
        namespace: "shop",
        name: "web-9",
      },
      { ...cores, metric: "web-9-cpu-usageCores" },
      404,
      'virtualmachineinstances.kubevirt.io "web-9" not found in namespace shop',
    ],
    [
      { kind: "hiddenMetric", metric: "cpu-usageCores", since: "0.5", replacedBy: "cpu-loadCores", shownFor: "0.4" },
      cores,
      404,
      `${external}: it is hidden since release 0.5; use cpu-loadCores, or start vm-metrics-adapter with --show-hidden-exports-for-version=0.4 for now`,
    ],
    [
      { kind: "unknownVirtualMachine", metric: "web-9-cpu-usageCores", namespace: "shop", name: "web-9" },
      { ...cores, metric: "web-9-cpu-usageCores" },
      404,
      `${external.replace("cpu", "web-9-cpu")}: namespace shop has no VirtualMachineInstance "web-9", which the metric's name begins with; check \`kubectl get vmi -n shop\``,
    ],
    [
      { kind: "objectsUnknown", resource: pools, detail: "the first list has not come yet" },
      cores,
      503,
      "unable to list virtualmachinepools.pool.kubevirt.io: the first list has not come yet",
    ],
    [
      { kind: "timedOut" },
      cores,
      504,
      "unable to fetch metrics: Prometheus did not answer in time; the log of vm-metrics-adapter says more",
    ],
  ];
  test.for(refusals)("says %j of an external metric", ([error, request, code, message]) => {
    expect(statusFor(error, request)).toMatchObject({ code, message });
  });
});

describe("statusFor() of rules, letter for letter what prometheus-adapter says", () => {
  const pods = { group: "", resource: "pods" };
  const request: MetricRequest = {
    metric: "rps",
    resource: pods,
    namespace: "shop",
    target: { by: "name", name: "a" },
    metricSelector: [{ key: "verb", operator: "=", values: ["GET"] }],
  };
  const notFound = "the server could not find the metric rps for";
  test.for<readonly [MetricError, number, string, string]>([
    [{ kind: "ruleMetricNotFound", metric: "rps", resource: pods }, 404, "NotFound", `${notFound} pods`],
    [{ kind: "ruleMetricNotFound", metric: "rps", resource: pods, name: "a" }, 404, "NotFound", `${notFound} pods a`],
    [
      { kind: "ruleMetricNotFound", metric: "rps", resource: { group: "apps", resource: "Deployment" }, detail: "why" },
      404,
      "NotFound",
      `${notFound} Deployment.apps`,
    ],
    [{ kind: "ruleExternalMetricNotFound", metric: "rps", namespace: "shop" }, 404, "NotFound", `${notFound} `],
    [
      { kind: "ruleExternalMetricNotFound", metric: "rps", namespace: "default" },
      404,
      "NotFound",
      `${notFound} namespaces`,
    ],
    [
      { kind: "ruleQueryFailed", detail: "10.0.0.1 refused" },
      500,
      "InternalError",
      "Internal error occurred: unable to fetch metrics",
    ],
    [
      { kind: "ruleObjectsUnknown", resource: pods, detail: "forbidden" },
      500,
      "InternalError",
      "Internal error occurred: unable to list matching resources",
    ],
    [{ kind: "ruleRange", metric: "rps" }, 500, "", "encountered an unexpected query result type"],
  ])("%j", ([error, code, reason, message]) => {
    const status = statusFor(error, request);
    expect([status.code, status.reason ?? "", status.message]).toEqual([code, reason, message]);
  });
});
