import { known, promql, type PromQL } from "../../src/promql/expression.ts";
import { rateOf } from "../../src/vm/catalogue/expressions.ts";
import type { Scope } from "../../src/vm/catalogue/vm-metric.ts";
import { type Evaluate, type InputSeries, nothingOf, promtoolTest } from "./promtool.ts";
import { shopScope } from "./scope.ts";
import { fineness, inputSeries, type Life, type Scraper, type Stay, storedOf } from "./scrapes.ts";
import { settings as allSettings } from "./settings.ts";

/** A virtual machine that uses half a core while it runs. All times are in scrape intervals. */
export interface CaseLife extends Life {
  /** When it is first seen; 0 by default. */
  readonly begins?: number;
  /** Until when little is known of it, if its scrapers have a break, too, or the window is short; 0 by default. */
  readonly scantUntil?: number;
}

/** Half a core, from `running` until `paused`; `before` says what the counter shows at first. */
export function stay(node: string, from: number, to: number, { before = 0, running = from, paused = to } = {}): Stay {
  return { node, from, to, valueAt: (time) => before + Math.max(0, Math.min(time, paused) - running) / 2 };
}

const forever = 1_000;

/** In each life something happens between 12 and 16. */
export const lives: readonly CaseLife[] = [
  { name: "runs all the time", stays: [stay("n1", 0, forever, { before: 5_000 })] },
  { name: "boots", stays: [stay("n1", 12.2, forever)], begins: 12.2 },
  {
    name: "is seen first by a Prometheus that was emptied",
    stays: [stay("n1", 13, forever, { before: 5_000 })],
    begins: 13,
  },
  { name: "migrates", stays: [stay("n1", 0, 12.4), stay("n2", 12.4, forever)] },
  {
    name: "migrates, and both nodes report for a while",
    stays: [stay("n1", 0, 13.6, { paused: 12.4 }), stay("n2", 12.1, forever, { running: 12.4 })],
  },
  {
    name: "migrates back soon",
    stays: [stay("n1", 0, 12.4), stay("n2", 12.4, 15.8), stay("n1", 15.8, forever)],
    scantUntil: 18,
  },
  { name: "is restarted in place", stays: [stay("n1", 0, 12.6), stay("n1", 12.6, forever)] },
  { name: "is restarted on another node", stays: [stay("n1", 0, 12.6), stay("n2", 13.9, forever)], scantUntil: 18 },
  {
    name: "gets a label",
    stays: [stay("n1", 0, forever)],
    labelsAt: (time) => (time < 13.5 ? "" : 'kubernetes_vmi_label_x="a"'),
  },
  {
    name: "has two labels of which either is chosen at random",
    stays: [stay("n1", 0, forever)],
    labelsAt: (time) => `kubernetes_vmi_label_x="${Math.floor(time * 7) % 3 === 0 ? "a" : "b"}"`,
    scantUntil: forever,
  },
];

/** What a constant load looks like at any moment of a migration, in any phase of the scrapes. */
export const migrations: readonly CaseLife[] = Array.from({ length: 10 }, (_, tenth) => 12 + tenth / 10).flatMap((at) =>
  [0, 0.2, 0.5, 1, 1.4].map((overlap) => ({
    name: `migrates at ${at}, and the source reports for ${overlap} scrapes more`,
    stays: [stay("n1", 0, at + overlap, { paused: at }), stay("n2", at, forever)],
  })),
);

/** Scrapes at every tenth of an interval; target and source half an interval apart. */
export const phases: Readonly<Record<string, readonly Scraper[]>> = Object.fromEntries(
  Array.from({ length: 10 }, (_, tenth) => [
    `a Prometheus at ${tenth / 10}`,
    [{ labels: 'job="a"', phase: tenth / 10 }],
  ]),
);

/** What is checked; everything by default. */
export interface RateCheck {
  readonly intervalMs: number;
  readonly windowMs: number;
  /** How many scrapes lie between two looks; a half by default. */
  readonly pace?: number;
  readonly lives?: readonly CaseLife[];
  readonly settings?: Readonly<Record<string, readonly Scraper[]>>;
  /** How far from the truth a rate may be; a tenth by default. */
  readonly tolerance?: number;
  readonly rate?: (scope: Scope) => PromQL;
  /** Prometheus' own engine by default. */
  readonly evaluate?: Evaluate;
}

/** The scrapes for which every life is written down. */
const scrapes = 24;
/** A virtual machine has two counters, such as its network interfaces, that share its load. */
const shares = { a: 0.4, b: 0.6 };

/** Holds the rate of every life in every setting against half a core. It must be there whenever it can be expected. */
export async function checkRates(check: RateCheck): Promise<{ cases: number; complaints: string }> {
  const { intervalMs, windowMs, pace = 0.5, tolerance = 0.1, rate = rateOf({ series: "cpu", device: "part" }) } = check;
  const { evaluate = promtoolTest } = check;
  // A figure that is due and missing reads -1.
  const figures = promql`${rate(shopScope({ intervalMs, windowMs }))} or on (namespace, name) ${known("due")} * -1`;
  const times = Array.from({ length: Math.floor((scrapes - 4) / pace) }, (_, index) => 4 + index * pace);
  const wrong = `abs((${figures}) / 0.5 - 1) > ${tolerance}`;
  const expectations = times.map((scrape) => nothingOf(wrong, scrape * intervalMs));
  const tests = Object.entries(check.settings ?? allSettings).map(([setting, scrapers]) => ({
    input: (check.lives ?? lives).flatMap((life) =>
      seriesOf(life, `${life.name}, scraped by ${setting}`, scrapers, check),
    ),
    expectations,
  }));
  const complaints = await evaluate(`${intervalMs / fineness}ms`, tests);
  return { cases: tests.reduce((sum, { input }) => sum + input.filter(isDue).length, 0) * times.length, complaints };
}

/** The counters of a virtual machine, and a series that is there when it must have a figure. */
function seriesOf(
  life: CaseLife,
  vm: string,
  scrapers: readonly Scraper[],
  { intervalMs, windowMs }: RateCheck,
): readonly InputSeries[] {
  const stored = storedOf(life, scrapers, scrapes);
  const counters = Object.entries(shares).flatMap(([part, share]) =>
    inputSeries("cpu", `name="${vm}",part="${part}"`, stored, (share * intervalMs) / 1_000),
  );
  const due = dueFrom(life, scrapers.some(hasBreak), windowMs < 4 * intervalMs || intervalMs < 2_000);
  const wait = Math.round(due * fineness);
  return [...counters, { series: `due{namespace="shop",name="${vm}"}`, values: `_x${wait} 1+0x${scrapes * fineness}` }];
}

function isDue({ series }: InputSeries): boolean {
  return series.startsWith("due");
}

/**
 * When a figure must be there for good: two intervals after the beginning and one more, because scrapes have phases, and
 * another if some are missing just then. A short window, or one that is walked in steps of a whole interval, has too little
 * for a while after anything.
 */
function dueFrom({ begins = 0, scantUntil = 0 }: CaseLife, breaks: boolean, short: boolean): number {
  if (short) return Math.max(begins + 5, scantUntil, 20);
  return breaks ? Math.max(begins + (begins === 0 ? 3 : 4.5), Math.min(scantUntil, 20)) : begins + 3;
}

function hasBreak({ from = 0, to = forever, fails = () => false }: Scraper): boolean {
  return from > 0 || to < forever || [13, 14, 15].some((scrape) => fails(scrape));
}
