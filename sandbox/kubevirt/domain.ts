import type { Launcher } from "./instance.ts";
import { bytesPerOperation, type Load, type Totals } from "./load.ts";
import type { MachineSpec } from "./machine.ts";

/** What libvirt and the guest agent report of one guest: everything that follows from its totals and its load. */
export interface Domain {
  readonly cpu: { readonly seconds: number; readonly userSeconds: number; readonly systemSeconds: number };
  readonly vcpus: readonly {
    readonly id: number;
    readonly seconds: number;
    readonly waitSeconds: number;
    readonly delaySeconds: number;
  }[];
  readonly memory: {
    readonly domainBytes: number;
    readonly balloonBytes: number;
    readonly residentBytes: number;
    /** What the guest sees as MemTotal. */
    readonly availableBytes: number;
    /** What the guest sees as MemAvailable. */
    readonly usableBytes: number;
    /** What the guest sees as MemFree. */
    readonly unusedBytes: number;
    readonly cachedBytes: number;
    readonly majorFaults: number;
    readonly minorFaults: number;
    readonly swapInBytes: number;
    readonly swapOutBytes: number;
  };
  readonly interfaces: readonly { readonly name: string; readonly receive: Traffic; readonly transmit: Traffic }[];
  readonly drives: readonly Drive[];
  readonly fileSystems: readonly {
    readonly diskName: string;
    readonly mountPoint: string;
    readonly type: string;
    readonly capacityBytes: number;
    readonly usedBytes: number;
  }[];
  /** Absent without a guest agent. */
  readonly loadAverage?: number;
  readonly dirtyBytesPerSecond: number;
}

interface Traffic {
  readonly bytes: number;
  readonly packets: number;
  readonly errors: number;
  readonly dropped: number;
}

interface Drive {
  readonly name: string;
  readonly read: { readonly bytes: number; readonly operations: number; readonly seconds: number };
  readonly write: { readonly bytes: number; readonly operations: number; readonly seconds: number };
  readonly flush: { readonly operations: number; readonly seconds: number };
}

/** How figures that no test sets follow from those that one does. */
export const proportions = {
  userOfCpu: 0.7,
  systemOfCpu: 0.2,
  /** vCPU time leaves out what QEMU itself needs. */
  vcpusOfCpu: 0.9,
  waitOfVcpu: 0.02,
  delayOfVcpu: 0.01,
  availableOfMemory: 0.97,
  bytesPerPacket: 1_000,
  packetsPerError: 1_000,
  packetsPerDrop: 500,
  secondsPerRead: 0.0005,
  secondsPerWrite: 0.001,
  writesPerFlush: 10,
  secondsPerFlush: 0.002,
  majorFaultsPerSecond: 2,
  minorFaultsPerSecond: 200,
  swapInBytesPerSecond: 4_096,
  swapOutBytesPerSecond: 8_192,
  dirtyBytesPerCore: 1_048_576,
} as const;

/** How large a disk of the fleet is, and how much of it is there, in bytes: of every disk alike. */
export const diskSizes = {
  capacityBytes: 20 * 1024 ** 3,
  allocationBytes: 5 * 1024 ** 3,
  physicalBytes: 6 * 1024 ** 3,
} as const;

/** What is reported of the guest in a launcher. */
export function domainOf(spec: MachineSpec, { totals }: Pick<Launcher, "totals">, load: Load): Domain {
  const p = proportions;
  const perVcpu = (totals.cpuSeconds * p.vcpusOfCpu) / spec.vcpus;
  return {
    cpu: {
      seconds: totals.cpuSeconds,
      userSeconds: totals.cpuSeconds * p.userOfCpu,
      systemSeconds: totals.cpuSeconds * p.systemOfCpu,
    },
    vcpus: Array.from({ length: spec.vcpus }, (_, id) => ({
      id,
      seconds: perVcpu,
      waitSeconds: perVcpu * p.waitOfVcpu,
      delaySeconds: perVcpu * p.delayOfVcpu + totals.vcpuDelaySeconds / spec.vcpus,
    })),
    memory: memoryOf(spec, load, totals.seconds),
    interfaces: spec.interfaces.map((name) => ({
      name,
      receive: trafficOf(totals.receivedBytes / spec.interfaces.length),
      transmit: trafficOf(totals.transmittedBytes / spec.interfaces.length),
    })),
    drives: spec.disks.map((name) =>
      driveOf(name, {
        readBytes: totals.readBytes / spec.disks.length,
        writtenBytes: totals.writtenBytes / spec.disks.length,
        readDelaySeconds: totals.readDelaySeconds / spec.disks.length,
      }),
    ),
    fileSystems: spec.guestAgent
      ? [{ diskName: "vda", mountPoint: "/", type: "ext4", capacityBytes: 8e9, usedBytes: load.fileSystemUsedBytes }]
      : [],
    ...(spec.guestAgent ? { loadAverage: load.runnableProcesses } : {}),
    dirtyBytesPerSecond: Math.round(load.cores * p.dirtyBytesPerCore),
  };
}

function memoryOf({ memoryBytes }: MachineSpec, { memoryUsedBytes }: Load, seconds: number): Domain["memory"] {
  const p = proportions;
  const availableBytes = Math.floor(memoryBytes * p.availableOfMemory);
  const usableBytes = Math.max(0, availableBytes - memoryUsedBytes);
  return {
    domainBytes: memoryBytes,
    balloonBytes: memoryBytes,
    residentBytes: Math.min(memoryBytes, memoryUsedBytes + 128 * 1024 * 1024),
    availableBytes,
    usableBytes,
    unusedBytes: Math.floor(usableBytes / 2),
    cachedBytes: Math.ceil(usableBytes / 2),
    majorFaults: Math.floor(seconds * p.majorFaultsPerSecond),
    minorFaults: Math.floor(seconds * p.minorFaultsPerSecond),
    swapInBytes: Math.floor(seconds * p.swapInBytesPerSecond),
    swapOutBytes: Math.floor(seconds * p.swapOutBytesPerSecond),
  };
}

/** Whole numbers: libvirt counts packets and bytes. */
function trafficOf(bytes: number): Traffic {
  const packets = bytes / proportions.bytesPerPacket;
  return {
    bytes: Math.floor(bytes),
    packets: Math.floor(packets),
    errors: Math.floor(packets / proportions.packetsPerError),
    dropped: Math.floor(packets / proportions.packetsPerDrop),
  };
}

function driveOf(
  name: string,
  { readBytes, writtenBytes, readDelaySeconds }: Pick<Totals, "readBytes" | "writtenBytes" | "readDelaySeconds">,
): Drive {
  const p = proportions;
  const reads = Math.floor(readBytes / bytesPerOperation);
  const writes = Math.floor(writtenBytes / bytesPerOperation);
  const flushes = Math.floor(writes / p.writesPerFlush);
  return {
    name,
    read: { bytes: Math.floor(readBytes), operations: reads, seconds: reads * p.secondsPerRead + readDelaySeconds },
    write: { bytes: Math.floor(writtenBytes), operations: writes, seconds: writes * p.secondsPerWrite },
    flush: { operations: flushes, seconds: flushes * p.secondsPerFlush },
  };
}
