import type { BaseUnit } from "../../naming/unit.ts";
import { collectd, libvirtExporter, virtController, virtHandler } from "../exporter.ts";
import { type CounterSource, counterMetrics } from "./counters.ts";
import { distinct, ofLeader, ofNodes } from "./expressions.ts";
import { collectdCounter, collectdDevice, libvirtCounter, libvirtDevice, ofEither } from "./foreign-devices.ts";
import { type OlderCounter, olderCounters } from "./older-names.ts";
import { newestWithTime } from "./own-times.ts";
import type { VmMetric } from "./vm-metric.ts";

/** What goes into the virtual machine, or out of it. */
interface Direction {
  readonly name: "receive" | "transmit";
  /** As collectd calls it. */
  readonly short: "rx" | "tx";
  /** What the virtual machine has to do with what goes there. */
  readonly done: "received" | "sent";
  readonly way: "to" | "from";
}

/** What is counted at the interfaces, once for each direction. */
interface Counted {
  readonly seedRow: number;
  /** As the metrics' names say it. */
  readonly word: string;
  readonly unit: BaseUnit;
  /** What stands in the series' names. */
  readonly kubevirt: string;
  readonly collectd: string;
  readonly libvirt: string;
  /** In KubeVirt before v0.41; absent where that is not known. */
  readonly older?: Pick<OlderCounter, "what" | "before20">;
  /** What is counted, for people. */
  readonly says: (direction: Direction) => string;
}

const receive: Direction = { name: "receive", short: "rx", done: "received", way: "to" };
const transmit: Direction = { name: "transmit", short: "tx", done: "sent", way: "from" };

const all = "over all its network interfaces but those that the host hands through (SR-IOV), which nobody counts";

const bytes: Counted = {
  seedRow: 4,
  word: "Bytes",
  unit: "Bytes",
  kubevirt: "bytes",
  collectd: "octets",
  libvirt: "bytes",
  older: { what: "network_traffic_bytes", before20: "KubeVirt v0.15 to v0.19" },
  says: ({ done }) => `Bytes ${done} by the virtual machine`,
};
const packets: Counted = {
  seedRow: 5,
  word: "Packets",
  unit: "Packets",
  kubevirt: "packets",
  collectd: "packets",
  libvirt: "packets",
  older: { what: "network_traffic_packets", before20: "KubeVirt v0.19" },
  says: ({ done }) => `Packets ${done} by the virtual machine`,
};
const errors: Counted = {
  seedRow: 6,
  word: "Errors",
  unit: "Errors",
  kubevirt: "errors",
  collectd: "errors",
  libvirt: "errors",
  older: { what: "network_errors", before20: "KubeVirt v0.19" },
  says: ({ way }) => `Errors that the host counts on packets on their way ${way} the virtual machine`,
};
const droppedPackets: Counted = {
  seedRow: 7,
  word: "DroppedPackets",
  unit: "Packets",
  kubevirt: "packets_dropped",
  collectd: "dropped",
  libvirt: "drops",
  says: ({ way }) =>
    `Packets that the host drops on their way ${way} the virtual machine, as it does when a queue is full,`,
};

function metricsOf(counted: Counted, direction: Direction): readonly VmMetric[] {
  const { word, unit, says, seedRow } = counted;
  const name = `network-${direction.name}${word}`;
  return counterMetrics({
    rate: { name: `${name}PerSecond`, unit: `${unit}PerSecond`, help: `${says(direction)} per second, ${all}.` },
    total: {
      name: `${name}Total`,
      unit: `${unit}Total`,
      help: `${says(direction)} since it began to run where it runs, ${all}.`,
    },
    seedRow,
    device: "interface",
    counters: countersOf(counted, direction),
  });
}

function countersOf(counted: Counted, { name, short }: Direction): readonly CounterSource[] {
  return [
    {
      versions: "KubeVirt since v0.41",
      exporter: virtHandler,
      reading: { series: `kubevirt_vmi_network_${name}_${counted.kubevirt}_total`, device: "interface" },
    },
    collectdCounter(`collectd_virt_if_${counted.collectd}_${short}_total`),
    libvirtCounter(`libvirt_domain_interface_stats_${name}_${counted.libvirt}_total`),
    ...(counted.older === undefined ? [] : olderCounters({ ...counted.older, type: short, device: "interface" })),
  ];
}

const collectdBytes = { series: "collectd_virt_if_octets_rx_total" };
const libvirtBytes = { series: "libvirt_domain_interface_stats_receive_bytes_total" };

/** Traffic of the virtual machine's network interfaces. */
export const networkMetrics: readonly VmMetric[] = [
  ...[bytes, packets, errors, droppedPackets].flatMap((counted) =>
    [receive, transmit].flatMap((direction) => metricsOf(counted, direction)),
  ),
  {
    name: "network-interfaceCount",
    unit: "Count",
    kind: "gauge",
    help: "The virtual machine's network interfaces. Where only a node's agent counts them, those that the host hands through (SR-IOV) are missing.",
    stability: "ALPHA",
    since: "0.1",
    seedRow: 25,
    unsuitable: "It follows from the virtual machine's specification and says nothing of its load.",
    sources: [
      {
        series: "kubevirt_vmi_vnic_info",
        versions: "KubeVirt since v1.5",
        exporter: virtController,
        expression: distinct({ series: "kubevirt_vmi_vnic_info" }, "vnic_name", ofLeader),
      },
      {
        series: "kubevirt_vmi_network_receive_bytes_total",
        versions: "KubeVirt since v0.41, without SR-IOV",
        exporter: virtHandler,
        expression: distinct({ series: "kubevirt_vmi_network_receive_bytes_total" }, "interface", ofNodes),
      },
      {
        series: collectdBytes.series,
        versions: "collectd's virt plugin, without SR-IOV",
        exporter: collectd,
        expression: distinct(collectdBytes, collectdDevice, ofNodes),
        time: newestWithTime(collectdBytes).time,
      },
      {
        series: "libvirt_domain_interface_stats_info",
        versions: "libvirt exporter, without SR-IOV",
        exporter: libvirtExporter,
        expression: distinct({ series: "libvirt_domain_interface_stats_info" }, libvirtDevice, ofNodes),
      },
      {
        series: libvirtBytes.series,
        versions: `${ofEither}, without SR-IOV`,
        exporter: libvirtExporter,
        expression: distinct(libvirtBytes, libvirtDevice, ofNodes),
      },
    ],
  },
];
