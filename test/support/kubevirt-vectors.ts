import { readFileSync } from "node:fs";
import { type ParsedFamily, parseExposition } from "../sandbox/kubevirt/parse-exposition.ts";

/** A KubeVirt release whose own collectors were run (`test/vectors/kubevirt/README.md`). */
export type Vector = "v1.0.0" | "v1.4.0" | "v1.9.0";

/** Two scrapes of everything, about 30 s apart. */
export type Moment = "first" | "later";

/** A virtual machine as it was put into KubeVirt's collectors. Field names are those of the files, with their units. */
export interface RawVm {
  readonly Namespace: string;
  readonly Name: string;
  readonly Kind: "VirtualMachine" | "Pool" | "ReplicaSet";
  /** Empty while no node is chosen. */
  readonly Node: string;
  /** Empty without an instance. */
  readonly VMIPhase: string;
  readonly PrintableStatus: string;
  /** When the status became what it is, in Unix seconds. */
  readonly LastTransition: number;
  readonly LauncherAnswers: boolean;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Cores: number;
  readonly CPUTimeNs: number;
  readonly CPUUserNs: number;
  readonly CPUSystemNs: number;
  readonly Vcpus: readonly RawVcpu[];
  /** For each vCPU, which CPUs of the node it may run on. */
  readonly CPUMap: readonly (readonly boolean[])[];
  readonly Memory: RawMemory;
  readonly Nics: readonly RawNic[];
  readonly Disks: readonly RawDisk[];
  readonly Filesystems: readonly RawFilesystem[] | null;
  /** Over 1, 5 and 15 minutes. */
  readonly Load: readonly [number, number, number] | null;
  readonly DirtyMiBPerSecond: number;
  readonly EvictionLiveMigrate: boolean;
  readonly Migratable: boolean;
  /** Its newest migration. */
  readonly Migration: RawMigration | null;
  readonly ResourceRequests: boolean;
  readonly Facts: RawFacts;
}

/** What the collectors were given by other ways than the guest; absent without a series. */
export interface RawFacts {
  readonly panics?: number;
  readonly vncConnections?: number;
  readonly migrationsSucceeded?: number;
  readonly migrationsFailed?: number;
}

/** `State` is libvirt's virVcpuState. */
export interface RawVcpu {
  readonly State: number;
  readonly TimeNs: number;
  readonly WaitNs: number;
  readonly DelayNs: number;
}

/** libvirt's names: available is the guest's MemTotal, usable its MemAvailable, unused its MemFree. */
export interface RawMemory {
  readonly ResidentKiB: number;
  readonly AvailableKiB: number;
  readonly UnusedKiB: number;
  readonly CachedKiB: number;
  readonly UsableKiB: number;
  readonly ActualBalloonKiB: number;
  readonly DomainTotalKiB: number;
  readonly SwapInKiB: number;
  readonly SwapOutKiB: number;
  readonly MajorFaults: number;
  readonly MinorFaults: number;
}

/** A network interface; `IP` is empty without an address. */
export interface RawNic {
  readonly Interface: string;
  readonly Tap: string;
  readonly IP: string;
  readonly RxBytes: number;
  readonly RxPackets: number;
  readonly RxErrors: number;
  readonly RxDropped: number;
  readonly TxBytes: number;
  readonly TxPackets: number;
  readonly TxErrors: number;
  readonly TxDropped: number;
}

/** A disk; `PVCBytes` is what its PersistentVolumeClaim asks for. */
export interface RawDisk {
  readonly Drive: string;
  readonly PVCBytes: number;
  readonly ReadOps: number;
  readonly WriteOps: number;
  readonly ReadBytes: number;
  readonly WriteBytes: number;
  readonly ReadTimeNs: number;
  readonly WriteTimeNs: number;
  readonly FlushOps: number;
  readonly FlushTimeNs: number;
}

/** A file system as the guest agent reports it. */
export interface RawFilesystem {
  readonly DiskName: string;
  readonly MountPoint: string;
  readonly Type: string;
  readonly TotalBytes: number;
  readonly UsedBytes: number;
}

/** Times in Unix seconds; `End` is 0 while it runs. */
export interface RawMigration {
  readonly Phase: "Running" | "Succeeded" | "Failed";
  readonly SourceNode: string;
  readonly TargetNode: string;
  readonly Start: number;
  readonly End: number;
}

/** One answer of virt-launcher about a running migration; rates are per second. */
export interface RawPoll {
  readonly UnixMilli: number;
  readonly DataTotal: number;
  readonly DataProcessed: number;
  readonly DataRemaining: number;
  readonly MemoryBps: number;
  readonly DirtyRate: number;
}

/** What is known of a fleet at both moments. */
export interface RawFleet extends Readonly<Record<Moment, readonly RawVm[]>> {
  /** By `virt-handler-n1`, `virt-handler-n2`, `virt-controller`, `virt-api`. */
  readonly targets: Readonly<Record<string, RawTarget>>;
}

interface RawTarget {
  /** Oldest first; null for a target without a migration. */
  readonly polls: readonly RawPoll[] | null;
  readonly scrapedAtUnixMilli: Readonly<Record<Moment, number>>;
}

/** The families of an exposition by name. */
export type Families = ReadonlyMap<string, ParsedFamily>;

/** The quantities that went into the collectors. A count beyond 2^53 is rounded, as it is in Prometheus. */
export function readFleet(vector: Vector): RawFleet {
  const fleet = JSON.parse(read(`${vector}.truth.json`)) as Omit<RawFleet, Moment> &
    Readonly<Record<Moment, readonly Omit<RawVm, "Facts">[]>>;
  const [first, later] = [fleet.first, fleet.later].map((vms) => vms.map((vm) => ({ ...vm, Facts: factsOf(vm) })));
  return { ...fleet, first: first ?? [], later: later ?? [] };
}

/** Not in the files: two guests panicked, and the API server knows of the VNC connections of two. */
function factsOf({ Namespace, Name, Migration }: Omit<RawVm, "Facts">): RawFacts {
  const known: Readonly<Record<string, RawFacts>> = {
    "team-a/a.b": { panics: 1, vncConnections: 2 },
    "team-a-b/win11": { panics: 2, vncConnections: 0 },
  };
  return {
    ...known[`${Namespace}/${Name}`],
    ...(Migration?.Phase === "Succeeded" ? { migrationsSucceeded: 1 } : {}),
    ...(Migration?.Phase === "Failed" ? { migrationsFailed: 1 } : {}),
  };
}

/** What the collectors wrote: all four targets in one. */
export function readFamilies(vector: Vector, moment: Moment): Families {
  return parseExposition(read(moment === "first" ? `${vector}.prom` : `${vector}.later.prom`));
}

function read(file: string): string {
  return readFileSync(new URL(`../vectors/kubevirt/${file}`, import.meta.url), "utf8");
}
