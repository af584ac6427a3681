import { duration, known, type Matcher, type PromQL, promql, selector } from "../../promql/expression.ts";
import type { Scope } from "./vm-metric.ts";

/**
 * Some series changed their unit under the same name. Each target of KubeVirt's says its release, in `kubevirt_info`, so
 * the release that wrote a sample is known even while an upgrade is rolling.
 */

/** Releases from v1.3 to v1.5. */
const from13To15 = String.raw`v1\.[345]\..*`;
/** KubeVirt's own releases: not development builds, which call themselves v0.0.0, nor products with numbers of their own. */
const anyRelease = String.raw`v(0\.[1-9]|1\.\d+\.).*`;

/**
 * Samples in seconds of a series that is in milliseconds in v1.3 to v1.5, as `kubevirt_vmi_vcpu_seconds_total` is. Of a
 * target whose release is not known there are none, nor of one that says two: its pod was replaced a moment ago.
 */
export function inSeconds(samples: PromQL, scope: Scope): PromQL {
  const milliseconds = writtenBy(scope, { label: kubeversion, op: "=~", value: from13To15 });
  const seconds = writtenBy(
    scope,
    { label: kubeversion, op: "=~", value: anyRelease },
    { label: kubeversion, op: "!~", value: from13To15 },
  );
  return promql`((${samples}) and ${seconds} unless ${milliseconds} or 0.001 * ((${samples}) and ${milliseconds} unless ${seconds}))`;
}

const kubeversion = known("kubeversion");

/** `on` the labels of a target, those that say such a release. */
function writtenBy({ cluster, labels, rate }: Scope, ...release: readonly Matcher[]): PromQL {
  const info = selector(known("kubevirt_info"), [...cluster, ...release]);
  // Room for missed scrapes, as the slopes of a rate have.
  const recent = promql`last_over_time(${info}[${duration(3 * rate.intervalMs)}])`;
  return promql`on (${[labels.job, labels.instance, ...labels.replica]}) ${recent}`;
}
