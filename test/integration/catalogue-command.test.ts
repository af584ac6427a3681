import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCommand } from "../../sandbox/run-command.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { listCatalogue } from "../../src/commands/catalogue.ts";
import type { CatalogueReport } from "../../src/commands/catalogue-report.ts";
import { startBackfilledPrometheus } from "../support/backfill.ts";
import { backfillOf } from "../support/exposition-backfill.ts";
import { expositionOf } from "../support/kubevirt-versions.ts";
import { runWith } from "../support/run-command.ts";

let supervisor: Supervisor;
let url = "";
let reports: readonly CatalogueReport[] = [];

beforeAll(async () => {
  supervisor = createSupervisor();
  const nowMs = Date.now();
  const series = backfillOf(expositionOf("v1.9"), { nowMs });
  const directory = await temporaryFolder(supervisor);
  ({ url } = await startBackfilledPrometheus({ supervisor, directory, series, nowMs }));
  const { code, out, err } = await runWith(listCatalogue, `--prometheus-url=${url}`, "--output=json");
  if (code !== 0) throw new Error(err);
  reports = JSON.parse(out) as readonly CatalogueReport[];
});

afterAll(async () => {
  await supervisor.stop();
});

describe("vm-metrics-adapter catalogue --prometheus-url", () => {
  test.for([
    ["cpu-usageCores", [12, 0, 0, 0]],
    ["vcpu-maximumCount", [13, 0]],
    // Each target says its release.
    ["vcpu-usageCores", [12, 0, 0, 0, 0, 0]],
    ["migration-dataProcessedBytes", [1, 0, 0, 0]],
    ["guest-stateCode", [14, 0, 0, 0]],
    // KubeVirt writes this series under two names; each virtual machine counts for the first.
    ["memory-balloonCurrentBytes", [12, 0, 0, 0, 0, 0]],
    // Fed by libvirt exporters only.
    ["storage-devicePhysicalBytes", [0, 0, 0]],
    // Fed by nothing.
    ["storage-deviceThresholdBytes", []],
  ] as const)("%s of a fleet of KubeVirt v1.9 is fed by its sources so: %j", ([metric, expected]) => {
    const report = reports.find(({ name }) => name === metric);
    expect(report?.sources.map(({ virtualMachines }) => virtualMachines)).toEqual(expected);
  });

  test("names the sources in the table", async () => {
    const { out } = await runWith(listCatalogue, "--prometheus-url", url);
    expect(out).toMatch(/^NAME +LISTED +HPA +FED BY +MEANING\n/u);
    expect(out).toMatch(/^cpu-usageCores .* 12 from kubevirt_vmi_cpu_usage_seconds_total +Host/mu);
    expect(out).toMatch(/^storage-devicePhysicalBytes .* nothing +/mu);
    expect(out.split("\n").filter((line) => line.length > 150)).toEqual([]);
  });

  test("adds the counts to the page", async () => {
    const { out } = await runWith(listCatalogue, "--prometheus-url", url, "--output=markdown");
    expect(out).toContain("| read | written by | exporter | virtual machines now |");
    expect(out).toMatch(/^\| `kubevirt_vmi_cpu_usage_seconds_total` .* \| 12 \|$/mu);
  });

  test("says what an address that is not Prometheus' answers, with exit code 1", async () => {
    const { code, err } = await runWith(listCatalogue, `--prometheus-url=${url}/no-such-path`);
    expect(code).toBe(1);
    expect(err).toMatch(/^Cannot ask Prometheus at http:.*\/no-such-path: it cannot be reached: HTTP 404/u);
  });

  test("stops without a word when nobody reads on", async () => {
    const command = `"${process.execPath}" src/main.ts catalogue --output=json | head -n 1`;
    expect(await runCommand("sh", ["-c", command])).toEqual({ code: 0, stdout: "[\n", stderr: "" });
  });
});
