import { scrapeConfigs } from "../../sandbox/kubevirt/scrape-configs.ts";
import type { BackfillSeries } from "./backfill.ts";
import { type Moment, readFleet } from "./kubevirt-vectors.ts";
import { type KubevirtExposition, vectorsOf } from "./kubevirt-versions.ts";

/** How a Prometheus scraped an exposition. */
export interface ExpositionBackfillOptions {
  /** The moment of the question, in milliseconds since the Unix epoch; to be given to `startBackfilledPrometheus()`, too. */
  readonly nowMs: number;
  /** How long ago the last scrape was, in milliseconds. Default 7,000. */
  readonly agoMs?: number;
  /** Default 30,000. */
  readonly intervalMs?: number;
  /** From the first scrape to the last, in milliseconds. Default ten minutes. */
  readonly spanMs?: number;
  /** False puts an exporter's own `namespace` into `exported_namespace`. Default true, as KubeVirt's ServiceMonitor has it. */
  readonly honorLabels?: boolean;
  /** Further labels of every series, such as `{ prometheus_replica: "a" }`. */
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * The series that Prometheus has after it scraped an exposition: the last scrape is `later`, the one before it `first`,
 * and the others continue what grew between these two at the same pace, so that every counter has one rate throughout.
 * A small counter is below zero in the oldest scrapes. What does not grow stays as it was in `first`.
 *
 * Samples with timestamps of their own and values that are times keep their distance to the last scrape. Data of a
 * migration without timestamps are in the last two scrapes only.
 */
export function backfillOf(
  exposition: KubevirtExposition,
  options: ExpositionBackfillOptions,
): readonly BackfillSeries[] {
  const { scrapedAtMs, targets } = targetsOf(exposition);
  return [...seriesOf(exposition)].flatMap(([name, { family, labels, first, later, stamped }]) =>
    targets(family, labels).map((target) => {
      const lasting = { family, first, later, stamped };
      return {
        series: seriesName(name.slice(0, name.indexOf("{")), storedLabels(labels, target.labels, options)),
        samples: samplesOf(lasting, scrapedAtMs(target.name), options),
      };
    }),
  );
}

type Labels = Readonly<Record<string, string>>;
type Scrapes = Readonly<Record<Moment, number>>;

/** One series in both scrapes; absent values are not in that scrape. */
interface Lasting {
  readonly family: string;
  readonly first: number | undefined;
  readonly later: number | undefined;
  /** Its samples with timestamps of their own, in time order. */
  readonly stamped: readonly (readonly [timestampMs: number, value: number])[];
}

/** Each series of both scrapes by its name and labels. */
function seriesOf(exposition: KubevirtExposition): ReadonlyMap<string, Lasting & { readonly labels: Labels }> {
  const samples = (["first", "later"] as const).flatMap((moment) =>
    [...exposition[moment]].flatMap(([family, { series }]) =>
      series.map((sample) => ({ moment, family, ...sample, name: seriesName(family, sample.labels) })),
    ),
  );
  const found = Map.groupBy(samples, ({ name }) => name);
  return new Map(
    [...found].flatMap(([name, all]) => {
      const [{ family, labels } = { family: "", labels: {} }] = all;
      const plain = all.filter(({ timestampMs }) => timestampMs === undefined);
      const stamped = new Map(
        all.flatMap(({ timestampMs, value }) => (timestampMs === undefined ? [] : [[timestampMs, value] as const])),
      );
      const [first, later] = (["first", "later"] as const).map(
        (at) => plain.find(({ moment }) => moment === at)?.value,
      );
      return [[name, { family, labels, first, later, stamped: [...stamped].toSorted(([a], [b]) => a - b) }] as const];
    }),
  );
}

function samplesOf(
  series: Lasting,
  scrapedAtMs: Scrapes,
  options: ExpositionBackfillOptions,
): BackfillSeries["samples"] {
  const { nowMs, agoMs = 7_000, intervalMs = 30_000, spanMs = 600_000 } = options;
  const { family, first, later, stamped } = series;
  if (stamped.length > 0) {
    return stamped.map(([timestampMs, value]) => ({ atMs: timestampMs - scrapedAtMs.later - agoMs, value }));
  }
  const count = isMigrationData(family) ? 2 : Math.floor(spanMs / intervalMs) + 1;
  const shiftSeconds = isTime(family) ? (nowMs - agoMs - scrapedAtMs.later) / 1_000 : 0;
  const slope = ((later ?? NaN) - (first ?? NaN)) / (scrapedAtMs.later - scrapedAtMs.first);
  return Array.from({ length: count }, (_, index) => index - count + 1).flatMap((scrape) => {
    const value = Number.isNaN(slope) || slope === 0 ? standing(series, scrape) : later;
    const grown = Number.isNaN(slope) ? 0 : slope * scrape * intervalMs;
    // 0 and -1 say that there is no such time.
    const shifted = value === undefined || value <= 0 ? value : value + shiftSeconds;
    return shifted === undefined ? [] : [{ atMs: scrape * intervalMs - agoMs, value: shifted + grown }];
  });
}

function standing({ first, later }: Lasting, scrape: number): number | undefined {
  return scrape === 0 ? later : first;
}

/** Ordinary series up to v1.3, there while the migration runs. */
function isMigrationData(family: string): boolean {
  return /^kubevirt_(?:vmi_migration|migrate_vmi)_(?:data|dirty|memory|disk)_/u.test(family);
}

function isTime(family: string): boolean {
  return /_(?:timestamp|start_time|end_time)_seconds$/u.test(family);
}

/** Targets by component, and which of them wrote a series. */
function targetsOf({ version, later }: KubevirtExposition): {
  readonly scrapedAtMs: (target: string) => Scrapes;
  readonly targets: (family: string, labels: Labels) => readonly Target[];
} {
  const { targets: raw } = readFleet(vectorsOf(version).fleet);
  const all = ["virt-handler-n1", "virt-handler-n2", "virt-controller", "virt-api"];
  const [config] = scrapeConfigs("", ["n1", "n2"]);
  const byName = new Map(
    all.map((name, index) => {
      const { __metrics_path__: _, ...labels } = config?.static_configs[index]?.labels ?? {};
      return [name, { name, labels: { ...labels, job: config?.job_name ?? "" } }] as const;
    }),
  );
  // What says no node is of the node that the virtual machine's other series name.
  const nodeByVm = new Map(
    [...(later.get("kubevirt_vmi_memory_resident_bytes")?.series ?? [])].map(({ labels }) => [
      vmOf(labels),
      labels["node"],
    ]),
  );
  return {
    scrapedAtMs: (target) => {
      const found = raw[target]?.scrapedAtUnixMilli;
      if (found === undefined) throw new Error(`Cannot find target "${target}"`);
      return found;
    },
    targets: (family, labels) =>
      componentsOf(family, labels["node"] ?? nodeByVm.get(vmOf(labels))).flatMap((name) => byName.get(name) ?? []),
  };
}

interface Target {
  readonly name: string;
  readonly labels: Labels;
}

const ofApi =
  /^kubevirt_(?:virt_api_|vnc_|console_|portforward_|usbredir_|vm_created_by_pod|vmi_last_api_connection|rest_client_)/u;
const ofController =
  /^kubevirt_(?:virt_controller_|vm_|vmi_info|vmi_non_evictable|vmi_status_addresses|vmi_vnic_info|vmi_launcher_memory|vmi_migrations_in|vmi_number_of|vmi_migration_(?:succeeded|failed|start|end|phase)|vmi_phase|migrate_vmi_(?:succeeded|failed|pending|running|scheduling)|node_deprecated)/u;

/** KubeVirt's components that export a series. What says neither component nor virtual machine is each virt-handler's. */
function componentsOf(family: string, node: string | undefined): readonly string[] {
  if (ofApi.test(family)) return ["virt-api"];
  if (ofController.test(family)) return ["virt-controller"];
  if (node !== undefined) return [`virt-handler-${node}`];
  // The controller synchronises what no node reports, too.
  return family === "kubevirt_vmi_sync_total" ? ["virt-controller"] : ["virt-handler-n1", "virt-handler-n2"];
}

function vmOf(labels: Labels): string {
  return `${labels["namespace"]}/${labels["name"]}`;
}

/** As Prometheus stores them: empty ones are left out, and of two with one name the exporter's or the target's wins. */
function storedLabels(own: Labels, target: Labels, options: ExpositionBackfillOptions): Labels {
  const { honorLabels = true, labels = {} } = options;
  const written = Object.entries(own).filter(([, value]) => value !== "");
  const kept = written.map(
    ([name, value]) => [!honorLabels && name in target ? `exported_${name}` : name, value] as const,
  );
  return { ...target, ...Object.fromEntries(kept), ...labels };
}

function seriesName(family: string, labels: Labels): string {
  return `${family}{${Object.keys(labels)
    .toSorted()
    .map((label) => `${label}=${JSON.stringify(labels[label])}`)
    .join(",")}}`;
}
