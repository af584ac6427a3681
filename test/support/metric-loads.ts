import { proportions } from "../../sandbox/kubevirt/domain.ts";
import { bytesPerOperation, type Load } from "../../sandbox/kubevirt/load.ts";

/** How the simulated guests are brought to a figure, and which one they have. */
export interface MetricLoad {
  /** The load of a pool whose guests together make so much of the metric. */
  readonly ofTotal: (amount: number) => Partial<Load>;
  /** What one guest makes of it. */
  readonly figure: (load: Load) => number;
}

/** Virtual CPUs of each guest that these loads are for. */
export const vcpus = 2;

/** By the metric's name, as it is asked of a pool. */
export const metricLoads: Readonly<Record<string, MetricLoad>> = {
  "cpu-usageCores": { ofTotal: (cores) => ({ cores }), figure: ({ cores }) => cores },
  "cpu-usageSumRatio": { ofTotal: (ratio) => ({ cores: ratio * vcpus }), figure: ({ cores }) => cores / vcpus },
  "vcpu-delaySecondsPerSecond": {
    ofTotal: (vcpuDelaySecondsPerSecond) => ({ vcpuDelaySecondsPerSecond }),
    figure: ({ vcpuDelaySecondsPerSecond, cores }) =>
      vcpuDelaySecondsPerSecond + cores * proportions.vcpusOfCpu * proportions.delayOfVcpu,
  },
  "guest-memoryUsedBytes": {
    ofTotal: (memoryUsedBytes) => ({ memoryUsedBytes }),
    figure: ({ memoryUsedBytes }) => memoryUsedBytes,
  },
  "guest-load1mProcesses": {
    ofTotal: (runnableProcesses) => ({ runnableProcesses }),
    figure: ({ runnableProcesses }) => runnableProcesses,
  },
  "network-receiveBytesPerSecond": {
    ofTotal: (receiveBytesPerSecond) => ({ receiveBytesPerSecond }),
    figure: ({ receiveBytesPerSecond }) => receiveBytesPerSecond,
  },
  "network-transmitBytesPerSecond": {
    ofTotal: (transmitBytesPerSecond) => ({ transmitBytesPerSecond }),
    figure: ({ transmitBytesPerSecond }) => transmitBytesPerSecond,
  },
  "storage-readOperationsPerSecond": {
    ofTotal: (operations) => ({ readBytesPerSecond: operations * bytesPerOperation }),
    figure: ({ readBytesPerSecond }) => readBytesPerSecond / bytesPerOperation,
  },
  "storage-readLatencyAverageMilliseconds": {
    // Of guests that read: the fewer share the load, the longer their reads wait.
    ofTotal: (ms) => ({ readDelaySeconds: ms / 1_000, readBytesPerSecond: 400 * bytesPerOperation }),
    figure: ({ readDelaySeconds }) => (readDelaySeconds + proportions.secondsPerRead) * 1_000,
  },
};
