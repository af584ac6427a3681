import { duration, known, type Matcher, type PromQL, promql, selector } from "../../promql/expression.ts";
import { type Exporter, virtHandlerSince11 } from "../exporter.ts";
import type { SeriesLabels } from "../series-labels.ts";
import type { Scope } from "./vm-metric.ts";

/**
 * Some series changed their unit under the same name. Each target of KubeVirt's says its release, in `kubevirt_info`, so
 * the release that wrote a sample is known even while an upgrade is rolling.
 */

/** Releases from v1.3 to v1.5. */
const from13To15 = String.raw`v1\.[345]\..*`;
/** KubeVirt's own releases: not development builds, which call themselves v0.0.0, nor products with numbers of their own. */
const anyRelease = String.raw`v(0\.[1-9]|1\.\d+\.).*`;

const kubeversion = known("kubeversion");
const isRelease: Matcher = { label: kubeversion, op: "=~", value: anyRelease };

/** KubeVirt's node agent where its targets say their release: which of two units it writes follows from that. */
export const virtHandlerOfRelease: Exporter = {
  ...virtHandlerSince11,
  name: "virt-handler since v1.1 of a known release",
  own: (samples, labels, cluster) => promql`(${samples} and ${onTarget(labels)} ${info(cluster, isRelease)})`,
};

/** The same where they do not, as builds from source and products with numbers of their own. */
export const virtHandlerWithoutRelease: Exporter = {
  ...virtHandlerSince11,
  name: "virt-handler since v1.1 of an unknown release",
  own: (samples, labels, cluster) => promql`(${samples} unless ${onTarget(labels)} ${info(cluster, isRelease)})`,
};

/**
 * Samples in seconds of a series that is in milliseconds in v1.3 to v1.5, as `kubevirt_vmi_vcpu_seconds_total` is. Of a
 * target whose release is not known there are none, nor of one that says two: its pod was replaced a moment ago.
 */
export function inSeconds(samples: PromQL, scope: Scope): PromQL {
  const milliseconds = writtenBy(scope, { label: kubeversion, op: "=~", value: from13To15 });
  const seconds = writtenBy(scope, isRelease, { label: kubeversion, op: "!~", value: from13To15 });
  return promql`((${samples}) and ${seconds} unless ${milliseconds} or 0.001 * ((${samples}) and ${milliseconds} unless ${seconds}))`;
}

/** `on` the labels of a target, those that say such a release. */
function writtenBy({ cluster, labels, rate }: Scope, ...release: readonly Matcher[]): PromQL {
  // Room for missed scrapes, as the slopes of a rate have.
  return promql`${onTarget(labels)} last_over_time(${info(cluster, ...release)}[${duration(3 * rate.intervalMs)}])`;
}

/** What targets say of themselves. */
function info(cluster: readonly Matcher[], ...release: readonly Matcher[]): PromQL {
  return selector(known("kubevirt_info"), [...cluster, ...release]);
}

function onTarget({ job, instance, replica }: SeriesLabels): PromQL {
  return promql`on (${[job, instance, ...replica]})`;
}
