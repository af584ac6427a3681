import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findPrometheus } from "../../sandbox/binaries.ts";
import { startExporter } from "../../sandbox/kubevirt/exporter.ts";
import { scrapeConfigs } from "../../sandbox/kubevirt/scrape-configs.ts";
import { startPrometheus } from "../../sandbox/prometheus.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import type { Migration, VirtualMachineInstance } from "../../src/vm/objects.ts";
import { ignore } from "../support/ignore.ts";
import { inventory, store, vmi } from "../support/inventory.ts";
import { providerOn } from "../support/provider.ts";
import { ask } from "../support/traps.ts";
import { until } from "../support/until.ts";

/** What is scraped for real: how Prometheus takes times of its own, labels that clash, are empty or change. */

const second = 1_000;
const beganMs = Date.now();
let scrapes = 0;

/** Seconds since a while before the first scrape: what counters are made of. */
function uptime(): number {
  return (Date.now() - beganMs) / second + 100;
}

/** One machine's processor time and memory as virt-handler writes them, `cores` times as much. */
function domain(labels: string, cores: number): string {
  return [
    `kubevirt_vmi_cpu_usage_seconds_total{${labels}} ${cores * uptime()}`,
    `kubevirt_vmi_memory_resident_bytes{${labels}} ${100 * cores}`,
    `kubevirt_vmi_memory_available_bytes{${labels}} ${200 * cores}`,
    `kubevirt_vmi_memory_usable_bytes{${labels}} ${50 * cores}`,
  ].join("\n");
}

function of(name: string, further = ""): string {
  return `namespace="shop",name="${name}",node="n1"${further}`;
}

/** The last ten of the polls until `agoMs`, one in five seconds: what is left falls by 1 each. They come with their times. */
function ring(name: string, agoMs: number): string {
  const lastMs = beganMs - agoMs;
  return Array.from({ length: 10 }, (_, index) => 9 - index)
    .map((left) => `kubevirt_vmi_migration_data_remaining_bytes{${of(name)}} ${left} ${lastMs - left * 5 * second}`)
    .join("\n");
}

/** The same ring, which goes on every half second. */
function livelyRing(name: string): string {
  const polls = Math.floor((Date.now() - beganMs) / 500);
  return Array.from({ length: 10 }, (_, index) => polls - 9 + index)
    .map((poll) => `kubevirt_vmi_migration_data_remaining_bytes{${of(name)}} ${1_000 - poll} ${beganMs + poll * 500}`)
    .join("\n");
}

function virtHandler(node: string): string {
  if (node === "n3")
    return `${domain('namespace="shop",name="twin"', 1)}\n${domain('namespace="test",name="twin"', 3)}\n`;
  scrapes += 1;
  const chosen = scrapes % 3 === 0 ? "x" : "y";
  return `${[
    domain(of("folded", `,kubernetes_vmi_label_app="${chosen}"`), 1),
    domain(of("empty", ',kubernetes_vmi_label_app=""'), 1),
    ...["is-polled", "has-migrated", "migrates-again"].map((name) => domain(of(name), 1)),
    livelyRing("is-polled"),
    ring("has-migrated", 30 * second),
    ring("migrates-again", 30 * second),
  ].join("\n")}\n`;
}

/** KubeVirt writes labels that it has no value for as empty ones. */
function virtController(): string {
  const labels = 'namespace="shop",name="empty",node="",vmi_pod=""';
  return [
    `kubevirt_vmi_info{${labels},phase="running",os=""} 1`,
    'kubevirt_vmi_status_addresses{namespace="shop",name="empty",vnic_name="default",address=""} 1',
    'kubevirt_vmi_status_addresses{namespace="shop",name="empty",vnic_name="second",address="10.0.0.1"} 1\n',
  ].join("\n");
}

/** collectd gives each sample the time at which it read it, and calls the domain `instance`. */
function collectd(node: string): string {
  const readMs = Date.now() - 300;
  const nanoseconds = 2e9 * ((readMs - beganMs) / second + 100);
  const name = node === "n3" ? "honoured" : "read";
  return `collectd_virt_virt_cpu_total_total{instance="shop_${name}"} ${nanoseconds} ${readMs}\n`;
}

let supervisor: Supervisor;
let url = "";

beforeAll(async () => {
  supervisor = createSupervisor();
  const exposition = { virtHandler, virtController, virtApi: () => "", collectd, libvirtExporter: () => "" };
  const exporter = await startExporter(exposition, ["n1", "n3"]);
  await supervisor.own({ [Symbol.asyncDispose]: exporter.stop });
  const of3 = { __metrics_path__: "/virt-handler/n3/metrics", namespace: "kubevirt", instance: "10.0.0.9:8443" };
  const further = [
    { job_name: "plain", static_configs: [{ targets: [exporter.address], labels: of3 }] },
    {
      job_name: "collectd with its labels",
      honor_labels: true,
      static_configs: [{ targets: [exporter.address], labels: { __metrics_path__: "/collectd/n3/metrics" } }],
    },
  ];
  const started = await startPrometheus({
    binary: (await findPrometheus({ env: process.env, report: () => undefined })).prometheus,
    directory: join(await temporaryFolder(supervisor), "prometheus"),
    scrapeConfigs: [...scrapeConfigs(exporter.address, ["n1"], ["kubevirt", "collectd"]), ...further],
    scrapeIntervalMs: second / 4,
    signal: supervisor.signal,
  });
  ({ url } = await supervisor.own(started));
  await until(
    () => Promise.resolve(scrapes),
    (count) => count > 10,
    30,
  );
});

afterAll(async () => {
  await supervisor.stop();
});

/** What the API says: which migrations began and ended, so many seconds before the first scrape. */
const migrations: Readonly<Record<string, { readonly from: number; readonly to?: number }>> = {
  "is-polled": { from: 60 },
  "has-migrated": { from: 80, to: 28 },
  "migrates-again": { from: 10 },
};

function stateOf({ from, to }: { readonly from: number; readonly to?: number }): Migration {
  const began = { sourceNode: "n1", targetNode: "n2", targetPod: "p", startedAtMs: beganMs - from * second };
  return to === undefined ? began : { ...began, endedAtMs: beganMs - to * second };
}

function instance(namespace: string, name: string): VirtualMachineInstance {
  const createdAtMs = beganMs - 3_600 * second;
  const course = migrations[name];
  const facts = { namespace, createdAtMs, runningSinceMs: createdAtMs };
  return vmi(name, { ...facts, ...(course === undefined ? {} : { migration: stateOf(course) }) });
}

function provider(vms: Readonly<Record<string, unknown>> = {}) {
  const names = ["folded", "empty", "read", "honoured", "twin", ...Object.keys(migrations)];
  const machines = [...names.map((name) => instance("shop", name)), instance("test", "twin")];
  return providerOn(url, inventory({ virtualMachineInstances: store(machines) }), { vms });
}

test.for([
  ["a label has another value at each scrape", "folded", "cpu-usageCores", 1],
  ["a label has another value at each scrape", "folded", "memory-residentBytes", 100],
  ["a label has another value at each scrape", "folded", "guest-memoryUsedBytes", 150],
  ["a label is empty", "empty", "cpu-usageCores", 1],
  ["a label is empty", "empty", "guest-stateCode", 1],
  ["an address is empty", "empty", "guest-addressCount", 1],
  ["the pod is empty, as that of what has not been scheduled", "empty", "migration-activeBoolean", "notReported"],
  ["samples come with the time at which collectd read them", "read", "cpu-usageCores", 2],
  [
    "the samples of a migration that is over come again at each scrape",
    "has-migrated",
    "migration-dataRemainingBytes",
    "noMigration",
  ],
  [
    "those of an earlier migration come again at each scrape",
    "migrates-again",
    "migration-dataRemainingBytes",
    "warmingUp",
  ],
] as const)("%s: of %s %s is %s", async ([, name, metric, answer]) => {
  expect(near(await ask(provider(), metric, { name }), answer)).toBe(answer);
});

test("the samples of a migration come again at each scrape: the newest counts, and as old as it is", async () => {
  const answer = await provider().read(
    {
      metric: "migration-dataRemainingBytes",
      resource: { group: "kubevirt.io", resource: "virtualmachineinstances" },
      namespace: "shop",
      target: { by: "name", name: "is-polled" },
      metricSelector: [],
    },
    ignore,
  );
  const [{ value, timestampMs } = { value: NaN, timestampMs: NaN }] = answer.ok ? answer.value : [];
  expect(Date.now() - timestampMs).toBeLessThan(10 * second);
  // To a few milliseconds: the time of the scrape is not taken for the time of the sample.
  expect(value).toBeCloseTo(1_000 - (timestampMs - beganMs) / 500, 2);
});

describe("labels that are honoured where they usually are not, or not where they usually are", () => {
  const labels = { namespace: "exported_namespace" };
  test.for([
    ["shop", 1],
    ["test", 3],
  ] as const)("of the two of one name that of namespace %s uses %d cores", async ([namespace, cores]) => {
    const object = { namespace, name: "twin" };
    expect(near(await ask(provider({ labels }), "cpu-usageCores", object), cores)).toBe(cores);
    expect(await ask(provider({ labels }), "memory-residentBytes", object)).toBe(100 * cores);
  });

  test("collectd's instance is the domain", async () => {
    const configured = provider({ labels: { collectdHost: "instance" } });
    expect(near(await ask(configured, "cpu-usageCores", { name: "honoured" }), 2)).toBe(2);
  });

  test.for(["twin", "honoured"])("nothing is found of %s by the default labels", async (name) => {
    expect(await ask(provider(), "cpu-usageCores", { name })).toBe("neverReported");
  });
});

/** What is expected if that is about what was answered: a rate is as exact as the times of scrapes are. */
function near(answered: number | string, expected: number | string): number | string {
  const isNear = Math.abs(Number(answered) / Number(expected) - 1) < 0.1;
  return isNear ? expected : answered;
}
