import type { BackfillSeries } from "./backfill.ts";
import { createPast, type Past } from "./catalogue-past.ts";
import { readFleet } from "./kubevirt-vectors.ts";
import { expositionOf, vectorsOf } from "./kubevirt-versions.ts";
import type { VmTruth } from "./metric-truth.ts";

const version = "v1.9";
const intervalMs = 30_000;
const scrapes = 20;
const agoMs = 12_000;

/** The volume of a PersistentVolumeClaim behind a virtual machine's drive, on the node where its pod runs. */
interface Volume {
  readonly namespace: string;
  readonly name: string;
  readonly drive: string;
  readonly claim: string;
  readonly node: string;
  readonly capacityBytes: number;
  readonly isBlock: boolean;
}

/** Ten minutes of the fleet of the vectors with what kubelets write of the volumes of those that run, and the truth about their size. */
export function createVolumesPast(nowMs: number): Past {
  const past = createPast({ version, nowMs });
  const all = volumes();
  const byVm = Map.groupBy(all, ({ namespace, name }) => `${namespace}/${name}`);
  return {
    ...past,
    series: [...past.series, ...all.flatMap(seriesOf)],
    truths: past.truths.map((truth) => withVolumes(truth, byVm.get(`${truth.namespace}/${truth.name}`) ?? [])),
  };
}

/** KubeVirt names the claims. No two volumes are alike, and none is as large as its claim asks for. */
function volumes(): readonly Volume[] {
  const drives = expositionOf(version).later.get("kubevirt_vm_disk_allocated_size_bytes")?.series ?? [];
  const running = readFleet(vectorsOf(version).fleet).later.filter(({ VMIPhase }) => VMIPhase === "Running");
  return drives.flatMap(({ labels, value }, index) => {
    const { namespace = "", name = "", device: drive = "", persistentvolumeclaim: claim = "", volume_mode } = labels;
    const vm = running.find((each) => each.Namespace === namespace && each.Name === name);
    if (vm === undefined) return [];
    const capacityBytes = value - (index + 1) * 4_096;
    return { namespace, name, drive, claim, node: vm.Node, capacityBytes, isBlock: volume_mode === "Block" };
  });
}

/**
 * As kube-prometheus scrapes kubelets, with `honorLabels`: `namespace` is the claim's. Of volume mode Block a kubelet knows
 * the capacity, and writes 0 for what is used (kubernetes, `volume_stat_calculator.go`).
 */
function seriesOf({ namespace, claim, node, capacityBytes, isBlock }: Volume): readonly BackfillSeries[] {
  const instance = `10.0.0.${node === "n1" ? 1 : 2}:10250`;
  const target = `job="kubelet",service="kubelet",endpoint="https-metrics",metrics_path="/metrics",node="${node}"`;
  const labels = `${target},instance="${instance}",namespace="${namespace}",persistentvolumeclaim="${claim}"`;
  const usedBytes = isBlock ? 0 : capacityBytes / 2;
  const families = { capacity: capacityBytes, used: usedBytes, available: capacityBytes - usedBytes };
  return Object.entries(families).map(([what, value]) => ({
    series: `kubelet_volume_stats_${what}_bytes{${labels}}`,
    samples: Array.from({ length: scrapes }, (_, scrape) => ({
      atMs: (scrape - scrapes + 1) * intervalMs - agoMs,
      value,
    })),
  }));
}

function withVolumes(truth: VmTruth, own: readonly Volume[]): VmTruth {
  const devices = Object.fromEntries(own.map(({ drive, capacityBytes }) => [drive, capacityBytes]));
  const physical =
    own.length === 0 ? undefined : { value: own.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0), devices };
  return { ...truth, of: (metric) => (metric === "storage-devicePhysicalBytes" ? physical : truth.of(metric)) };
}
