import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { describeAbsence } from "../../src/apiservice/describe-absence.ts";
import { statusFor } from "../../src/apiservice/metric-status.ts";
import { parseGroupResource } from "../../src/naming/group-resource.ts";
import type { Absence, MetricError } from "../../src/naming/metric-error.ts";
import type { MetricRequest } from "../../src/naming/metric-request.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { namesOf } from "../../src/vm/metric-names.ts";

const page = readFileSync("docs/vm-model.md", "utf8");

/** One of each, in the order of the page; a kind that is added must be added here, and there. */
const absences: Readonly<Record<Absence["why"], Absence>> = {
  notRunning: { why: "notRunning" },
  neverReported: { why: "neverReported" },
  warmingUp: { why: "warmingUp" },
  notReported: { why: "notReported" },
  stale: { why: "stale", ageSeconds: 300, maxAgeSeconds: 120 },
  undefined: { why: "undefined" },
  noDevice: { why: "noDevice" },
  noMigration: { why: "noMigration" },
  notActivePod: { why: "notActivePod", vmi: "web-0" },
  noVirtualMachine: { why: "noVirtualMachine" },
  allStarting: { why: "allStarting", starting: 3 },
  noMembers: { why: "noMembers" },
  noMatch: { why: "noMatch" },
  coverage: { why: "coverage", reporting: 3, silent: 2, starting: 1, minimumCoverage: 0.8 },
};

/** A name that has no figures, of each sort, in the order of the page. */
const nameErrors: readonly MetricError[] = [
  { kind: "unknownMetric", metric: "cpu-usge", resource: { group: "", resource: "pods" }, known: ["cpu-usageCores"] },
  { kind: "misplacedName", metric: "cpu-usageAverageCores", reason: "ofSeveral", instead: "cpu-usageCores" },
  { kind: "misplacedName", metric: "cpu_a-usageCores", reason: "noDevices", instead: "cpu-usageCores" },
  notOne({ resource: { group: "pool.kubevirt.io", resource: "virtualmachinepools" } }),
  ...["storage-deviceThresholdBytes", "guest-stateReasonCode"].map(unfed),
  { kind: "unknownVirtualMachine", metric: "web-9-cpu-usageCores", namespace: "shop", name: "web-9" },
  { kind: "hiddenMetric", metric: "cpu-usageCores", since: "0.5" },
];

/** The first cells of the tables of reasons, in their order: how each message begins. */
const [quoted = [], quotedOfNames = []] = page
  .slice(page.indexOf("\n## Why there is no figure"), page.indexOf("\n## When Prometheus fails"))
  .split("The same answer says it")
  .map((part) => [...part.matchAll(/^\| `([^`]+)` +\|/gmu)].map(([, text = ""]) => text));

describe("docs/vm-model.md", () => {
  test("quotes each reason for having no figure, as it is told", () => {
    const told = Object.values(absences).map(describeAbsence);
    const found = told.map((text) => quoted.find((each) => text.startsWith(each)) ?? `${text}: not in the page`);
    expect(found).toEqual(quoted);
  });

  test("quotes each reason for which a name has no figures", () => {
    const told = nameErrors.map((error) => {
      const [, reason = ""] = /: (.*)$/u.exec(statusFor(error, requestFor("pods", "web")).message) ?? [];
      return reason;
    });
    expect(told.map((text, index) => text.startsWith(quotedOfNames[index] ?? "?"))).toEqual(told.map(() => true));
    expect(quotedOfNames).toHaveLength(told.length);
  });

  test.for<[string, string, (request: MetricRequest) => MetricError]>([
    ["virtualmachinepools.pool.kubevirt.io", "web", notOne],
    ["virtualmachinepools.pool.kubevirt.io", "web", (request) => noValue(request, absences.coverage)],
    ["pods", "virt-launcher-web-0-2xcwv", (request) => noValue(request, absences.notActivePod)],
  ])("shows what kubectl prints of %s: case %#", ([resource, name, errorOf]) => {
    const request = requestFor(resource, name);
    const error = errorOf(request);
    const asked = "metric" in error ? { ...request, metric: error.metric } : request;
    expect(page).toContain(`\nError from server (NotFound): ${statusFor(error, asked).message}\n`);
  });
});

function requestFor(resource: string, name: string): MetricRequest {
  return {
    metric: "cpu-usageCores",
    resource: parseGroupResource(resource),
    namespace: "shop",
    target: { by: "name", name },
    metricSelector: [],
  };
}

/** As the catalogue says it. */
function unfed(metric: string): MetricError {
  const { unfed: reason = "" } = catalogue.find(({ name }) => name === metric) ?? {};
  return { kind: "unfedMetric", metric, reason };
}

function notOne({ resource }: Pick<MetricRequest, "resource">): MetricError {
  const metric = "cpu-usageRatio";
  const names = namesOf(catalogue).ambiguous.get(metric) ?? [];
  return { kind: "ambiguousAggregate", metric, resource, names };
}

function noValue({ metric, resource }: MetricRequest, absence: Absence): MetricError {
  return { kind: "noValue", metric, resource, namespace: "shop", name: "web", absence };
}
