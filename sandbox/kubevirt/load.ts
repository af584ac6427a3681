/** What a guest does while it runs, as a test sets it. Traffic is spread evenly over the VM's interfaces and disks. */
export interface Load {
  /** CPU time per time, over all vCPUs. */
  readonly cores: number;
  /** What the guest does not count as available (MemTotal − MemAvailable). */
  readonly memoryUsedBytes: number;
  readonly receiveBytesPerSecond: number;
  readonly transmitBytesPerSecond: number;
  readonly readBytesPerSecond: number;
  readonly writeBytesPerSecond: number;
  /** The guest's load average. */
  readonly runnableProcesses: number;
  /** Open VNC connections; at 0 the VM has no series of connections. */
  readonly vncConnections: number;
  /** Time per second that its vCPUs wait for a processor of the host, added up over them, beyond what is usual. */
  readonly vcpuDelaySecondsPerSecond: number;
  /** What the host's storage takes for each read beyond what is usual. */
  readonly readDelaySeconds: number;
  /** What is used of the guest's filesystem of 8 GB. */
  readonly fileSystemUsedBytes: number;
}

/** The load of a VM for which none is set. */
export const idleLoad: Load = {
  cores: 0.05,
  memoryUsedBytes: 256 * 1024 * 1024,
  receiveBytesPerSecond: 1_000,
  transmitBytesPerSecond: 500,
  readBytesPerSecond: 4_096,
  writeBytesPerSecond: 8_192,
  runnableProcesses: 0.1,
  vncConnections: 0,
  vcpuDelaySecondsPerSecond: 0,
  readDelaySeconds: 0,
  fileSystemUsedBytes: 3e9,
};

/** What a guest reads or writes at once. */
export const bytesPerOperation = 4_096;

/** What one QEMU process has counted since it started. */
export interface Totals {
  /** How long the guest ran; pauses are left out. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly receivedBytes: number;
  readonly transmittedBytes: number;
  readonly readBytes: number;
  readonly writtenBytes: number;
  /** Beyond what is usual, as the next one. */
  readonly vcpuDelaySeconds: number;
  readonly readDelaySeconds: number;
}

/** A QEMU process that has just started. */
export const noTotals: Totals = {
  seconds: 0,
  cpuSeconds: 0,
  receivedBytes: 0,
  transmittedBytes: 0,
  readBytes: 0,
  writtenBytes: 0,
  vcpuDelaySeconds: 0,
  readDelaySeconds: 0,
};

/** The totals after a load went on for some seconds more. */
export function accumulate(totals: Totals, load: Load, seconds: number): Totals {
  const reads = (load.readBytesPerSecond * seconds) / bytesPerOperation;
  return {
    seconds: totals.seconds + seconds,
    cpuSeconds: totals.cpuSeconds + load.cores * seconds,
    receivedBytes: totals.receivedBytes + load.receiveBytesPerSecond * seconds,
    transmittedBytes: totals.transmittedBytes + load.transmitBytesPerSecond * seconds,
    readBytes: totals.readBytes + load.readBytesPerSecond * seconds,
    writtenBytes: totals.writtenBytes + load.writeBytesPerSecond * seconds,
    vcpuDelaySeconds: totals.vcpuDelaySeconds + load.vcpuDelaySecondsPerSecond * seconds,
    readDelaySeconds: totals.readDelaySeconds + load.readDelaySeconds * reads,
  };
}

/** The load of a pool or replica set. What is absent keeps the VM's own or the idle value. */
export interface PoolLoad {
  /** Spread evenly over the members that run and are not paused, so that each new one takes load off the others. */
  readonly totalCores?: number;
  /** Any parts of a load, spread in the same way; setting it replaces them all. What is set for each member below counts before it. */
  readonly total?: Partial<Load>;
  /** Each member alike; setting it ends a `totalCores` set before, and the other way round. */
  readonly coresPerVm?: number;
  readonly memoryUsedBytesPerVm?: number;
  readonly receiveBytesPerSecondPerVm?: number;
  readonly transmitBytesPerSecondPerVm?: number;
  readonly readBytesPerSecondPerVm?: number;
  readonly writeBytesPerSecondPerVm?: number;
}

/** A pool load after a change of some of its parts. */
export function mergePoolLoad({ totalCores, coresPerVm, ...rest }: PoolLoad, change: PoolLoad): PoolLoad {
  const replacesCores = change.totalCores !== undefined || change.coresPerVm !== undefined;
  const cores = replacesCores ? {} : definedOf({ totalCores, coresPerVm });
  return { ...rest, ...cores, ...change };
}

/** What one of `running` members of a pool has of the pool's load. */
export function memberLoad(pool: PoolLoad, running: number): Partial<Load> {
  const members = Math.max(1, running);
  const shares = Object.entries(pool.total ?? {}).map(([part, value]) => [part, value / members] as const);
  const own = definedOf({
    cores: pool.totalCores === undefined ? pool.coresPerVm : pool.totalCores / members,
    memoryUsedBytes: pool.memoryUsedBytesPerVm,
    receiveBytesPerSecond: pool.receiveBytesPerSecondPerVm,
    transmitBytesPerSecond: pool.transmitBytesPerSecondPerVm,
    readBytesPerSecond: pool.readBytesPerSecondPerVm,
    writeBytesPerSecond: pool.writeBytesPerSecondPerVm,
  });
  return { ...Object.fromEntries(shares), ...own };
}

/** Leaves out what is undefined. */
function definedOf<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
