import { known, promql } from "../../src/promql/expression.ts";
import { gaugeOf, ofNodes } from "../../src/vm/catalogue/expressions.ts";
import { type Evaluate, type InputSeries, nothingOf, promtoolTest } from "./promtool.ts";
import { shopScope } from "./scope.ts";
import { fineness, inputSeries, type Life, type Stay, storedOf } from "./scrapes.ts";
import { settings } from "./settings.ts";

/** A virtual machine with a gauge. All times are in scrape intervals. */
interface GaugeLife extends Life {
  /** What is true at a time; undefined while there is nothing to know. */
  readonly truth: (time: number) => number | undefined;
}

function stay(node: string, from: number, to: number, valueAt: (time: number) => number): Stay {
  return { node, from, to, valueAt };
}

const forever = 1_000;

function seven(): number {
  return 7;
}

function falling(time: number): number {
  return time < 13.2 ? 9 : 7;
}

/** In each life something happens between 12 and 16. */
const lives: readonly GaugeLife[] = [
  { name: "stays the same", stays: [stay("n1", 0, forever, seven)], truth: seven },
  { name: "falls", stays: [stay("n1", 0, forever, falling)], truth: falling },
  {
    name: "rises",
    stays: [stay("n1", 0, forever, (time) => 16 - falling(time))],
    truth: (time) => 16 - falling(time),
  },
  {
    name: "is there from 12.2 on",
    stays: [stay("n1", 12.2, forever, seven)],
    truth: (time) => (time < 12.2 ? undefined : 7),
  },
  {
    name: "has another value after a migration",
    stays: [stay("n1", 0, 13.2, falling), stay("n2", 13.2, forever, falling)],
    truth: falling,
  },
  {
    name: "is low at the target of a migration while the source reports",
    stays: [stay("n1", 0, 13.2, seven), stay("n2", 12.4, forever, (time) => (time < 13.2 ? 1 : 7))],
    truth: seven,
  },
  {
    name: "migrates back soon",
    stays: [stay("n1", 0, 12.4, seven), stay("n2", 12.4, 15.1, seven), stay("n1", 15.1, forever, seven)],
    truth: seven,
  },
  {
    name: "is gone for an interval",
    stays: [stay("n1", 0, 12.6, seven), stay("n2", 13.9, forever, seven)],
    truth: seven,
  },
  {
    name: "gets a label as it falls",
    stays: [stay("n1", 0, forever, falling)],
    labelsAt: (time) => (time < 13.2 ? "" : 'kubernetes_vmi_label_x="a"'),
    truth: falling,
  },
];

/** What is checked; everything by default. */
export interface GaugeCheck {
  readonly intervalMs: number;
  /** How many scrapes lie between two looks; a half by default. */
  readonly pace?: number;
  /** Prometheus' own engine by default. */
  readonly evaluate?: Evaluate;
}

const gauge = gaugeOf({ series: "gauge" }, ofNodes);
const scrapes = 24;
/** A value may be so old: a scrape that failed, an interval to the next one, and what died then counts for another. */
const delay = 2.5;
/** What is there for less than an eighth of the greatest age is not remembered when a scrape fails. */
const rememberedMs = 15_000;

/** Holds the gauge of every life in every setting against what was true within the last two and a half intervals. */
export async function checkGauges(check: GaugeCheck): Promise<{ cases: number; complaints: string }> {
  const { intervalMs, pace = 0.5, evaluate = promtoolTest } = check;
  // A figure that is due and missing reads -100.
  const figures = promql`((${gauge(shopScope({ intervalMs, windowMs: 4 * intervalMs }))}) or on (namespace, name) ${known("due")} * -100)`;
  const wrong = `abs(${figures} - on (namespace, name) middle) > on (namespace, name) (spread + 0.01)`;
  const times = Array.from({ length: Math.floor((scrapes - 4) / pace) }, (_, index) => 4 + index * pace);
  const expectations = times.map((scrape) => nothingOf(wrong, scrape * intervalMs));
  const tests = Object.entries(settings).map(([setting, scrapers]) => ({
    input: lives.flatMap((life) => {
      const vm = `name="${life.name}, scraped by ${setting}"`;
      return [...inputSeries("gauge", vm, storedOf(life, scrapers, scrapes)), ...truths(life, vm, intervalMs)];
    }),
    expectations,
  }));
  const complaints = await evaluate(`${intervalMs / fineness}ms`, tests);
  return { cases: times.length * lives.length * tests.length, complaints };
}

/** The middle of what was true within `delay`, how far from there it was, and whether a figure must be there. */
function truths({ truth }: GaugeLife, vm: string, intervalMs: number): readonly InputSeries[] {
  const slots = Array.from({ length: scrapes * fineness }, (_, slot) => slot / fineness);
  const ranges = slots.map((time) => {
    const values = slots.filter((then) => then > time - delay && then <= time).flatMap((then) => truth(then) ?? []);
    return { least: Math.min(...values), most: Math.max(...values) };
  });
  function series(metric: string, value: (range: { least: number; most: number }) => number): InputSeries {
    const words = ranges.map((range) => (range.least > range.most ? "_" : String(value(range))));
    return { series: `${metric}{namespace="shop",${vm}}`, values: words.join(" ") };
  }
  const since = slots.findIndex((time) => truth(time) !== undefined);
  const wait = since === 0 ? 0 : since + Math.ceil(Math.max(delay, rememberedMs / intervalMs + 1) * fineness);
  return [
    series("middle", ({ least, most }) => (least + most) / 2),
    series("spread", ({ least, most }) => (most - least) / 2),
    { series: `due{namespace="shop",${vm}}`, values: `_x${wait} 1+0x${scrapes * fineness}`.replace("_x0 ", "") },
  ];
}
