import { equals, known } from "../../src/promql/expression.ts";
import { coveredRate } from "../../src/promql/rate.ts";
import { type Expectation, type InputSeries, promtoolTest } from "./promtool.ts";

/** A counter's life, in scrapes of which each adds half a second of CPU time per second. */
export interface Life {
  readonly name: string;
  /** The samples of each of its series, at a growth of `step` per scrape. */
  readonly series: (step: number) => readonly { readonly labels?: string; readonly values: string }[];
  /** The scrapes after which it has a rate. */
  readonly known: (scrape: number) => boolean;
}

/** The scrapes for which every life is written down. */
const scrapes = 40;

/** What happens to virtual machines. Each uses half a core while it runs. */
export const lives: readonly Life[] = [
  {
    name: "runs all the time",
    series: (step) => [{ values: `0+${step}x${scrapes}` }],
    known: () => true,
  },
  {
    name: "boots after ten scrapes",
    series: (step) => [{ values: `_x10 ${step / 2}+${step}x${scrapes - 10}` }],
    known: (scrape) => scrape >= 12,
  },
  {
    name: "migrates after twelve scrapes, and both nodes report in one",
    series: (step) => [
      { labels: ',node="n1"', values: `0+${step}x12 ${12 * step} stale` },
      { labels: ',node="n2"', values: `_x13 ${step / 3}+${step}x${scrapes - 13}` },
    ],
    known: () => true,
  },
  {
    name: "is reset in place, as by a quick restart",
    series: (step) => [{ values: `100+${step}x9 ${step / 4}+${step}x${scrapes}` }],
    known: () => true,
  },
  {
    name: "changes a label while it runs",
    series: (step) => [
      { labels: ',kubernetes_vmi_label_x="a"', values: `0+${step}x14 stale` },
      { labels: ',kubernetes_vmi_label_x="b"', values: `_x15 ${15 * step}+${step}x${scrapes - 15}` },
    ],
    known: () => true,
  },
  {
    name: "is exported by two jobs and scraped by two replicas",
    series: (step) =>
      [',job="a"', ',job="b"', ',job="a",prometheus_replica="2"'].map((labels) => ({
        labels,
        values: `0+${step}x${scrapes}`,
      })),
    known: () => true,
  },
];

/**
 * Holds the rate of every life against half a core, at each scrape and halfway to the next one, once the window that
 * everything has run in from the start is over.
 */
export async function checkRates(intervalMs: number, windowMs: number): Promise<{ cases: number; complaints: string }> {
  const [namespace, name] = [known("namespace"), known("name")];
  const grouping = [namespace, name, known("job"), known("prometheus_replica")];
  const rate = coveredRate(known("cpu"), [equals(namespace, "shop")], grouping, { intervalMs, windowMs });
  const expr = `round(max by (namespace, name) (${rate}), ${1 / 1_024})`; // the sums of a few counters have dust
  const input = lives.flatMap(({ series }, index) =>
    series((intervalMs / 1_000) * 0.5).map(({ labels = "", values }): InputSeries => ({
      series: `cpu{namespace="shop",name="vm${index}"${labels}}`,
      values,
    })),
  );
  const times = Array.from({ length: 2 * (scrapes - 4) }, (_, half) => 4 + half / 2);
  const expectations = times.map((scrape): Expectation => ({
    expr,
    eval_time: `${Math.round(scrape * intervalMs)}ms`,
    exp_samples: lives.flatMap((life, index) =>
      isKnown(life, scrape) ? [{ labels: `{namespace="shop",name="vm${index}"}`, value: 0.5 }] : [],
    ),
  }));
  const complaints = await promtoolTest(`${intervalMs / 1_000}s`, input, expectations);
  return { cases: expectations.length * lives.length, complaints };
}

/** The last step that was walked may lie half an interval back. */
function isKnown(life: Life, scrape: number): boolean {
  return life.known(Math.floor(scrape * 2) / 2);
}
