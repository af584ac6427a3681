import { equals, known } from "../../promql/expression.ts";
import { virtHandlerBefore11, virtHandlerBefore20 } from "../exporter.ts";
import type { CounterSource } from "./counters.ts";

/** A counter as KubeVirt wrote it before v0.41: under one name for both ways, with a label that tells them apart. */
export interface OlderCounter {
  /** What stands in its names after `kubevirt_vmi_` and `kubevirt_vm_`. */
  readonly what: string;
  readonly type: "rx" | "tx" | "read" | "write" | "in" | "out";
  /** The label that devices are in; absent for one without devices. */
  readonly device?: "interface" | "drive";
  /** Which releases before v0.20 have it, for people; absent if none does. */
  readonly before20?: string;
}

/**
 * Reads it where only older releases are seen. Devices are called as the host calls them: `vnet0`, `tap37a8eec1ce1`, `vda`.
 *
 * What is not here is not certain. `kubevirt_vmi_storage_times_ms_total` (v0.20 to v0.40) and `kubevirt_vm_storage_times_ms_total`
 * (v0.16 to v0.19) are called milliseconds and were seen to be nanoseconds (kubevirt/kubevirt issue 4411). Some of these
 * releases count dropped packets, flushes and processor time in user and system mode, and which of them is not known.
 */
export function olderCounters({ what, type, device, before20 }: OlderCounter): readonly CounterSource[] {
  function reading(of: "vm" | "vmi"): CounterSource["reading"] {
    const series = `kubevirt_${of}_${what}_total`;
    return { series, where: [equals(known("type"), type)], ...(device === undefined ? {} : { device }) };
  }
  const foreign = device === undefined ? {} : ({ foreignDevices: true } as const);
  return [
    { versions: "KubeVirt v0.20 to v0.40", exporter: virtHandlerBefore11, reading: reading("vmi"), ...foreign },
    ...(before20 === undefined
      ? []
      : [{ versions: before20, exporter: virtHandlerBefore20, reading: reading("vm"), ...foreign }]),
  ];
}
