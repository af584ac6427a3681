import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import type { Inventory } from "../../src/vm/objects.ts";
import type { BackfillSeries } from "./backfill.ts";
import { backfillOf, type ExpositionBackfillOptions } from "./exposition-backfill.ts";
import { kubevirtInventory } from "./kubevirt-inventory.ts";
import { kubevirtTruth } from "./kubevirt-truth.ts";
import { expositionOf, type KubevirtVersion } from "./kubevirt-versions.ts";
import type { Tolerances } from "./metric-case.ts";
import type { VmTruth } from "./metric-truth.ts";

/** What a Prometheus has seen up to a moment, and what is true then. */
export interface Past {
  /** The moment, in milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly series: readonly BackfillSeries[];
  readonly inventory: Inventory;
  /** Of each virtual machine that has an instance. */
  readonly truths: readonly VmTruth[];
  /** The `vms` section of the configuration that fits; empty for the default. */
  readonly vms: Readonly<Record<string, unknown>>;
  /** By how much figures may differ from the truth; absent where all counters grow at one pace. */
  readonly tolerances?: Tolerances;
}

/** How the fleet of the vectors was seen. */
export interface PastOptions extends Pick<ExpositionBackfillOptions, "nowMs" | "honorLabels"> {
  readonly version: KubevirtVersion;
  /** What `kubevirt_info` says, `v1.4.0` for v1.4 by default. */
  readonly kubeversion?: string;
}

const agoMs = 7_000;

/** Ten minutes of one version of KubeVirt. */
export function createPast({ version, kubeversion, nowMs, honorLabels = true }: PastOptions): Past {
  return {
    nowMs,
    series: backfillOf(expositionOf(version, kubeversion), { nowMs, agoMs, honorLabels }),
    ...known(version, nowMs),
    vms: honorLabels ? {} : { labels: { namespace: "exported_namespace" } },
  };
}

/**
 * Ten minutes of v1.9 that does not say its release, and whose virtual CPUs seem to have used more than the whole virtual
 * machine, by less than if it were milliseconds.
 */
export function createImplausiblePast(nowMs: number): Past {
  const past = createPast({ version: "v1.9", nowMs, kubeversion: "v0.0.0" });
  return {
    ...past,
    series: past.series.map(({ series, samples }) => {
      const factor = series.startsWith("kubevirt_vmi_vcpu_seconds_total{") ? 20 : 1;
      return { series, samples: samples.map(({ atMs, value }) => ({ atMs, value: value * factor })) };
    }),
    truths: past.truths.map((truth) => ({
      ...truth,
      of: (metric) => (/^vcpu-(?:usageCores|timeSecondsTotal)$/u.test(metric) ? undefined : truth.of(metric)),
    })),
  };
}

/** Which version runs where while an upgrade is rolling. */
export interface RollingOptions extends Pick<PastOptions, "nowMs"> {
  readonly n1: KubevirtVersion;
  readonly n2: KubevirtVersion;
  /** Of what is not on each node. */
  readonly controlPlane: KubevirtVersion;
  /** What each `kubevirt_info` says, the release by default. */
  readonly kubeversion?: string;
}

/** Ten minutes of a fleet whose nodes run two versions. */
export function createRollingPast({ n1, n2, controlPlane, kubeversion, nowMs }: RollingOptions): Past {
  function seriesOf(version: KubevirtVersion, ...instances: readonly string[]): readonly BackfillSeries[] {
    const all = backfillOf(expositionOf(version, kubeversion), { nowMs, agoMs });
    return all.filter(({ series }) => instances.some((instance) => series.includes(`instance="${instance}:8443"`)));
  }
  const { inventory, truths } = known(controlPlane, nowMs);
  const ofNodes = { n1: known(n1, nowMs).truths, n2: known(n2, nowMs).truths };
  return {
    nowMs,
    series: [
      ...seriesOf(n1, "10.0.0.1"),
      ...seriesOf(n2, "10.0.0.2"),
      ...seriesOf(controlPlane, "10.0.0.3", "10.0.0.4"),
    ],
    inventory,
    truths: truths.map((truth) => {
      const { namespace, name } = truth;
      const { nodeName } = inventory.virtualMachineInstances.get(namespace, name) ?? {};
      const own = nodeName === "n1" || nodeName === "n2" ? ofNodes[nodeName] : [];
      const onNode = own.find((each) => each.namespace === namespace && each.name === name);
      return { ...truth, of: (metric) => (isOfNodes(metric, controlPlane) ? onNode : truth)?.of(metric) };
    }),
    vms: {},
  };
}

/**
 * A version that ran for ten minutes, until another one took its place three minutes ago. Guests run on meanwhile, and
 * their counters do not begin again.
 */
export function createReplacedPast(from: KubevirtVersion, to: KubevirtVersion, nowMs: number): Past {
  const spanMs = 180_000;
  const { inventory, truths } = known(to, nowMs);
  const since = backfillOf(expositionOf(to), { nowMs, agoMs, spanMs });
  const firstBySeries = new Map(since.map(({ series, samples }) => [series, samples[0]?.value ?? NaN]));
  const before = backfillOf(expositionOf(from), { nowMs, agoMs: agoMs + spanMs + 30_000 });
  return {
    nowMs,
    series: [
      ...before.map(({ series, samples }) => {
        const excess = (samples.at(-1)?.value ?? NaN) - (firstBySeries.get(series) ?? Infinity);
        return { series, samples: samples.map(({ atMs, value }) => ({ atMs, value: value - Math.max(0, excess) })) };
      }),
      ...since,
    ],
    inventory,
    // v1.8 writes the new name's samples under the old one with other times. After it the old name is not believed for a while.
    truths: truths.map((truth) => ({
      ...truth,
      of: (metric) =>
        minorOf(from) >= 8 && minorOf(to) < 8 && /^migration-(?:data|memory)Total/u.test(metric)
          ? undefined
          : truth.of(metric),
    })),
    vms: {},
  };
}

/** What Kubernetes knows of the fleet, and what is true. */
function known(version: KubevirtVersion, nowMs: number): Pick<Past, "inventory" | "truths"> {
  const inventory = kubevirtInventory(version, { nowMs, agoMs });
  const { virtualMachineInstances: store } = inventory;
  const truths = kubevirtTruth(version, agoMs / 1_000);
  return { inventory, truths: truths.filter(({ namespace, name }) => store.get(namespace, name) !== undefined) };
}

/** Whether a metric is read of what runs on each node. virt-controller lists interfaces since v1.5. */
function isOfNodes(metric: string, controlPlane: KubevirtVersion): boolean {
  if (metric === "network-interfaceCount") return minorOf(controlPlane) < 5;
  const [source] = catalogue.find(({ name }) => name === metric)?.sources ?? [];
  return source?.exporter.name.startsWith("virt-handler") === true;
}

function minorOf(version: KubevirtVersion): number {
  return Number(version.slice("v1.".length));
}
