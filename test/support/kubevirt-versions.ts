import type { ParsedFamily } from "../sandbox/kubevirt/parse-exposition.ts";
import { type Families, type Moment, readFamilies, type Vector } from "./kubevirt-vectors.ts";

/** The minor releases whose shape is known. */
export const kubevirtVersions = [
  "v1.0",
  "v1.1",
  "v1.2",
  "v1.3",
  "v1.4",
  "v1.5",
  "v1.6",
  "v1.7",
  "v1.8",
  "v1.9",
] as const;

export type KubevirtVersion = (typeof kubevirtVersions)[number];

/** What a version of KubeVirt exports about the fleet of the vectors, in two scrapes. */
export interface KubevirtExposition extends Readonly<Record<Moment, Families>> {
  readonly version: KubevirtVersion;
}

/**
 * The exposition of a version: the vectors' own for v1.0, v1.4 and v1.9, and for the others the nearest one with the
 * differences that are known. `kubeversion` is what `kubevirt_info` says, `v1.4.0` for v1.4 by default; the vectors'
 * own one has no number.
 */
export function expositionOf(version: KubevirtVersion, kubeversion = `${version}.0`): KubevirtExposition {
  const { from, changes } = derivations[version];
  function at(moment: Moment): Families {
    const all = [...changes, relabelled(["kubevirt_info"], (labels) => ({ ...labels, kubeversion }))];
    return all.reduce((families, change) => change(families, moment), readFamilies(from, moment));
  }
  return { version, first: at("first"), later: at("later") };
}

/** The vectors that the fleet's figures and the answers about its migration come from. */
export function vectorsOf(version: KubevirtVersion): { readonly fleet: Vector; readonly migrations: Vector } {
  const { from, migrations = from } = derivations[version];
  return { fleet: from, migrations };
}

type Labels = Readonly<Record<string, string>>;
type Change = (families: Families, moment: Moment) => Families;

interface Derivation {
  readonly from: Vector;
  /** Where the migration data come from, if not from there. */
  readonly migrations?: Vector;
  readonly changes: readonly Change[];
}

const vcpuSeconds = "kubevirt_vmi_vcpu_seconds_total";
const results = ["kubevirt_vmi_migration_succeeded", "kubevirt_vmi_migration_failed"];
const migrationData = [
  "kubevirt_vmi_migration_data_processed_bytes",
  "kubevirt_vmi_migration_data_remaining_bytes",
  "kubevirt_vmi_migration_dirty_memory_rate_bytes",
  "kubevirt_vmi_migration_disk_transfer_rate_bytes",
];
/** v1.0's data of a migration, under the names of v1.1 but for the transfer rates. */
const renamedData = {
  kubevirt_migrate_vmi_data_processed_bytes: "kubevirt_vmi_migration_data_processed_bytes",
  kubevirt_migrate_vmi_data_remaining_bytes: "kubevirt_vmi_migration_data_remaining_bytes",
  kubevirt_migrate_vmi_dirty_memory_rate_bytes: "kubevirt_vmi_migration_dirty_memory_rate_bytes",
};
const memoryRate = "kubevirt_migrate_vmi_memory_transfer_rate_bytes";
const diskRate = "kubevirt_migrate_vmi_disk_transfer_rate_bytes";

/** What v1.4 brought. */
const withoutV14 = without(
  "kubevirt_vm_info",
  "kubevirt_vm_resource_requests",
  "kubevirt_vmi_status_addresses",
  ...migrationData,
);

/** How v1.1 and v1.2 differ from v1.4, apart from the names of the transfer rates. */
const beforeV13: readonly Change[] = [
  withoutV14,
  // v1.3 brought these.
  without(
    "kubevirt_vmi_info",
    "kubevirt_vmi_last_api_connection_timestamp_seconds",
    "kubevirt_vm_created_by_pod_total",
  ),
  // Whole seconds.
  valued([vcpuSeconds], (milliseconds) => Math.floor(milliseconds / 1_000)),
  // `interface` is the tap's name.
  taken("v1.0.0", { kubevirt_vmi_network_traffic_bytes_total: "kubevirt_vmi_network_traffic_bytes_total" }),
  relabelled(results, (labels) => omit(labels, "namespace")),
  // A virtual machine with two label keys that fold together has no domain series.
  withoutSeries((labels) => "kubernetes_vmi_label_app_kubernetes_io_name" in labels),
];

/** What v1.9 brought. */
const withoutV19 = without("kubevirt_vmi_guest_os_panic_total", "kubevirt_vmi_sync_total");
/** v1.8 brought the size of the guest that a request stands for, and a name for the size of a migration. */
const beforeV18: readonly Change[] = [
  withoutV19,
  withoutSeries(({ source }) => source === "guest_effective"),
  renamed({ kubevirt_vmi_migration_data_bytes_total: "kubevirt_vmi_migration_data_total_bytes" }),
];
/** v1.7 brought the guest's load, and the right name for the transfer rate of memory. */
const beforeV17: readonly Change[] = [
  ...beforeV18,
  without(
    "kubevirt_vm_labels",
    "kubevirt_vmi_guest_load_1m",
    "kubevirt_vmi_guest_load_5m",
    "kubevirt_vmi_guest_load_15m",
  ),
  renamed({
    kubevirt_vmi_migration_memory_transfer_rate_bytes: "kubevirt_vmi_migration_disk_transfer_rate_bytes",
  }),
];

const derivations: Readonly<Record<KubevirtVersion, Derivation>> = {
  "v1.0": { from: "v1.0.0", changes: [] },
  // The transfer rates have each other's name.
  "v1.1": {
    from: "v1.4.0",
    migrations: "v1.0.0",
    changes: [
      ...beforeV13,
      taken("v1.0.0", {
        ...renamedData,
        [memoryRate]: "kubevirt_vmi_migration_disk_transfer_rate_bytes",
        [diskRate]: "kubevirt_vmi_migration_memory_transfer_rate_bytes",
      }),
    ],
  },
  // The transfer rate of memory has the name of the disks', which have none.
  "v1.2": {
    from: "v1.4.0",
    migrations: "v1.0.0",
    changes: [
      ...beforeV13,
      taken("v1.0.0", { ...renamedData, [memoryRate]: "kubevirt_vmi_migration_disk_transfer_rate_bytes" }),
    ],
  },
  // Migration data are ordinary domain series; less is known of an instance.
  "v1.3": {
    from: "v1.4.0",
    migrations: "v1.0.0",
    changes: [
      withoutV14,
      taken("v1.0.0", { ...renamedData, [memoryRate]: "kubevirt_vmi_migration_disk_transfer_rate_bytes" }),
      relabelled(["kubevirt_vmi_info"], (labels) => ({
        ...omit(labels, "guest_os_arch", "evictable", "outdated"),
        guest_os_machine: labels["guest_os_machine"] === "" ? "" : "x86_64",
      })),
    ],
  },
  "v1.4": { from: "v1.4.0", changes: [] },
  // vCPU time is in milliseconds; addresses name the network; what is unknown is the text <none>.
  "v1.5": {
    from: "v1.9.0",
    changes: [
      ...beforeV17,
      without("kubevirt_vmi_dirty_rate_bytes_per_second", "kubevirt_vmi_migrations_in_unset_phase"),
      valued([vcpuSeconds], (seconds) => Math.round(seconds * 1_000)),
      relabelled(["kubevirt_vmi_status_addresses"], (labels) => ({
        ...omit(labels, "vnic_name", "interface_name"),
        network_name: labels["vnic_name"] ?? "",
        type: "InternalIP",
      })),
      relabelled(["kubevirt_vm_info", "kubevirt_vmi_info"], withNone),
    ],
  },
  // The vectors lack one sample of it: v1.6 has the dirty rate of a virtual machine that migrates, too.
  "v1.6": { from: "v1.9.0", changes: beforeV17 },
  "v1.7": { from: "v1.9.0", changes: beforeV18 },
  "v1.8": { from: "v1.9.0", changes: [withoutV19] },
  "v1.9": { from: "v1.9.0", changes: [] },
};

function omit(labels: Labels, ...names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !names.includes(name)));
}

function withNone(labels: Labels): Labels {
  const unknown = ["os", "workload", "flavor", "instance_type", "preference"].filter((name) => labels[name] === "");
  return { ...labels, ...Object.fromEntries(unknown.map((name) => [name, "<none>"])) };
}

function without(...names: readonly string[]): Change {
  return (families) => new Map([...families].filter(([name]) => !names.includes(name)));
}

function withoutSeries(leaves: (labels: Labels) => boolean): Change {
  return (families) =>
    new Map(
      [...families].map(([name, family]) => [
        name,
        { ...family, series: family.series.filter(({ labels }) => !leaves(labels)) },
      ]),
    );
}

function renamed(names: Readonly<Record<string, string>>): Change {
  return (families) => new Map([...families].map(([name, family]) => [names[name] ?? name, family]));
}

function relabelled(names: readonly string[], relabel: (labels: Labels) => Labels): Change {
  return eachSeries(names, (series) => ({ ...series, labels: relabel(series.labels) }));
}

function valued(names: readonly string[], value: (value: number) => number): Change {
  return eachSeries(names, (series) => ({ ...series, value: value(series.value) }));
}

function eachSeries(
  names: readonly string[],
  change: (series: ParsedFamily["series"][number]) => ParsedFamily["series"][number],
): Change {
  return (families) =>
    new Map(
      [...families].map(([name, family]) => [
        name,
        names.includes(name) ? { ...family, series: family.series.map(change) } : family,
      ]),
    );
}

/** Families of another vector, under the names given. */
function taken(vector: Vector, names: Readonly<Record<string, string>>): Change {
  return (families, moment) => {
    const others = readFamilies(vector, moment);
    const found = Object.entries(names).map(([from, to]) => [to, familyOf(others, from)] as const);
    return new Map([...families, ...found]);
  };
}

function familyOf(families: Families, name: string): ParsedFamily {
  const family = families.get(name);
  if (family === undefined) throw new Error(`Cannot find family "${name}"`);
  return family;
}
