import { describe, expect, test } from "vitest";
import { networkMetrics } from "../../src/vm/catalogue/network.ts";
import { storageMetrics } from "../../src/vm/catalogue/storage.ts";
import { differences, scraped, type SourceQuestion, timed } from "../support/catalogue-figures.ts";
import type { InputSeries } from "../support/promtool.ts";

/** What is asked, which series there are, and the figures by virtual machine. */
type Row = readonly [string, SourceQuestion, readonly InputSeries[], Readonly<Record<string, number>>];

async function check([, question, input, expected]: Row): Promise<void> {
  expect(await differences([...networkMetrics, ...storageMetrics], question, input, expected)).toBe("");
}

/** A counter that grows by so much per second. */
function by(perSecond: number): (seconds: number) => number {
  return (seconds) => 1_000 + perSecond * seconds;
}

const vm = 'namespace="shop",name="vm"';
const domain = 'domain="shop_vm",instance="n1",job="libvirt"';
const host = 'exported_instance="shop_vm",instance="n1",job="collectd"';

describe("network-receiveBytesPerSecond", () => {
  const metric = "network-receiveBytesPerSecond";
  function bytes(nic: string, perSecond: number, further = ""): InputSeries {
    return scraped(
      `kubevirt_vmi_network_receive_bytes_total{${vm},node="n1",interface="${nic}"${further}}`,
      by(perSecond),
    );
  }
  const two = [bytes("default", 3), bytes("Net_1", 4)];
  const replicas = [bytes("default", 3, ',prometheus_replica="a"'), bytes("default", 3, ',prometheus_replica="b"')];
  const kubevirt: SourceQuestion = { metric, source: "kubevirt_vmi_network_receive" };
  const [libvirt, collectd] = [
    "libvirt_domain_interface_stats_receive_bytes_total",
    "collectd_virt_if_octets_rx_total",
  ];
  test.for<Row>([
    ["is the sum of the interfaces", kubevirt, two, { vm: 7 }],
    ["is that of one interface", { ...kubevirt, devices: [{ op: "=", value: "Net_1" }] }, two, { vm: 4 }],
    ["is that of all but one", { ...kubevirt, devices: [{ op: "!=", value: "Net_1" }] }, two, { vm: 3 }],
    ["is counted once in two replicas of Prometheus", kubevirt, replicas, { vm: 3 }],
    [
      "is the sum of taps",
      { metric, source: "libvirt" },
      ["tap1", "tap2"].map((tap) => scraped(`${libvirt}{${domain},target_device="${tap}"}`, by(2))),
      { vm: 4 },
    ],
    [
      "is not known for a while after libvirt gave nothing, which the exporter writes as 0",
      { metric, source: "libvirt" },
      [
        scraped(`${libvirt}{${domain},target_device="tap1"}`, (seconds) =>
          seconds > 520 && seconds < 550 ? 0 : 1e9 + 2 * seconds,
        ),
        scraped(`${libvirt}{${domain},target_device="tap2"}`, by(2)),
      ],
      { vm: 4 },
    ],
    [
      "is the sum of taps with times of their own",
      { metric, source: "collectd" },
      ["tap1", "tap2"].map((tap) => timed(`${collectd}{${host},virt="${tap}"}`, by(2))),
      { vm: 4 },
    ],
  ])("%s", check);
});

describe("a total", () => {
  const metric = "storage-writeTimeSecondsTotal";
  const seconds = "kubevirt_vmi_storage_write_times_seconds_total";
  const v11: SourceQuestion = { metric, source: "KubeVirt since v1.1" };
  const milliseconds = `kubevirt_vmi_storage_write_times_ms_total{${vm},node="n1",drive="root.disk"}`;
  function migrates(to?: number): readonly InputSeries[] {
    return [
      scraped(`${seconds}{${vm},node="n1",drive="root.disk"}`, 9, 0, to),
      scraped(`${seconds}{${vm},node="n2",drive="root.disk"}`, 8),
    ];
  }
  test.for<Row>([
    ["is the highest while two nodes report it", v11, migrates(), { vm: 9 }],
    ["is the target's when the source has ended", v11, migrates(570), { vm: 8 }],
    [
      "is in seconds before v1.1",
      { metric, source: "KubeVirt v0.41 to v1.0" },
      [scraped(milliseconds, 9_000)],
      { vm: 9 },
    ],
    [
      "is in seconds of collectd",
      { metric, source: "collectd" },
      [timed(`collectd_virt_disk_time_write_total{${host},virt="vda"}`, 9e9)],
      { vm: 9 },
    ],
    [
      "is that of flushes alone, which collectd has in microseconds",
      { metric: "storage-flushTimeSecondsTotal", source: "collectd" },
      ["flush-vda", "flush-vdb", "other"].map((virt) =>
        timed(`collectd_virt_total_time_in_ms_total{${host},virt="${virt}"}`, 2e6),
      ),
      { vm: 4 },
    ],
  ])("%s", check);
});

describe("storage-readLatencySeconds", () => {
  const metric = "storage-readLatencySeconds";
  function reads(drive: string, perSecond: number, seconds: number): readonly InputSeries[] {
    const labels = `${vm},node="n1",drive="${drive}"`;
    return [
      scraped(`kubevirt_vmi_storage_iops_read_total{${labels}}`, by(perSecond)),
      scraped(`kubevirt_vmi_storage_read_times_seconds_total{${labels}}`, by(perSecond * seconds)),
      scraped(`kubevirt_vmi_storage_read_times_ms_total{${labels}}`, by(1_000 * perSecond * seconds)),
    ];
  }
  const two = [...reads("fast", 9, 0.01), ...reads("slow", 1, 0.11)];
  const kubevirt: SourceQuestion = { metric, source: "KubeVirt since v1.1" };
  const libvirt = [
    scraped(`libvirt_domain_block_stats_read_requests_total{${domain},target_device="vda"}`, by(10)),
    scraped(`libvirt_domain_block_stats_read_time_seconds_total{${domain},target_device="vda"}`, by(0.2)),
    scraped(`libvirt_domain_block_stats_read_time_seconds_total{${domain},target_device="sda"}`, by(5)),
  ];
  const collectd = [
    timed(`collectd_virt_disk_ops_read_total{${host},virt="vda"}`, by(10)),
    timed(`collectd_virt_disk_time_read_total{${host},virt="vda"}`, by(2e8)),
  ];
  test.for<Row>([
    ["is the mean of operations, not of drives", kubevirt, two, { vm: 0.02 }],
    ["is that of one drive", { ...kubevirt, devices: [{ op: "=", value: "slow" }] }, two, { vm: 0.11 }],
    ["is in seconds before v1.1", { metric, source: "KubeVirt v0.41" }, two, { vm: 0.02 }],
    ["is in seconds of collectd", { metric, source: "collectd" }, collectd, { vm: 0.02 }],
    [
      "leaves out drives without operations of the libvirt exporter",
      { metric, source: "libvirt exporter" },
      libvirt,
      { vm: 0.02 },
    ],
    ["is no figure without operations", kubevirt, reads("root", 0, 1), {}],
  ])("%s", check);
});

describe("the figures of claims", () => {
  const metric = "storage-deviceAllocationBytes";
  const kubevirt: SourceQuestion = { metric, source: "kubelet" };
  function drive(name: string, device: string, claim: string, further = ""): InputSeries {
    const labels = `namespace="shop",name="${name}",device="${device}",persistentvolumeclaim="${claim}"${further}`;
    return scraped(`kubevirt_vm_disk_allocated_size_bytes{${labels}}`, 100);
  }
  function volume(claim: string, bytes: number, node = "n1", from = 0, to?: number): InputSeries {
    const labels = `namespace="shop",persistentvolumeclaim="${claim}",node="${node}",job="kubelet"`;
    return scraped(`kubelet_volume_stats_used_bytes{${labels}}`, bytes, from, to);
  }
  const two = [drive("vm", "root", "a"), drive("vm", "data", "b")];
  const shared = [
    drive("vm", "root", "a"),
    drive("other", "root", "b"),
    drive("vm", "data", "c"),
    drive("other", "data", "c"),
  ];
  const leaders = [drive("vm", "root", "a", ',instance="x"'), drive("vm", "root", "a", ',instance="y"')];
  test.for<Row>([
    ["add up over the drives", kubevirt, [...two, volume("a", 10), volume("b", 20)], { vm: 30 }],
    [
      "are those of one drive",
      { ...kubevirt, devices: [{ op: "=", value: "data" }] },
      [...two, volume("b", 20)],
      { vm: 20 },
    ],
    ["are not there when one is missing", kubevirt, [...two, volume("a", 10)], {}],
    [
      "count a shared claim for each",
      kubevirt,
      [...shared, volume("a", 1), volume("b", 2), volume("c", 20)],
      { vm: 21, other: 22 },
    ],
    [
      "are the newer kubelet's after a migration",
      kubevirt,
      [drive("vm", "root", "a"), volume("a", 30, "n1", 0, 540), volume("a", 10, "n2", 570)],
      { vm: 10 },
    ],
    ["count a drive once of two leaders", kubevirt, [...leaders, volume("a", 10)], { vm: 10 }],
    [
      "are the sizes that claims ask for",
      { metric: "storage-deviceCapacityBytes", source: "KubeVirt" },
      two,
      { vm: 200 },
    ],
    [
      "are collectd's of all drives, whose times differ",
      { metric, source: "collectd" },
      [
        timed(`collectd_virt_disk_allocation{${host},virt="vda"}`, 5, 0, 590),
        timed(`collectd_virt_disk_allocation{${host},virt="vdb"}`, 6),
        timed(`collectd_virt_disk_allocation{${host},virt="unplugged"}`, 7, 0, 540),
      ],
      { vm: 11 },
    ],
    [
      "are the libvirt exporter's of all drives",
      { metric: "storage-deviceCapacityBytes", source: "libvirt" },
      ["vda", "sda"].map((name) =>
        scraped(`libvirt_domain_block_stats_capacity_bytes{${domain},target_device="${name}"}`, 5),
      ),
      { vm: 10 },
    ],
  ])("%s", check);
});

describe("a count of devices", () => {
  const nics = ["default", "sriov"].flatMap((nic) =>
    ["x", "y"].map((leader) => scraped(`kubevirt_vmi_vnic_info{${vm},vnic_name="${nic}",instance="${leader}"}`, 1)),
  );
  const drives = ["n1", "n2"].map((node) =>
    scraped(`kubevirt_vmi_storage_iops_read_total{${vm},node="${node}",drive="root"}`, 7),
  );
  test.for<Row>([
    ["is that of interfaces", { metric: "network-interfaceCount", source: "KubeVirt since v1.5" }, nics, { vm: 2 }],
    ["is that of drives, on two nodes too", { metric: "storage-deviceCount", source: "KubeVirt" }, drives, { vm: 1 }],
    [
      "is that of collectd's drives",
      { metric: "storage-deviceCount", source: "collectd" },
      ["vda", "vdb"].map((name) => timed(`collectd_virt_disk_ops_read_total{${host},virt="${name}"}`, 7)),
      { vm: 2 },
    ],
    [
      "is that of the libvirt exporter's interfaces",
      { metric: "network-interfaceCount", source: "libvirt exporter" },
      [scraped(`libvirt_domain_interface_stats_info{${domain},target_device="tap1"}`, 1)],
      { vm: 1 },
    ],
  ])("%s", check);
});
