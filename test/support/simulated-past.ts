import { createExposition, type Exposition } from "../../sandbox/kubevirt/exposition.ts";
import { diskSizes } from "../../sandbox/kubevirt/domain.ts";
import { type LibvirtDomain, libvirtDomains } from "../../sandbox/kubevirt/libvirt-domain.ts";
import { type ExporterKind, scrapeConfigs } from "../../sandbox/kubevirt/scrape-configs.ts";
import { renderLabels } from "../../sandbox/kubevirt/text-format.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import type { Inventory } from "../../src/vm/objects.ts";
import { parseExposition } from "../sandbox/kubevirt/parse-exposition.ts";
import { fleetAt, running, spec } from "../sandbox/kubevirt/specs.ts";
import type { BackfillSeries } from "./backfill.ts";
import type { Past } from "./catalogue-past.ts";
import { type FleetMoment, fleetTruth } from "./fleet-truth.ts";
import { inventory, store, vm, vmi } from "./inventory.ts";
import type { Truth, VmTruth } from "./metric-truth.ts";

const intervalMs = 30_000;
const scrapes = 24;
const nodes = ["n1", "n2"];

/** The simulated fleet as one sort of exporter showed it for twelve minutes, until the moment of the last scrape. */
export function createSimulatedPast(kind: ExporterKind, nowMs: number): Past {
  const world = fleetAt(nowMs - scrapes * intervalMs);
  const { fleet, pass } = world;
  const record = createRecord(kind, createExposition({ fleet, nowMs: world.nowMs }), nowMs);
  fleet.setLoad("shop", "busy", { cores: 1.5, receiveBytesPerSecond: 3e6, readBytesPerSecond: 409_600 });
  const traits = { vcpus: 3, interfaces: ["default", "Net_1"], disks: ["rootdisk", "data"] };
  running(world, ...["busy", "idle", "paused", "hung", "migrated", "migrating"].map((name) => spec(name, traits)));
  pass(intervalMs / 1_000 - 2);
  const moments = Array.from({ length: scrapes }, (_, index): FleetMoment => {
    if (index > 0) pass(intervalMs / 1_000);
    const atMs = world.nowMs();
    record.scrape(atMs);
    if (index === 3) fleet.pause("shop", "paused");
    if (index === 4) fleet.hang("shop", "hung");
    if (index === 5) fleet.migrate("shop", "migrated");
    if (index === scrapes - 4) fleet.migrate("shop", "migrating", { migrationMs: 600_000 });
    return { machines: fleet.machines(), atMs };
  });
  const [before, now] = [moments.at(-5), moments.at(-1)];
  if (before === undefined || now === undefined) throw new Error("Cannot compare fewer than five scrapes");
  const truths = fleetTruth(before, now);
  return {
    nowMs,
    series: record.series(),
    inventory: inventoryOf(now),
    truths: kind === "kubevirt" ? truths : truths.map((truth) => foreignTruth(kind, truth, now)),
    vms: {},
    // Guests count whole packets, and the labels of the one that migrates changed within the window.
    tolerances: { rates: 0.1, others: 1e-9 },
  };
}

type Labels = Readonly<Record<string, string>>;

/** Collects what a Prometheus stores of an exposition. */
function createRecord(kind: ExporterKind, exposition: Exposition, nowMs: number) {
  const samples = new Map<string, Map<number, number>>();
  const [config] = scrapeConfigs("", nodes, [kind]);
  const onNode = {
    kubevirt: exposition.virtHandler,
    collectd: exposition.collectd,
    "libvirt-exporter": exposition.libvirtExporter,
  };
  const ofNodes = nodes.map((node) => () => onNode[kind](node));
  const texts = kind === "kubevirt" ? [...ofNodes, exposition.virtController, exposition.virtApi] : ofNodes;

  function targetOf(index: number): Labels {
    const { __metrics_path__: _, ...labels } = config?.static_configs[index]?.labels ?? {};
    return { ...labels, job: config?.job_name ?? "" };
  }

  function stored(own: Labels, target: Labels): Labels {
    const written = Object.entries(own).filter(([, value]) => value !== "");
    const kept = written.map(([name, value]) =>
      name in target && config?.honor_labels !== true ? [`exported_${name}`, value] : [name, value],
    );
    return { ...target, ...(Object.fromEntries(kept) as Labels) };
  }

  return {
    scrape: (atMs: number) => {
      for (const [index, text] of texts.entries()) {
        for (const [family, { series }] of parseExposition(text())) {
          for (const { labels, value, timestampMs = atMs } of series) {
            const name = `${family}{${renderLabels(stored(labels, targetOf(index)))}}`;
            samples.set(name, (samples.get(name) ?? new Map<number, number>()).set(timestampMs - nowMs, value));
          }
        }
      }
    },
    series: (): readonly BackfillSeries[] =>
      [...samples].map(([series, byTime]) => ({
        series,
        samples: [...byTime].toSorted(([a], [b]) => a - b).map(([atMs, value]) => ({ atMs, value })),
      })),
  };
}

/** What Kubernetes knows of the fleet. */
function inventoryOf({ machines }: FleetMoment): Inventory {
  const instances = machines.flatMap(({ spec: { name }, instance }) => {
    if (instance === undefined) return [];
    const pod = instance.launchers.find(({ podName }) => podName === instance.activePod);
    const migration = instance.migrations.at(-1);
    return vmi(name, {
      phase: instance.phase,
      createdAtMs: instance.createdAtMs,
      ...(pod?.node === undefined ? {} : { nodeName: pod.node }),
      ...(pod?.runsSinceMs === undefined ? {} : { runningSinceMs: pod.runsSinceMs }),
      ...(migration === undefined
        ? {}
        : {
            migration: {
              ...migration,
              startedAtMs: Math.floor(migration.startedAtMs / 1_000) * 1_000,
              ...(migration.outcome === undefined ? {} : { endedAtMs: migration.endsAtMs }),
            },
          }),
    });
  });
  return inventory({
    virtualMachineInstances: store(instances),
    virtualMachines: store(machines.map(({ spec: { name } }) => vm(name, ""))),
    namespaces: store([{ namespace: "", name: "shop", uid: "shop", labels: {} }]),
  });
}

/** What is true of a virtual machine as an exporter that asks libvirt tells it. */
function foreignTruth(
  kind: Exclude<ExporterKind, "kubevirt">,
  truth: VmTruth,
  { machines, atMs }: FleetMoment,
): VmTruth {
  const exporter = kind === "collectd" ? "collectd" : "libvirt exporter";
  const domains = nodes.flatMap((node) => libvirtDomains({ machines, node, nowMs: atMs, overlapMs: 0 }));
  const domain = domains.find(({ name }) => name === `${truth.namespace}_${truth.name}`);
  return {
    ...truth,
    of: (metric) => {
      const { sources = [] } = catalogue.find(({ name }) => name === metric) ?? {};
      // Other libvirt exporters have series of their own, which are not simulated.
      const source = sources.find((each) => each.exporter.name === exporter && each.versions.startsWith(exporter));
      if (domain === undefined || source === undefined) return undefined;
      // collectd says nothing more about a guest that is paused.
      if (kind === "collectd" && domain.state !== 1 && !metric.startsWith("guest-state")) return undefined;
      const own = libvirtFigure(metric, domain);
      // libvirt forgets a migration when it is over.
      const { value, devices } = own ?? (metric.startsWith("migration-") ? undefined : truth.of(metric)) ?? {};
      if (value === undefined) return undefined;
      return devices === undefined || source.foreignDevices === true ? { value } : { value, devices };
    },
  };
}

const pageBytes = 4_096;

/** What KubeVirt does not tell, or tells of another moment. */
function libvirtFigure(metric: string, { drives, job, state, reason }: LibvirtDomain): Truth | undefined {
  const figures: Readonly<Record<string, number | undefined>> = {
    "guest-stateCode": state,
    "guest-stateReasonCode": reason,
    "storage-deviceAllocationBytes": drives.length * diskSizes.allocationBytes,
    "storage-devicePhysicalBytes": drives.length * diskSizes.physicalBytes,
    ...(job === undefined
      ? {}
      : {
          "migration-timeElapsedSeconds": job.elapsedMs / 1_000,
          "migration-downtimeSeconds": 0.3,
          "migration-dataTotalBytes": job.totalBytes,
          "migration-memoryTotalBytes": job.totalBytes,
          "migration-dataProcessedBytes": job.processedBytes,
          "migration-memoryProcessedBytes": job.processedBytes,
          "migration-dataRemainingBytes": job.remainingBytes,
          "migration-memoryRemainingBytes": job.remainingBytes,
          "migration-memoryTransferBytesPerSecond": job.transferBytesPerSecond,
          "migration-memoryDirtyBytesPerSecond": Math.round(job.dirtyBytesPerSecond / pageBytes) * pageBytes,
          "migration-memoryConstantPages": Math.round(job.processedBytes / pageBytes / 10),
          "migration-memoryCompressedBytes": 0,
          "migration-memoryIterationCount": 1,
        }),
  };
  const value = figures[metric];
  return value === undefined ? undefined : { value };
}
