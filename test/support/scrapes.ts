import type { InputSeries } from "./promtool.ts";

/** A figure that a node reports of a virtual machine for a while. All times are in scrape intervals from the beginning. */
export interface Stay {
  readonly node: string;
  /** From the first moment at which a scrape finds it to just before the moment at which none does. */
  readonly from: number;
  readonly to: number;
  readonly valueAt: (time: number) => number;
}

/** What happens to a virtual machine. */
export interface Life {
  readonly name: string;
  readonly stays: readonly Stay[];
  /** Labels copied from the virtual machine, such as `kubernetes_vmi_label_app="a"`; none by default. */
  readonly labelsAt?: (time: number) => string;
}

/** Who scrapes the nodes: one of several jobs or replicas. All times are in scrape intervals. */
export interface Scraper {
  /** Labels of its samples. */
  readonly labels: string;
  /** When in each interval it scrapes, from 0 to 1; nodes other than the first one half an interval later. */
  readonly phase?: number;
  /** When it begins and ends. */
  readonly from?: number;
  readonly to?: number;
  /** Whether it writes markers where a series ends; if not, the series stays visible for Prometheus' lookback. */
  readonly marks?: boolean;
  /** Whether the scrape of this number fails. */
  readonly fails?: (scrape: number) => boolean;
}

/** One sample, or the marker that says that a series has ended. */
export interface Sample {
  readonly time: number;
  readonly value: number | "stale";
}

/** How finely an interval is divided: times of samples are rounded to tenths of it. */
export const fineness = 10;

/** What a Prometheus has stored of a life after `scrapes` intervals, by the labels that tell the series apart. */
export function storedOf(life: Life, scrapers: readonly Scraper[], scrapes: number): ReadonlyMap<string, Sample[]> {
  const stored = new Map<string, Sample[]>();
  const nodes = [...new Set(life.stays.map(({ node }) => node))];
  for (const scraper of scrapers) {
    for (const [index, node] of nodes.entries()) scrapeNode(life, node, index, scraper, scrapes, stored);
  }
  return stored;
}

function scrapeNode(
  { stays, labelsAt = () => "" }: Life,
  node: string,
  index: number,
  { labels, phase = 0, from = 0, to = Infinity, marks = true, fails = () => false }: Scraper,
  scrapes: number,
  stored: Map<string, Sample[]>,
): void {
  let visible: string | undefined;
  const first = (phase + index / 2) % 1;
  for (let scrape = 0; first + scrape <= scrapes; scrape += 1) {
    const time = rounded(first + scrape);
    if (time < from || time > to) continue;
    const stay = fails(scrape)
      ? undefined
      : stays.find((each) => each.node === node && each.from <= time && time < each.to);
    const found = stay && [labels, `node="${node}"`, labelsAt(time)].filter((text) => text !== "").join(",");
    if (visible !== undefined && visible !== found && marks) stored.get(visible)?.push({ time, value: "stale" });
    if (stay !== undefined && found !== undefined) {
      stored.set(found, [...(stored.get(found) ?? []), { time, value: stay.valueAt(time) }]);
    }
    visible = found;
  }
  // Prometheus marks the series of a target that is gone two intervals and a bit after its last scrape.
  if (visible !== undefined && marks && to < scrapes)
    stored.get(visible)?.push({ time: rounded(to + 2.1), value: "stale" });
}

function rounded(time: number): number {
  return Math.round(time * fineness) / fineness;
}

/** The series of a metric in namespace `shop` with labels such as `name="vm"`, as promtool reads them, times `factor`. */
export function inputSeries(
  metric: string,
  subject: string,
  stored: ReadonlyMap<string, readonly Sample[]>,
  factor = 1,
): readonly InputSeries[] {
  return [...stored].map(([labels, samples]) => ({
    series: `${metric}{namespace="shop",${subject},${labels}}`,
    values: promtoolValues(samples, factor),
  }));
}

/** Writes samples times `factor` as promtool reads them, at `fineness` slots per interval: `0 _x9 15 _x9 stale`. */
function promtoolValues(samples: readonly Sample[], factor = 1): string {
  let next = 0;
  const words = samples
    .toSorted((a, b) => a.time - b.time)
    .flatMap(({ time, value }) => {
      const slot = Math.round(time * fineness);
      const gap = slot - next;
      next = slot + 1;
      const word = value === "stale" ? value : String(value * factor);
      return gap === 0 ? [word] : [`_x${gap}`, word];
    });
  return words.join(" ");
}
