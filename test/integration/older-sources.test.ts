import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { differences, scraped, type SourceQuestion } from "../support/catalogue-figures.ts";
import type { InputSeries } from "../support/promtool.ts";
import { counter, gauge, type Labels, type Told } from "../support/told.ts";
import { ask, questionsOf, startTraps, type Trap } from "../support/traps.ts";

/** What is asked of which source, which series there are, and the figures by virtual machine. */
type Row = readonly [metric: string, source: string, readonly InputSeries[], Readonly<Record<string, number>>];

async function check([metric, source, input, expected]: Row): Promise<void> {
  const question: SourceQuestion = { metric, source };
  expect(await differences(catalogue, question, input, expected)).toBe("");
}

/** A counter that grows by so much per second. */
function by(perSecond: number): (seconds: number) => number {
  return (seconds) => 1_000 + perSecond * seconds;
}

/** How KubeVirt called a virtual machine in v0.15, in v0.16 to about v0.31, and after that. */
const v15 = 'domain="shop_vm",namespace="kubevirt",instance="n1"';
const v19 = 'domain="shop_vm",namespace="shop",name="vm",node="n1",instance="n1"';
const v40 = 'namespace="shop",name="vm",node="n1",instance="n1"';

function bothWays(series: string, labels: string, one: string, other: string): readonly InputSeries[] {
  return [
    scraped(`${series}{${labels},type="${one}"}`, by(3)),
    scraped(`${series}{${labels.replace("vnet0", "vnet1")},type="${one}"}`, by(4)),
    scraped(`${series}{${labels},type="${other}"}`, by(100)),
  ];
}

const [onV15, onV19, onV40] = [v15, v19, v40].map((labels) => `${labels},interface="vnet0"`);
const [drive15, drive40] = [v15, v40].map((labels) => `${labels},drive="vda"`);
const before20 = "KubeVirt v0.15 to v0.19";
const before41 = "KubeVirt v0.20 to v0.40";

function vcpus(series: string, labels: string, ...states: readonly string[]): readonly InputSeries[] {
  return states.map((state, id) => scraped(`${series}{${labels},id="${id}",state="${state}"}`, by(0.5)));
}

describe("KubeVirt before v0.41", () => {
  test.for<Row>([
    [
      "network-receiveBytesPerSecond",
      before41,
      bothWays("kubevirt_vmi_network_traffic_bytes_total", onV40 ?? "", "rx", "tx"),
      { vm: 7 },
    ],
    [
      "network-transmitPacketsPerSecond",
      before41,
      bothWays("kubevirt_vmi_network_traffic_packets_total", onV40 ?? "", "tx", "rx"),
      { vm: 7 },
    ],
    [
      "network-receiveErrorsPerSecond",
      "KubeVirt v0.19",
      bothWays("kubevirt_vm_network_errors_total", onV19 ?? "", "rx", "tx"),
      { vm: 7 },
    ],
    [
      "network-transmitBytesPerSecond",
      before20,
      bothWays("kubevirt_vm_network_traffic_bytes_total", onV15 ?? "", "tx", "rx"),
      { vm: 7 },
    ],
    [
      "storage-readOperationsPerSecond",
      before20,
      [scraped(`kubevirt_vm_storage_iops_total{${drive15},type="read"}`, by(2))],
      { vm: 2 },
    ],
    [
      "storage-writeBytesTotal",
      before41,
      [scraped(`kubevirt_vmi_storage_traffic_bytes_total{${drive40},type="write"}`, 9)],
      { vm: 9 },
    ],
    [
      "guest-memorySwapOutBytesPerSecond",
      before41,
      bothWays("kubevirt_vmi_memory_swap_traffic_bytes_total", v40, "out", "in").slice(1),
      { vm: 4 },
    ],
    ["memory-residentBytes", before20, [scraped(`kubevirt_vm_memory_resident_bytes{${v15}}`, 5)], { vm: 5 }],
    ["guest-memoryTotalBytes", before20, [scraped(`kubevirt_vm_memory_available_bytes{${v19}}`, 6)], { vm: 6 }],
    ["vcpu-usageCores", before20, vcpus("kubevirt_vm_vcpu_seconds", v15, "1", "1"), { vm: 1 }],
    ["vcpu-currentCount", before20, vcpus("kubevirt_vm_vcpu_seconds", v15, "1", "0"), { vm: 1 }],
    ["vcpu-currentCount", "KubeVirt v0.20", vcpus("kubevirt_vmi_vcpu_seconds", v40, "1", "2", "0"), { vm: 2 }],
    ["vcpu-stateCode", before20, vcpus("kubevirt_vm_vcpu_seconds", v15, "0", "2"), { vm: 2 }],
    ["vcpu-stateCode", "KubeVirt from v0.20", vcpus("kubevirt_vmi_vcpu_seconds", v40, "0", "1"), { vm: 1 }],
    ["vcpu-stateCode", "KubeVirt v0.41", vcpus("kubevirt_vmi_vcpu_seconds", v40, "offline"), { vm: 0 }],
  ])("%s from %s", check);
});

const domain = 'domain="shop_vm",instance="n1",job="libvirt"';
const kumina = "Kumina's libvirt exporter";
const tinkoff = "Tinkoff's libvirt exporter";
const either = "Kumina's or Tinkoff's";

function drives(what: string, value: number, ...names: readonly string[]): readonly InputSeries[] {
  return names.map((name) => scraped(`libvirt_domain_block_stats_${what}{${domain},target_device="${name}"}`, value));
}

const reads = scraped(`libvirt_domain_block_stats_read_requests_total{${domain},target_device="vda"}`, by(10));
const readTime = scraped(`libvirt_domain_block_stats_read_seconds_total{${domain},target_device="vda"}`, by(0.2));

function memory(tag: string, bytes: number): InputSeries {
  return scraped(`libvirt_domain_memory_stats_${tag}{${domain}}`, bytes);
}

describe("libvirt exporters with names of their own", () => {
  test.for<Row>([
    ["storage-readTimeSecondsPerSecond", kumina, [readTime], { vm: 0.2 }],
    ["storage-readLatencySeconds", kumina, [readTime, reads], { vm: 0.02 }],
    ["vcpu-currentCount", either, [scraped(`libvirt_domain_info_virtual_cpus{${domain}}`, 4)], { vm: 4 }],
    ["guest-stateCode", tinkoff, [scraped(`libvirt_domain_info_vstate{${domain}}`, 3)], { vm: 3 }],
    ["storage-deviceCount", either, drives("read_requests_total", 7, "vda", "vdb"), { vm: 2 }],
    [
      "network-interfaceCount",
      either,
      [scraped(`libvirt_domain_interface_stats_receive_bytes_total{${domain},target_device="tap1"}`, 7)],
      { vm: 1 },
    ],
    [
      "storage-devicePhysicalBytes",
      tinkoff,
      [...drives("read_requests_total", 7, "vda", "vdb"), ...drives("physicalsize_bytes", 30, "vda", "vdb")],
      { vm: 60 },
    ],
    // A drive on the network has no size on the host.
    [
      "storage-devicePhysicalBytes",
      tinkoff,
      [...drives("read_requests_total", 7, "vda", "vdb"), ...drives("physicalsize_bytes", 30, "vda")],
      {},
    ],
    ["guest-memoryTotalBytes", "libvirt exporter", [memory("available_bytes", 8)], { vm: 8 }],
    // Tinkoff's says 0 of what it does not know.
    ["guest-memoryTotalBytes", "libvirt exporter", [memory("available_bytes", 0)], {}],
    ["guest-memoryUsedBytes", "libvirt exporter", [memory("available_bytes", 8), memory("usable_bytes", 0)], {}],
    ["guest-memoryUsedBytes", "libvirt exporter", [memory("available_bytes", 8), memory("usable_bytes", 3)], { vm: 5 }],
    [
      "guest-memoryMajorFaultsPerSecond",
      "libvirt exporter",
      [memory("major_fault_total", 0), memory("minor_fault_total", 0)],
      {},
    ],
    [
      "guest-memoryMajorFaultsPerSecond",
      "libvirt exporter",
      [memory("major_fault_total", 0), memory("minor_fault_total", 9)],
      { vm: 0 },
    ],
  ])("%s from %s, row %$", check);
});

/** As Prometheus has what v0.15 wrote: the virtual machine is in the domain's name alone. */
function old(what: string, name: string, perSecond: number, labels: Labels = {}): Told {
  const target = { namespace: "kubevirt", name: "", domain: `shop_${name}`, instance: "n1" };
  return counter(`kubevirt_vm_${what}`, perSecond, { ...target, ...labels });
}

const node = { node: "n1", instance: "n1" };
const clusters: readonly Trap[] = [
  {
    what: "v0.15",
    series: [
      old("vcpu_seconds", "v0-15", 0.5, { id: "0", state: "1" }),
      old("network_traffic_bytes_total", "v0-15", 20, { interface: "vnet0", type: "rx" }),
      old("network_traffic_bytes_total", "v0-15", 7, { interface: "vnet0", type: "tx" }),
    ],
    reads: {
      "vcpu-usageCores": 0.5,
      "vcpu-currentCount": 1,
      "network-receiveBytesPerSecond": 20,
      "network-receiveBytesPerSecond interface=vnet0": "neverReported",
      "network-receivePacketsPerSecond": "notReported",
      "cpu-usageCores": "neverReported",
    },
  },
  {
    what: "v0.40",
    series: [
      counter("kubevirt_vmi_vcpu_seconds", 0.5, { ...node, id: "0", state: "running" }),
      counter("kubevirt_vmi_vcpu_wait_seconds", 250, { ...node, id: "0" }),
      counter("kubevirt_vmi_network_traffic_packets_total", 3, { ...node, interface: "vnet0", type: "tx" }),
      counter("kubevirt_vmi_storage_iops_total", 4, { ...node, drive: "vda", type: "write" }),
      // Nanoseconds, whatever the name says.
      counter("kubevirt_vmi_storage_times_ms_total", 5e8, { ...node, drive: "vda", type: "write" }),
      gauge("kubevirt_vmi_memory_resident_bytes", 700, node),
      gauge("kubevirt_vmi_memory_available_bytes", 900, node),
    ],
    reads: {
      "vcpu-usageCores": 0.5,
      "vcpu-waitSecondsPerSecond": 0.25,
      "network-transmitPacketsPerSecond": 3,
      "storage-writeOperationsPerSecond": 4,
      "storage-writeTimeSecondsPerSecond": "notReported",
      "storage-writeLatencySeconds": "notReported",
      "memory-residentBytes": 700,
      "guest-memoryTotalBytes": 900,
    },
  },
];

let supervisor: Supervisor;
let provider: MetricsProvider;

beforeAll(async () => {
  supervisor = createSupervisor();
  provider = await startTraps(clusters, supervisor);
});

afterAll(async () => {
  await supervisor.stop();
});

test.for(questionsOf(clusters))("of KubeVirt %s, %s is %s", async ([, question, answer, object]) => {
  expect(await ask(provider, question, object)).toBe(answer);
});
