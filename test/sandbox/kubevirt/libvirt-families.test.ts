import { describe, expect, test } from "vitest";
import { createExposition } from "../../../sandbox/kubevirt/exposition.ts";
import { type ParsedFamily, parseExposition } from "./parse-exposition.ts";
import { fleetAt, running, spec } from "./specs.ts";

/** VMs: one that runs for 13 s, one that is paused, one that hangs and one that migrates away, half way through. */
function world(): ReturnType<typeof fleetAt> {
  const here = fleetAt(1_000);
  const { fleet, pass } = here;
  fleet.setLoad("shop", "a", { cores: 1.5, memoryUsedBytes: 2 ** 29, receiveBytesPerSecond: 3_000_000 });
  fleet.setLoad("shop", "m", { cores: 1 });
  const traits = { vcpus: 3, interfaces: ["default", "Net_1"], disks: ["rootdisk", "data"] };
  running(here, ...["a", "paused", "hung", "m"].map((name) => spec(name, traits)));
  pass(8);
  fleet.pause("shop", "paused");
  fleet.hang("shop", "hung");
  fleet.migrate("shop", "m", { migrationMs: 10_000 });
  pass(5);
  return here;
}

type Kind = "collectd" | "libvirtExporter" | "virtHandler";

function familiesOf(kind: Kind, { fleet, nowMs }: ReturnType<typeof fleetAt>): ReadonlyMap<string, ParsedFamily> {
  const exposition = createExposition({ fleet, nowMs });
  return parseExposition(exposition[kind]("n1") + exposition[kind]("n2"));
}

/** Series of a family without the labels that say the domain. */
function seriesOf(
  families: ReadonlyMap<string, ParsedFamily>,
  family: string,
  domain: string,
): readonly (readonly [string, number])[] {
  return (families.get(family)?.series ?? [])
    .filter(({ labels }) => [labels["domain"], labels["instance"]].includes(domain))
    .map(({ labels, value }) => {
      const own = Object.entries(labels).filter(([name]) => name !== "domain" && name !== "instance");
      return [own.map((pair) => pair.join("=")).join(" "), value] as const;
    });
}

describe("collectdFamilies()", () => {
  const families = familiesOf("collectd", world());

  test.for([
    ["virt_cpu_total_total", "shop_a", [["", 19.5e9]]],
    ["ps_cputime_user_total", "shop_a", [["", 13.65e9]]],
    ["memory", "shop_a", 6],
    [
      "swap_io_total",
      "shop_a",
      [
        ["virt=in", 52],
        ["virt=out", 104],
      ],
    ],
    ["ps_pagefaults_majflt_total", "shop_a", [["", 26]]],
    [
      "virt_vcpu_total",
      "shop_a",
      [
        ["virt=0", 5.85e9],
        ["virt=1", 5.85e9],
        ["virt=2", 5.85e9],
      ],
    ],
    [
      "if_octets_rx_total",
      "shop_a",
      [
        ["virt=tap0", 19_500_000],
        ["virt=tap1", 19_500_000],
      ],
    ],
    [
      "disk_ops_read_total",
      "shop_a",
      [
        ["virt=vda", 6],
        ["virt=vdb", 6],
      ],
    ],
    [
      "disk_time_read_total",
      "shop_a",
      [
        ["virt=vda", 3_000_000],
        ["virt=vdb", 3_000_000],
      ],
    ],
    [
      "total_requests_total",
      "shop_a",
      [
        ["virt=flush-vda", 1],
        ["virt=flush-vdb", 1],
      ],
    ],
    [
      "total_time_in_ms_total",
      "shop_a",
      [
        ["virt=flush-vda", 2_000],
        ["virt=flush-vdb", 2_000],
      ],
    ],
    [
      "disk_capacity",
      "shop_a",
      [
        ["virt=vda", 20 * 2 ** 30],
        ["virt=vdb", 20 * 2 ** 30],
      ],
    ],
    ["domain_state_state", "shop_a", [["", 1]]],
    ["domain_state_state", "shop_paused", [["", 3]]],
    ["virt_cpu_total_total", "shop_paused", []],
    ["virt_cpu_total_total", "shop_hung", []],
    ["job_stats_total", "shop_a", []],
  ] as const)("collectd_virt_%s of %s", ([type, domain, expected]) => {
    const series = seriesOf(families, `collectd_virt_${type}`, domain);
    expect(typeof expected === "number" ? series.length : series).toEqual(expected);
  });

  test("has a migration's job in libvirt's own units", () => {
    const job = Object.fromEntries(seriesOf(families, "collectd_virt_job_stats_total", "shop_m"));
    expect(job).toMatchObject({
      "virt=time_elapsed": 5_000,
      "virt=downtime": 300,
      "virt=data_total": 2 ** 31,
      "virt=data_processed": 2 ** 30,
      "virt=memory_remaining": 2 ** 30,
      "virt=memory_dirty_rate": 256,
      "virt=memory_page_size": 4_096,
    });
    expect(families.get("collectd_virt_job_stats_total")?.type).toBe("counter");
  });

  test("gives every sample a timestamp", () => {
    const { nowMs } = world();
    const times = [...families.values()].flatMap(({ series }) => series.map(({ timestampMs }) => timestampMs));
    expect(new Set(times)).toEqual(new Set([nowMs()]));
  });
});

describe("libvirtExporterFamilies()", () => {
  const families = familiesOf("libvirtExporter", world());

  test.for([
    ["info_cpu_time_seconds_total", "shop_a", [["", 19.5]]],
    ["info_state", "shop_a", [["state_desc=the domain is running", 1]]],
    ["info_state", "shop_paused", [["state_desc=the domain is paused by user", 3]]],
    ["info_state", "shop_hung", []],
    [
      "vcpu_time_seconds_total",
      "shop_a",
      [
        ["vcpu=0", 5.85],
        ["vcpu=1", 5.85],
        ["vcpu=2", 5.85],
      ],
    ],
    [
      "vcpu_state",
      "shop_a",
      [
        ["vcpu=0", 1],
        ["vcpu=1", 1],
        ["vcpu=2", 1],
      ],
    ],
    [
      "interface_stats_receive_bytes_total",
      "shop_a",
      [
        ["target_device=tap0", 19_500_000],
        ["target_device=tap1", 19_500_000],
      ],
    ],
    [
      "block_stats_read_requests_total",
      "shop_a",
      [
        ["target_device=vda", 6],
        ["target_device=vdb", 6],
      ],
    ],
    [
      "block_stats_flush_time_seconds_total",
      "shop_a",
      [
        ["target_device=vda", 0.002],
        ["target_device=vdb", 0.002],
      ],
    ],
    ["memory_stats_maximum_bytes", "shop_a", [["", 2 ** 31]]],
    ["job_info_type", "shop_a", [["", 0]]],
    ["job_info_data_total_bytes", "shop_a", [["", 0]]],
    ["job_info_type", "shop_m", [["", 2]]],
    ["job_info_time_elapsed_seconds", "shop_m", [["", 5_000]]],
    ["job_info_memory_processed_bytes", "shop_m", [["", 2 ** 30]]],
  ] as const)("libvirt_domain_%s of %s", ([family, domain, expected]) => {
    const series = seriesOf(families, `libvirt_domain_${family}`, domain);
    expect(series.map(([labels, value]) => [labels, Number(value.toFixed(9))])).toEqual(expected);
  });
});

/** What virt-handler writes, by the families of the other exporters that say the same, in the same unit or its parts. */
const same = [
  ["kubevirt_vmi_cpu_usage_seconds_total", "collectd_virt_virt_cpu_total_total", 1e9],
  ["kubevirt_vmi_cpu_usage_seconds_total", "libvirt_domain_info_cpu_time_seconds_total", 1],
  ["kubevirt_vmi_network_receive_bytes_total", "collectd_virt_if_octets_rx_total", 1],
  ["kubevirt_vmi_network_transmit_packets_total", "libvirt_domain_interface_stats_transmit_packets_total", 1],
  ["kubevirt_vmi_storage_write_times_seconds_total", "collectd_virt_disk_time_write_total", 1e9],
  ["kubevirt_vmi_storage_write_traffic_bytes_total", "libvirt_domain_block_stats_write_bytes_total", 1],
  ["kubevirt_vmi_memory_available_bytes", "libvirt_domain_memory_stats_available_bytes", 1],
] as const;

test.for(same)("%s is %s", ([ofKubevirt, ofOther, unit]) => {
  const here = world();
  const [expected, found] = (
    [
      ["virtHandler", ofKubevirt, "a"],
      [ofOther.startsWith("collectd") ? "collectd" : "libvirtExporter", ofOther, "shop_a"],
    ] as const
  ).map(([kind, family, vm]) =>
    (familiesOf(kind, here).get(family)?.series ?? [])
      .filter(({ labels }) => [labels["name"], labels["instance"], labels["domain"]].includes(vm))
      .reduce((sum, { value }) => sum + value, 0),
  );
  expect(found).toBeGreaterThan(0);
  expect(Math.abs((found ?? NaN) / unit - (expected ?? NaN))).toBeLessThan(1e-6);
});
