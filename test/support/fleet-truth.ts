import { diskSizes, type Domain, domainOf } from "../../sandbox/kubevirt/domain.ts";
import { activeLauncher, type Instance, runningMigration } from "../../sandbox/kubevirt/instance.ts";
import { noTotals } from "../../sandbox/kubevirt/load.ts";
import { type Machine, nodeOf, statusOf } from "../../sandbox/kubevirt/machine.ts";
import { progressOf } from "../../sandbox/kubevirt/migration-progress.ts";
import { truthOf, type VmTruth } from "./metric-truth.ts";
import type { RawFacts, RawMemory, RawMigration, RawPoll, RawVm } from "./kubevirt-vectors.ts";

/** The simulated fleet at one moment; `atMs` is of the fleet's clock. */
export interface FleetMoment {
  readonly machines: readonly Machine[];
  readonly atMs: number;
}

/**
 * The truth about the simulated fleet `now`, as KubeVirt v1.9 exports it. Rates are those since `before`; a guest that
 * was not in the same pod then has none.
 */
export function fleetTruth(before: FleetMoment, now: FleetMoment): readonly VmTruth[] {
  const earlier = new Map(before.machines.map((machine) => [podOf(machine), machine]));
  return now.machines.map((machine) => {
    const pod = podOf(machine);
    const then = pod === undefined ? undefined : earlier.get(pod);
    return truthOf({
      minor: 9,
      vm: rawOf(machine),
      ...(then === undefined ? {} : { before: rawOf(then) }),
      seconds: (now.atMs - before.atMs) / 1_000,
      nowSeconds: now.atMs / 1_000,
      poll: pollOf(machine, now.atMs),
    });
  });
}

function podOf({ spec, instance }: Machine): string | undefined {
  return instance && `${spec.namespace}/${instance.activePod}`;
}

/** The fleet's figures as the vectors would have them. */
function rawOf(machine: Machine): RawVm {
  const { spec, instance } = machine;
  const { printable, sinceMs } = statusOf(machine);
  return {
    Namespace: spec.namespace,
    Name: spec.name,
    Kind: spec.kind === "VirtualMachine" ? "VirtualMachine" : "ReplicaSet",
    Node: (instance && nodeOf(instance)) ?? "",
    VMIPhase: instance?.phase ?? "",
    PrintableStatus: printable,
    LastTransition: Math.floor(sinceMs / 1_000),
    LauncherAnswers: instance?.hung === false,
    Labels: spec.instanceLabels,
    Cores: spec.vcpus,
    EvictionLiveMigrate: true,
    Migratable: true,
    ResourceRequests: false,
    Migration: instance === undefined ? null : migrationOf(instance),
    Facts: factsOf(machine),
    ...guestOf(machine),
  };
}

type Guest = Pick<
  RawVm,
  | "CPUTimeNs"
  | "CPUUserNs"
  | "CPUSystemNs"
  | "Vcpus"
  | "CPUMap"
  | "Memory"
  | "Nics"
  | "Disks"
  | "Filesystems"
  | "Load"
  | "DirtyMiBPerSecond"
>;

const nanosecond = 1e9;

/** What libvirt and the guest agent report; zeros and sizes of a guest that does not run. */
function guestOf({ spec, instance, load }: Machine): Guest {
  const totals = instance === undefined ? noTotals : activeLauncher(instance).totals;
  const { cpu, vcpus, memory, interfaces, drives, fileSystems, loadAverage, dirtyBytesPerSecond } = domainOf(
    spec,
    { totals },
    load,
  );
  return {
    CPUTimeNs: cpu.seconds * nanosecond,
    CPUUserNs: cpu.userSeconds * nanosecond,
    CPUSystemNs: cpu.systemSeconds * nanosecond,
    Vcpus: vcpus.map(({ seconds, waitSeconds, delaySeconds }) => ({
      State: 1,
      TimeNs: seconds * nanosecond,
      WaitNs: waitSeconds * nanosecond,
      DelayNs: delaySeconds * nanosecond,
    })),
    // Each vCPU may run on two CPUs.
    CPUMap: vcpus.map(() => [true, true]),
    Memory: rawMemory(memory),
    // The first has an address.
    Nics: interfaces.map(({ name, receive, transmit }, index) => ({
      Interface: name,
      Tap: `tap${index}`,
      IP: index === 0 ? "10.244.0.1" : "",
      RxBytes: receive.bytes,
      RxPackets: receive.packets,
      RxErrors: receive.errors,
      RxDropped: receive.dropped,
      TxBytes: transmit.bytes,
      TxPackets: transmit.packets,
      TxErrors: transmit.errors,
      TxDropped: transmit.dropped,
    })),
    Disks: drives.map(({ name, read, write, flush }) => ({
      Drive: name,
      PVCBytes: diskSizes.capacityBytes,
      ReadOps: read.operations,
      WriteOps: write.operations,
      ReadBytes: read.bytes,
      WriteBytes: write.bytes,
      ReadTimeNs: read.seconds * nanosecond,
      WriteTimeNs: write.seconds * nanosecond,
      FlushOps: flush.operations,
      FlushTimeNs: flush.seconds * nanosecond,
    })),
    Filesystems: fileSystems.map(({ diskName, mountPoint, type, capacityBytes, usedBytes }) => ({
      DiskName: diskName,
      MountPoint: mountPoint,
      Type: type,
      TotalBytes: capacityBytes,
      UsedBytes: usedBytes,
    })),
    Load: loadAverage === undefined ? null : [loadAverage, loadAverage, loadAverage],
    DirtyMiBPerSecond: dirtyBytesPerSecond / 2 ** 20,
  };
}

function rawMemory(memory: Domain["memory"]): RawMemory {
  const kib = 1_024;
  return {
    ResidentKiB: memory.residentBytes / kib,
    AvailableKiB: memory.availableBytes / kib,
    UnusedKiB: memory.unusedBytes / kib,
    CachedKiB: memory.cachedBytes / kib,
    UsableKiB: memory.usableBytes / kib,
    ActualBalloonKiB: memory.balloonBytes / kib,
    DomainTotalKiB: memory.domainBytes / kib,
    SwapInKiB: memory.swapInBytes / kib,
    SwapOutKiB: memory.swapOutBytes / kib,
    MajorFaults: memory.majorFaults,
    MinorFaults: memory.minorFaults,
  };
}

function migrationOf({ migrations }: Instance): RawMigration | null {
  const newest = migrations.at(-1);
  if (newest === undefined) return null;
  const phase = newest.outcome === undefined ? "Running" : newest.outcome === "failed" ? "Failed" : "Succeeded";
  return {
    Phase: phase,
    SourceNode: newest.sourceNode,
    TargetNode: newest.targetNode,
    Start: Math.floor(newest.startedAtMs / 1_000),
    End: phase === "Running" ? 0 : Math.floor(newest.endsAtMs / 1_000),
  };
}

function factsOf({ instance, load, panics }: Machine): RawFacts {
  const running = instance?.phase === "Running";
  const results = instance?.migrations ?? [];
  const succeeded = results.filter(({ outcome }) => outcome === "succeeded").length;
  const failed = results.filter(({ outcome }) => outcome === "failed").length;
  return {
    ...(panics > 0 && running && !instance.hung ? { panics } : {}),
    ...(load.vncConnections > 0 && running ? { vncConnections: load.vncConnections } : {}),
    ...(succeeded > 0 ? { migrationsSucceeded: succeeded } : {}),
    ...(failed > 0 ? { migrationsFailed: failed } : {}),
  };
}

/** virt-handler's last poll of the running migration; it asks every 5 s. */
function pollOf({ spec, instance, load }: Machine, nowMs: number): RawPoll | undefined {
  const migration = instance && runningMigration(instance);
  if (migration === undefined || instance?.hung !== false) return undefined;
  const elapsedMs = Math.floor((nowMs - migration.startedAtMs) / 5_000) * 5_000;
  if (elapsedMs === 0) return undefined;
  const progress = progressOf(migration, elapsedMs, { memoryBytes: spec.memoryBytes, cores: load.cores });
  return {
    UnixMilli: migration.startedAtMs + elapsedMs,
    DataTotal: progress.totalBytes,
    DataProcessed: progress.processedBytes,
    DataRemaining: progress.remainingBytes,
    MemoryBps: progress.transferBytesPerSecond,
    DirtyRate: progress.dirtyBytesPerSecond,
  };
}
