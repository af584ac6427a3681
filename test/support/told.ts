/** Labels of a series beside those that say which virtual machine it is about. Those that are empty are left out. */
export type Labels = Readonly<Record<string, string>>;

/** One series of a virtual machine's, whichever that is. */
export interface Told {
  /** Its name. */
  readonly family: string;
  readonly labels: Labels;
  /** In seconds before now, the oldest first. */
  readonly samples: readonly { readonly ago: number; readonly value: number }[];
}

/** When a series was scraped, in seconds before now. */
export interface Life {
  /** Default 600. */
  readonly from?: number;
  /** Default 0. */
  readonly to?: number;
  /** Default 30. */
  readonly every?: number;
  /** How long before now the last possible scrape was. Default 7. */
  readonly late?: number;
}

/** A gauge that is the same all the time, or a function of the seconds before now. */
export function gauge(
  series: string,
  value: number | ((ago: number) => number),
  labels: Labels = {},
  life: Life = {},
): Told {
  const { from = 600, to = 0, every = 30, late = 7 } = life;
  const count = Math.floor((from - late) / every) + 1;
  const times = Array.from({ length: count }, (_, index) => late + (count - 1 - index) * every);
  const samples = times
    .filter((ago) => ago >= to)
    .map((ago) => ({ ago, value: typeof value === "number" ? value : value(ago) }));
  return { family: series, labels, samples };
}

/** A counter that is 0 where it begins. */
export function counter(series: string, perSecond: number, labels: Labels = {}, life: Life = {}): Told {
  const { from = 600 } = life;
  return gauge(series, (ago) => perSecond * (from - ago), labels, life);
}

/** Series of KubeVirt's, by what they are about. */
export const family = {
  cpu: "kubevirt_vmi_cpu_usage_seconds_total",
  vcpu: "kubevirt_vmi_vcpu_seconds_total",
  received: "kubevirt_vmi_network_receive_bytes_total",
  resident: "kubevirt_vmi_memory_resident_bytes",
} as const;

/** The nodes. */
export const [n1, n2] = [{ node: "n1" }, { node: "n2" }] as const;
/** The pods of virt-controller: the one that leads, and the one that did. */
export const [leader, oldLeader] = [{ pod: "virt-controller-2" }, { pod: "virt-controller-1" }] as const;

/** What virt-handler says of each virtual machine. */
export const seen = counter(family.cpu, 1, n1);
/** What virt-controller says of each. */
export const known = info(leader);

/** An instance that runs, as virt-controller says it. */
function info(labels: Labels, life: Life = {}): Told {
  return gauge("kubevirt_vmi_info", 1, { phase: "running", vmi_pod: "p", ...labels }, life);
}

/** Two interfaces, a disk and two virtual CPUs, which use 0.5 and 0.25 of the 1 core that the whole uses. */
export function domain(labels: Labels, life: Life = {}): readonly Told[] {
  return [
    counter(family.cpu, 1, labels, life),
    counter(family.vcpu, 0.5, { ...labels, id: "0", state: "running" }, life),
    counter(family.vcpu, 0.25, { ...labels, id: "1", state: "running" }, life),
    counter(family.received, 10, { ...labels, interface: "default" }, life),
    counter(family.received, 20, { ...labels, interface: "second" }, life),
    counter("kubevirt_vmi_storage_iops_read_total", 3, { ...labels, drive: "root" }, life),
    gauge(family.resident, 700, labels, life),
    gauge("kubevirt_vmi_memory_available_bytes", 800, labels, life),
    gauge("kubevirt_vmi_memory_usable_bytes", 500, labels, life),
  ];
}

/** What is true of that, however often and under whichever labels it is reported. */
export const domainReads = {
  "cpu-usageCores": 1,
  "cpu-usageRatio": 0.5,
  "vcpu-usageCores": 0.75,
  "vcpu-currentCount": 2,
  "network-receiveBytesPerSecond": 30,
  "storage-readOperationsPerSecond": 3,
  "storage-deviceCount": 1,
  "memory-residentBytes": 700,
  "guest-memoryUsedBytes": 300,
} as const;

/** What the API says of a virtual machine, as virt-controller repeats it. */
export function machine(labels: Labels, life: Life = {}): readonly Told[] {
  return [
    info(labels, life),
    gauge("kubevirt_vm_resource_requests", 900, { ...labels, resource: "memory", source: "guest" }, life),
    gauge("kubevirt_vmi_vnic_info", 1, { ...labels, vnic_name: "default" }, life),
    gauge("kubevirt_vmi_status_addresses", 1, { ...labels, vnic_name: "default", address: "10.0.0.1" }, life),
    gauge("kubevirt_vmi_migration_succeeded", 1, { ...labels, vmim: "m" }, life),
    gauge("kubevirt_vm_disk_allocated_size_bytes", 60, { ...labels, device: "root", persistentvolumeclaim: "c" }, life),
  ];
}

/** What is true of that, whoever repeats it. */
export const machineReads = {
  "guest-stateCode": 1,
  "memory-balloonMaximumBytes": 900,
  "network-interfaceCount": 1,
  "guest-addressCount": 1,
  "migration-succeededCount": 1,
  "storage-deviceCapacityBytes": 60,
} as const;

/** What virt-handler polls of a migration every 5 seconds, with times of its own. */
export function polled(what: string, value: number | ((ago: number) => number), life: Life, labels: Labels = n1): Told {
  return gauge(`kubevirt_vmi_migration_${what}`, value, labels, { every: 5, late: 2, ...life });
}

/** What series say in some scrapes only, under further labels: a label that changes is made of several. */
export function onlyIn(series: readonly Told[], further: Labels, chosen: (scrape: number) => boolean): readonly Told[] {
  return series.map((told) => ({
    ...told,
    labels: { ...told.labels, ...further },
    samples: told.samples.filter((_, scrape) => chosen(scrape)),
  }));
}
