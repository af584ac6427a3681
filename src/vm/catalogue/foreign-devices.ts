import { duration, known, type PromQL, promql, selector } from "../../promql/expression.ts";
import { collectd, libvirtExporter } from "../exporter.ts";
import type { CounterSource } from "./counters.ts";
import { matchersOf, type Reading } from "./expressions.ts";
import type { Scope } from "./vm-metric.ts";

/**
 * Exporters that ask libvirt know the devices of a virtual machine by the host's names, such as `tap37a8eec1ce1` and `vda`,
 * and not by those of its specification. All of them together are what KubeVirt's series are.
 */
const foreignDevices = true;

/** The label that collectd has devices in. */
export const collectdDevice = "virt";
/** The label that the libvirt exporter has devices in. */
export const libvirtDevice = "target_device";

/** A counter of collectd's for each device. */
export function collectdCounter(series: string, further: Partial<CounterSource> = {}): CounterSource {
  const reading = { series, device: collectdDevice };
  return { versions: "collectd's virt plugin", exporter: collectd, reading, foreignDevices, ...further };
}

/**
 * Libvirt exporters that have some series under names of their own. What is not here is not certain: what Kumina's
 * `libvirt_domain_state_code` numbers, and Tinkoff's `libvirt_domain_block_stats_allocation`, which is an offset, and
 * `libvirt_domain_interface_meta`, which leaves interfaces out. The first is the one that Debian packages.
 */
export const ofKumina = "Kumina's libvirt exporter";
/** A fork of it that has more of them. */
export const ofTinkoff = "Tinkoff's libvirt exporter";
/** Where both write the same. */
export const ofEither = "Kumina's or Tinkoff's libvirt exporter";

/** A counter of the libvirt exporter's for each device. */
export function libvirtCounter(series: string, versions = "libvirt exporter"): CounterSource {
  const reading = { series, device: libvirtDevice };
  return {
    versions,
    exporter: libvirtExporter,
    reading,
    foreignDevices,
    samples: (samples, scope) => withoutGaps(samples, reading, scope),
  };
}

/** The exporter writes 0 for what libvirt does not give it at a time: a counter that was 0 for a while has no gap. */
function withoutGaps(samples: PromQL, reading: Reading, scope: Scope): PromQL {
  const of = promql`${selector(known(reading.series), matchersOf(reading, scope))}[${duration(3 * scope.rate.intervalMs)}]`;
  return promql`((${samples}) and (min_over_time(${of}) > 0 or max_over_time(${of}) == 0))`;
}
