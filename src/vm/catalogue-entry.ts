import type { Lifecycle } from "../naming/stability.ts";
import { aliasesOf, type Unit } from "../naming/unit.ts";
import type { DeviceLabel, VmMetric } from "./catalogue/vm-metric.ts";
import { namesOf } from "./metric-names.ts";
import type { ServedMetric } from "./served-catalogue.ts";

/** A metric as people and programs are told of it: data alone, without the expressions behind it. */
export interface CatalogueEntry extends Lifecycle {
  readonly name: string;
  readonly unit: Unit;
  readonly kind: VmMetric["kind"];
  /** Full sentences. */
  readonly help: string;
  /** The first word of its name. */
  readonly group: string;
  /** The row of the table of wanted metrics that asks for it; absent for one that goes beyond that table. */
  readonly tableRow?: number;
  /** Whether it is there only while the virtual machine migrates. */
  readonly ephemeral: boolean;
  /** Whether the figure is another quantity, close under the condition that the help states. */
  readonly proxy: boolean;
  /** The label that selects among its devices; absent where it has none. */
  readonly device?: DeviceLabel;
  /** Its name in other units of the same quantity; none for what is counted in ones. */
  readonly inOtherUnits: readonly string[];
  /** The names by which it is asked of several virtual machines at once; the bare one first, where that is a sum. */
  readonly aggregates: readonly string[];
  /** Whether it is in discovery. */
  readonly listed: boolean;
  /** What has to be there before it has a figure; absent where KubeVirt's own series feed it. */
  readonly unfed?: string;
  /** Why it does not suit an autoscaler; absent where it does. */
  readonly unsuitable?: string;
  /** In the order of preference; none where nothing provides it. */
  readonly sources: readonly CatalogueSource[];
}

/** One way to get a metric's figure. */
export interface CatalogueSource {
  /** What is read: names of series. */
  readonly series: string;
  /** Who writes it so: `KubeVirt since v1.1`, `KubeVirt v0.59 to v1.0`. */
  readonly versions: string;
  readonly exporter: string;
}

/** Describes a metric of the catalogue. */
export function catalogueEntry({ metric, listed }: ServedMetric): CatalogueEntry {
  const { name, unit, kind, help, stability, since, seedRow, ephemeral = false, proxy = false, sources } = metric;
  return {
    name,
    unit,
    kind,
    help,
    stability,
    since,
    ...given(metric),
    ...(seedRow === undefined ? {} : { tableRow: seedRow }),
    group: name.slice(0, name.indexOf("-")),
    ephemeral,
    proxy,
    inOtherUnits: aliasesOf(unit).map(({ word }) => name.slice(0, name.length - unit.length) + word),
    aggregates: aggregateNames(metric),
    listed,
    sources: sources.map(({ series, versions, exporter, writer = exporter.name }) => ({
      series,
      versions,
      exporter: writer,
    })),
  };
}

/** What only some metrics have. */
function given(metric: VmMetric): Partial<Pick<VmMetric, (typeof optional)[number]>> {
  return Object.fromEntries(optional.flatMap((key) => (metric[key] === undefined ? [] : [[key, metric[key]]])));
}

const optional = ["betaSince", "deprecatedSince", "replacedBy", "device", "unfed", "unsuitable"] as const;

function aggregateNames(metric: VmMetric): readonly string[] {
  const names = [...namesOf([metric]).aggregate].flatMap(([name, { factor }]) => (factor === 1 ? [name] : []));
  return names.toSorted((a, b) => Number(b === metric.name) - Number(a === metric.name));
}
