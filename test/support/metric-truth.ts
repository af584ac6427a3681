import type {
  RawDisk,
  RawFacts,
  RawFilesystem,
  RawMemory,
  RawNic,
  RawPoll,
  RawVcpu,
  RawVm,
} from "./kubevirt-vectors.ts";

/** The true figure of a metric for one virtual machine, in the unit that the metric's name says. */
export interface Truth {
  readonly value: number;
  /** For each device: an interface's name, a disk's name, a vCPU's number, a guest's disk. Absent for metrics without devices. */
  readonly devices?: Readonly<Record<string, number>>;
}

/** The truth about one virtual machine. */
export interface VmTruth {
  readonly namespace: string;
  readonly name: string;
  readonly kind: RawVm["Kind"];
  /**
   * The true figure of an adapter metric; undefined where this version exports nothing that tells it about this virtual
   * machine. Throws for a name that is no metric.
   */
  readonly of: (metric: string) => Truth | undefined;
}

/** The truth about a virtual machine, of its raw quantities, as precise as the version of KubeVirt writes them. */
export function truthOf(seen: Seen): VmTruth {
  const { Namespace, Name, Kind } = seen.vm;
  return {
    namespace: Namespace,
    name: Name,
    kind: Kind,
    of: (metric) => {
      const definition = definitions[metric];
      if (definition === undefined) throw new Error(`Cannot tell the truth about "${metric}": no metric has that name`);
      return definition(seen);
    },
  };
}

/** A virtual machine as one version of KubeVirt sees it, at two moments. */
export interface Seen {
  /** Of KubeVirt v1. */
  readonly minor: number;
  readonly vm: RawVm;
  /** The same guest earlier; absent if it was not there, or elsewhere: then there are no rates. */
  readonly before?: RawVm;
  /** Between both. */
  readonly seconds: number;
  /** When it is asked, in Unix seconds. */
  readonly nowSeconds: number;
  /** What was last exported of its migration; absent when none runs. */
  readonly poll: RawPoll | undefined;
}

type Definition = (seen: Seen) => Truth | undefined;
type Amounts = Readonly<Record<string, number>>;
/** Amounts of one virtual machine by device; the key is empty for those that have none. */
type Quantity = (vm: RawVm, minor: number) => Amounts;

const kib = 1_024;
const mib = 1_024 * kib;

/** No version of KubeVirt exports anything that tells it. */
const never: Definition = () => undefined;

/** KubeVirt writes whole seconds before v1.1. */
function cpuSeconds(ns: (vm: RawVm) => number): Quantity {
  return (vm, minor) => ({ "": minor < 1 ? Math.floor(ns(vm) / 1e9) : ns(vm) / 1e9 });
}

/** Whole seconds before v1.3; from v1.3 to v1.5 the series has milliseconds, which lose nothing here. */
const vcpuSeconds = ofVcpus(({ TimeNs }, minor) => (minor < 3 ? Math.floor(TimeNs / 1e9) : TimeNs / 1e9));
/** Whole milliseconds before v1.1. */
const waitSeconds = ofVcpus(({ WaitNs }, minor) => shortSeconds(WaitNs, minor));
const readSeconds = ofDrives(({ ReadTimeNs }, minor) => shortSeconds(ReadTimeNs, minor));
const writeSeconds = ofDrives(({ WriteTimeNs }, minor) => shortSeconds(WriteTimeNs, minor));
const flushSeconds = ofDrives(({ FlushTimeNs }, minor) => shortSeconds(FlushTimeNs, minor));
const readOperations = ofDrives(({ ReadOps }) => ReadOps);
const writeOperations = ofDrives(({ WriteOps }) => WriteOps);
const cpu = cpuSeconds(({ CPUTimeNs }) => CPUTimeNs);
const cpuUser = cpuSeconds(({ CPUUserNs }) => CPUUserNs);
const cpuSystem = cpuSeconds(({ CPUSystemNs }) => CPUSystemNs);
const vcpuCount = reported(({ vm }) => ({ value: onlineOf(vm) }));

const definitions: Readonly<Record<string, Definition>> = {
  "cpu-usageCores": reported(rate(cpu)),
  "cpu-timeSecondsTotal": reported(total(cpu)),
  "cpu-usageUserCores": reported(rate(cpuUser)),
  "cpu-timeUserSecondsTotal": reported(total(cpuUser)),
  "cpu-usageSystemCores": reported(rate(cpuSystem)),
  "cpu-timeSystemSecondsTotal": reported(total(cpuSystem)),
  "cpu-usageRatio": reported((seen) => quotient(rate(cpu)(seen), vcpuCount(seen))),

  ...both(
    "network-receiveBytes",
    ofNics(({ RxBytes }) => RxBytes),
  ),
  ...both(
    "network-transmitBytes",
    ofNics(({ TxBytes }) => TxBytes),
  ),
  ...both(
    "network-receivePackets",
    ofNics(({ RxPackets }) => RxPackets),
  ),
  ...both(
    "network-transmitPackets",
    ofNics(({ TxPackets }) => TxPackets),
  ),
  ...both(
    "network-receiveErrors",
    ofNics(({ RxErrors }) => RxErrors),
  ),
  ...both(
    "network-transmitErrors",
    ofNics(({ TxErrors }) => TxErrors),
  ),
  ...both(
    "network-receiveDroppedPackets",
    ofNics(({ RxDropped }) => RxDropped),
  ),
  ...both(
    "network-transmitDroppedPackets",
    ofNics(({ TxDropped }) => TxDropped),
  ),
  // v1.5 lists the interfaces of every instance; before, those that have traffic can be counted.
  "network-interfaceCount": (seen) =>
    (seen.minor < 5 ? reported : ofInstances)(({ vm }) => ({ value: vm.Nics.length }))(seen),

  ...both("storage-readOperations", readOperations),
  ...both("storage-writeOperations", writeOperations),
  ...both(
    "storage-readBytes",
    ofDrives(({ ReadBytes }) => ReadBytes),
  ),
  ...both(
    "storage-writeBytes",
    ofDrives(({ WriteBytes }) => WriteBytes),
  ),
  ...both("storage-readTimeSeconds", readSeconds),
  ...both("storage-writeTimeSeconds", writeSeconds),
  ...both(
    "storage-flushOperations",
    ofDrives(({ FlushOps }) => FlushOps),
  ),
  ...both("storage-flushTimeSeconds", flushSeconds),
  // What an operation took: undefined without one.
  "storage-readLatencySeconds": reported((seen) => quotient(rate(readSeconds)(seen), rate(readOperations)(seen))),
  "storage-writeLatencySeconds": reported((seen) => quotient(rate(writeSeconds)(seen), rate(writeOperations)(seen))),
  "storage-deviceCount": reported(({ vm }) => ({ value: vm.Disks.length })),
  // The size that the claim asks for.
  "storage-deviceCapacityBytes": since(5, ofMachines(total(ofDrives(({ PVCBytes }) => PVCBytes)))),
  // The two follow from the kubelet's series of volumes, which are not in the vectors.
  "storage-deviceAllocationBytes": never,
  "storage-devicePhysicalBytes": never,
  "storage-deviceThresholdBytes": never,

  "vcpu-usageCores": reported(rate(vcpuSeconds)),
  "vcpu-timeSecondsTotal": reported(total(vcpuSeconds)),
  "vcpu-waitSecondsPerSecond": reported(rate(waitSeconds)),
  "vcpu-delaySecondsPerSecond": since(1, reported(rate(ofVcpus(({ DelayNs }) => DelayNs / 1e9)))),
  "vcpu-stateCode": reported((seen) => highest(ofVcpus(({ State }) => State)(seen.vm, seen.minor))),
  // Those that are online; an offline one has a series, too.
  "vcpu-currentCount": vcpuCount,
  // What the virtual machine asks for, which v1.8 says in one figure.
  "vcpu-maximumCount": since(
    8,
    ofMachines(({ vm }) => ({ value: vm.Cores })),
  ),
  // Before v1.1 the count is in label names.
  "vcpu-affinityCount": since(
    1,
    reported(({ vm }) => ({ value: vm.CPUMap.flat().filter(Boolean).length })),
  ),

  "memory-balloonCurrentBytes": memory(({ ActualBalloonKiB }) => ActualBalloonKiB),
  // What the virtual machine asks for; v1.4 says it of none of the fleet, and only of requests.
  "memory-balloonMaximumBytes": since(5, ofMachines(total(ofMemory(({ DomainTotalKiB }) => DomainTotalKiB)))),
  "memory-residentBytes": memory(({ ResidentKiB }) => ResidentKiB),
  "memory-domainBytes": memory(({ DomainTotalKiB }) => DomainTotalKiB),
  // KubeVirt's estimate: 260 MiB, 8 MiB for each vCPU, and 1/512 of the 2 GiB that one of the fleet requests. Not in v1.4's vectors.
  "memory-overheadLauncherBytes": since(
    5,
    ofInstances(({ vm }) => ({ value: (260 + 8 * vm.Cores + (vm.ResourceRequests ? 4 : 0)) * mib })),
  ),
  // v1.6 to v1.8 may have it during a migration, too; the vectors do not.
  "memory-dirtyBytesPerSecond": since(
    6,
    reported(({ vm }) => (vm.Migration?.Phase === "Running" ? undefined : { value: vm.DirtyMiBPerSecond * mib })),
  ),

  "guest-memoryTotalBytes": memory(({ AvailableKiB }) => AvailableKiB),
  "guest-memoryFreeBytes": memory(({ UnusedKiB }) => UnusedKiB),
  "guest-memoryUsableBytes": memory(({ UsableKiB }) => UsableKiB),
  "guest-memoryCachedBytes": memory(({ CachedKiB }) => CachedKiB),
  "guest-memoryUsedBytes": memory(({ AvailableKiB, UsableKiB }) => AvailableKiB - UsableKiB),
  "guest-memoryUsedRatio": reported(({ vm: { Memory } }) => ({ value: 1 - Memory.UsableKiB / Memory.AvailableKiB })),
  "guest-memorySwapInBytesPerSecond": reported(rate(ofMemory(({ SwapInKiB }) => SwapInKiB))),
  "guest-memorySwapOutBytesPerSecond": reported(rate(ofMemory(({ SwapOutKiB }) => SwapOutKiB))),
  "guest-memoryMajorFaultsPerSecond": reported(rate(({ Memory }) => ({ "": Memory.MajorFaults }))),
  "guest-memoryMinorFaultsPerSecond": reported(rate(({ Memory }) => ({ "": Memory.MinorFaults }))),

  "guest-filesystemFreeBytes": reported(ofFilesystems(({ TotalBytes, UsedBytes }) => TotalBytes - UsedBytes, sum)),
  "guest-filesystemUsedBytes": reported(ofFilesystems(({ UsedBytes }) => UsedBytes, sum)),
  "guest-filesystemCapacityBytes": reported(ofFilesystems(({ TotalBytes }) => TotalBytes, sum)),
  "guest-filesystemUsedRatio": reported(ofFilesystems(({ TotalBytes, UsedBytes }) => UsedBytes / TotalBytes, highest)),
  "guest-load1mProcesses": loadOver(0),
  "guest-load5mProcesses": loadOver(1),
  "guest-load15mProcesses": loadOver(2),
  "guest-queueProcesses": (seen) => {
    const load = loadOver(0)(seen);
    return load && { value: Math.max(0, load.value - onlineOf(seen.vm)) };
  },
  "guest-cpuCount": vcpuCount,
  // A guest that never panicked has no series, and another one of the same version says that it is reported.
  "guest-panicCountTotal": since(9, reported(count(({ panics }) => panics))),
  "guest-connectionsVncCount": fact(({ vncConnections }) => vncConnections),
  // One address for each interface that has one, once the guest runs.
  "guest-addressCount": since(4, addressCount),
  "guest-stateCode": since(3, stateCode),
  "guest-stateRunningBoolean": since(3, stateRunning),
  "guest-stateReasonCode": never,
  "guest-stateEvictableBoolean": ofInstances(({ vm }) => truth(!vm.EvictionLiveMigrate || vm.Migratable)),
  // Only a virtual machine whose status is Running has the time of that.
  "guest-uptimeSeconds": ofMachines(({ vm, nowSeconds }) =>
    vm.PrintableStatus === "Running" ? { value: nowSeconds - vm.LastTransition } : undefined,
  ),

  "migration-timeElapsedSeconds": since(5, ({ vm: { Migration: migration }, nowSeconds }) =>
    migration === null
      ? undefined
      : { value: (migration.Phase === "Running" ? nowSeconds : migration.End) - migration.Start },
  ),
  // Of what has no pod it is not known whether the version would say so.
  "migration-activeBoolean": since(5, ({ vm }) =>
    vm.VMIPhase === "Running" ? truth(vm.Migration?.Phase === "Running") : undefined,
  ),
  // Before v1.3 they do not say the namespace.
  "migration-succeededCount": since(3, ofInstances(count(({ migrationsSucceeded }) => migrationsSucceeded))),
  "migration-failedCount": since(3, ofInstances(count(({ migrationsFailed }) => migrationsFailed))),
  "migration-dataTotalBytes": since(
    5,
    polled(({ DataTotal }) => DataTotal),
  ),
  "migration-dataProcessedBytes": polled(({ DataProcessed }) => DataProcessed),
  "migration-dataRemainingBytes": polled(({ DataRemaining }) => DataRemaining),
  // The guests' disks are shared, so all data are memory.
  "migration-memoryTotalBytes": since(
    5,
    polled(({ DataTotal }) => DataTotal),
  ),
  "migration-memoryProcessedBytes": polled(({ DataProcessed }) => DataProcessed),
  "migration-memoryRemainingBytes": polled(({ DataRemaining }) => DataRemaining),
  "migration-memoryTransferBytesPerSecond": polled(({ MemoryBps }) => MemoryBps),
  "migration-memoryDirtyBytesPerSecond": polled(({ DirtyRate }) => DirtyRate),
  "migration-downtimeSeconds": never,
  "migration-memoryConstantPages": never,
  "migration-memoryCompressedBytes": never,
  "migration-memoryIterationCount": never,
};

/** All adapter metrics, those that no version can feed among them. */
export const truthMetrics: readonly string[] = Object.keys(definitions);

/** A counter under both its names: the rate and the total. */
function both(stem: string, quantity: Quantity): Readonly<Record<string, Definition>> {
  return { [`${stem}PerSecond`]: reported(rate(quantity)), [`${stem}Total`]: reported(total(quantity)) };
}

function total(quantity: Quantity): Definition {
  return ({ vm, minor }) => sum(quantity(vm, minor));
}

function rate(quantity: Quantity): Definition {
  return ({ vm, before, seconds, minor }) => {
    if (before === undefined) return undefined;
    const earlier = quantity(before, minor);
    return sum(mapped(quantity(vm, minor), (amount, device) => (amount - (earlier[device] ?? NaN)) / seconds));
  };
}

function memory(ofKib: (memory: RawMemory) => number): Definition {
  return reported(total(ofMemory(ofKib)));
}

function ofMemory(ofKib: (memory: RawMemory) => number): Quantity {
  return ({ Memory }) => ({ "": ofKib(Memory) * kib });
}

function ofNics(of: (nic: RawNic) => number): Quantity {
  return ({ Nics }) => Object.fromEntries(Nics.map((nic) => [nic.Interface, of(nic)]));
}

function ofDrives(of: (disk: RawDisk, minor: number) => number): Quantity {
  return ({ Disks }, minor) => Object.fromEntries(Disks.map((disk) => [disk.Drive, of(disk, minor)]));
}

function ofVcpus(of: (vcpu: RawVcpu, minor: number) => number): Quantity {
  return ({ Vcpus }, minor) => Object.fromEntries(Vcpus.map((vcpu, id) => [String(id), of(vcpu, minor)]));
}

function shortSeconds(ns: number, minor: number): number {
  return minor < 1 ? Math.floor(ns / 1e6) / 1e3 : ns / 1e9;
}

/** File systems that data can be written to, by the guest's disk; the fleet has one on each. */
function ofFilesystems(of: (filesystem: RawFilesystem) => number, combine: (byDisk: Amounts) => Truth): Definition {
  const readOnly = /^(?:CDFS|iso9660|udf|squashfs|cramfs|tmpfs|devtmpfs|overlay|ramfs|fuse.*)$/u;
  return ({ vm }) => {
    const writable = (vm.Filesystems ?? []).filter(({ Type }) => !readOnly.test(Type));
    return writable.length === 0
      ? undefined
      : combine(Object.fromEntries(writable.map((filesystem) => [filesystem.DiskName, of(filesystem)])));
  };
}

function loadOver(window: 0 | 1 | 2): Definition {
  return since(
    7,
    reported(({ vm }) => (vm.Load === null ? undefined : { value: vm.Load[window] })),
  );
}

function polled(of: (poll: RawPoll) => number): Definition {
  return ({ poll }) => poll && { value: of(poll) };
}

function fact(of: (facts: RawFacts) => number | undefined): Definition {
  return ({ vm }) => {
    const value = of(vm.Facts);
    return value === undefined ? undefined : { value };
  };
}

/** A fact that counts what has happened: without one, nothing has. */
function count(of: (facts: RawFacts) => number | undefined): Definition {
  return ({ vm }) => ({ value: of(vm.Facts) ?? 0 });
}

/** v1.5 tells which interface an address is of; one without an address is known, too. */
function addressCount({ vm, minor }: Seen): Truth | undefined {
  if (vm.VMIPhase !== "Running") return undefined;
  const addresses = vm.Nics.flatMap(({ IP }) => (IP === "" ? [] : [IP]));
  const value = new Set(addresses).size;
  if (minor < 5) return { value };
  return { value, devices: Object.fromEntries(vm.Nics.map(({ Interface, IP }) => [Interface, IP === "" ? 0 : 1])) };
}

/** libvirt's virDomainState; v1.3 knows instances only, of which a paused one runs. */
function stateCode({ vm, minor }: Seen): Truth | undefined {
  const ofMachine = minor >= 4 && vm.Kind !== "ReplicaSet";
  if (ofMachine && vm.PrintableStatus === "Paused") return { value: 3 };
  if (vm.VMIPhase === "") return ofMachine ? { value: 5 } : undefined;
  return { value: vm.VMIPhase === "Running" ? 1 : 0 };
}

/** What is paused does not run. */
function stateRunning(seen: Seen): Truth | undefined {
  const state = stateCode(seen);
  return state && truth(state.value === 1);
}

/** How many vCPUs are online. */
function onlineOf({ Vcpus }: RawVm): number {
  return Vcpus.filter(({ State }) => State !== 0).length;
}

/** What virt-handler reports of a guest whose QEMU answers. Before v1.3 two label keys that fold together prevent it. */
function reported(definition: Definition): Definition {
  return (seen) => {
    const keys = Object.keys(seen.vm.Labels ?? {}).map((key) => key.replace(/[^a-zA-Z0-9_]/gu, "_"));
    const folds = new Set(keys).size < keys.length;
    const runs = seen.vm.VMIPhase === "Running" && seen.vm.LauncherAnswers;
    return runs && (seen.minor >= 3 || !folds) ? definition(seen) : undefined;
  };
}

/** What virt-controller says of every VirtualMachineInstance. */
function ofInstances(definition: Definition): Definition {
  return (seen) => (seen.vm.VMIPhase === "" ? undefined : definition(seen));
}

/** What virt-controller says of every VirtualMachine, of stopped ones, too; replica sets have none. */
function ofMachines(definition: Definition): Definition {
  return (seen) => (seen.vm.Kind === "ReplicaSet" ? undefined : definition(seen));
}

/** There since KubeVirt v1.`minor`. */
function since(minor: number, definition: Definition): Definition {
  return (seen) => (seen.minor < minor ? undefined : definition(seen));
}

function sum(amounts: Amounts): Truth {
  return whole(
    amounts,
    Object.values(amounts).reduce((left, right) => left + right, 0),
  );
}

function highest(amounts: Amounts): Truth {
  return whole(amounts, Math.max(...Object.values(amounts)));
}

function whole(amounts: Amounts, value: number): Truth {
  return "" in amounts ? { value } : { value, devices: amounts };
}

function quotient(dividend: Truth | undefined, divisor: Truth | undefined): Truth | undefined {
  if (dividend === undefined || divisor === undefined || divisor.value === 0) return undefined;
  const value = dividend.value / divisor.value;
  const divisors = divisor.devices;
  if (dividend.devices === undefined || divisors === undefined) return { value };
  const used = Object.entries(dividend.devices).filter(([device]) => divisors[device] !== 0);
  return {
    value,
    devices: Object.fromEntries(used.map(([device, amount]) => [device, amount / (divisors[device] ?? NaN)])),
  };
}

function mapped(amounts: Amounts, of: (amount: number, device: string) => number): Amounts {
  return Object.fromEntries(Object.entries(amounts).map(([device, amount]) => [device, of(amount, device)]));
}

function truth(holds: boolean): Truth {
  return { value: holds ? 1 : 0 };
}
