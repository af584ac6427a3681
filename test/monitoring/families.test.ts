import { describe, expect, test } from "vitest";
import type { Definition } from "../../src/monitoring/definition.ts";
import { families, processFamilies } from "../../src/monitoring/families.ts";
import { promlint } from "../support/promlint.ts";

const definitions: readonly Definition[] = [...Object.values(families), ...Object.values(processFamilies)];

describe("families", () => {
  test("pass Prometheus' linter, but for names that Kubernetes gave", () => {
    expect(promlint(definitions)).toEqual(['authentication_attempts: counters end in "_total", and only they']);
  });

  test("have names of Kubernetes, of the process, or with the adapter's prefix", () => {
    const known = /^(?:apiserver|authentication|authorization|metrics_apiserver|rest_client|process|nodejs)_/u;
    const others = definitions.filter(({ name }) => !known.test(name)).map(({ name }) => name);
    expect(others.filter((name) => !name.startsWith("custom_metrics_adapter_"))).toEqual([]);
  });

  // kube-prometheus counts versions over all jobs, and computes the kube-apiserver's availability without asking for a job.
  test.for(["kubernetes_build_info", "apiserver_request_sli_duration_seconds", "authenticated_user_requests"])(
    "do not have %s, which dashboards would take for the kube-apiserver's",
    (name) => {
      expect(definitions.map((definition) => definition.name)).not.toContain(name);
    },
  );

  test("have no label for what clients choose", () => {
    const labels = new Set(definitions.flatMap((definition) => definition.labels));
    expect([...labels].toSorted()).toEqual([
      "backend",
      "code",
      "component",
      "dry_run",
      "group",
      "host",
      "method",
      "node_version",
      "path",
      "request_kind",
      "resource",
      "result",
      "scope",
      "subresource",
      "verb",
      "version",
    ]);
  });
});

describe("promlint()", () => {
  const good = { name: "vms_total", type: "counter", stability: "ALPHA", help: "VMs.", labels: [] } as const;

  test.for<readonly [Partial<Definition>, string]>([
    [{ help: "" }, "no help text"],
    [{ name: "VMs_total" }, "name is not in snake_case, or has a colon"],
    [{ name: "vms:sum_total" }, "name is not in snake_case, or has a colon"],
    [{ labels: ["podName"] }, "a label is not in snake_case"],
    [{ name: "vms" }, 'counters end in "_total", and only they'],
    [{ type: "gauge" }, 'counters end in "_total", and only they'],
    [{ name: "vms_count", type: "gauge" }, "ends as parts of a histogram do"],
    [{ labels: ["le"] }, "le and quantile are taken"],
    [{ name: "vms_gauge", type: "gauge" }, "the type is in the name"],
    [{ name: "vms_milliseconds", type: "gauge" }, "not in a base unit"],
    [{ name: "vms_percent", type: "gauge" }, "not in a base unit"],
    [{ name: "vms_ms", type: "gauge" }, "a unit is abbreviated"],
    [{ name: "vms_by_node_total", labels: ["node"] }, "a label is in the name"],
    [{ buckets: [1] }, "histograms have buckets, and only they"],
    [{ name: "vms", type: "histogram" }, "histograms have buckets, and only they"],
    [{ name: "vms", type: "histogram", buckets: [1, 1] }, "buckets do not ascend"],
  ])("complains of %j", ([change, complaint]) => {
    expect(promlint([{ ...good, ...change }])).toEqual([`${change.name ?? good.name}: ${complaint}`]);
  });

  test("complains of a name that is there twice, and of nothing else", () => {
    expect(promlint([good])).toEqual([]);
    expect(promlint([good, good])).toEqual(["vms_total: defined twice"]);
  });
});
