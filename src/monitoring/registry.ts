import { Counter, Gauge, Histogram, Registry as PromRegistry } from "prom-client";
import { type Definition, helpText, type Labels } from "./definition.ts";

/** Adds to a counter; by 1 unless it is said otherwise. Adding 0 makes a series that is there before anything happens. */
export type Count<L extends string> = (labels: Labels<L>, by?: number) => void;

/** Sets a gauge, or puts a value into a histogram. Throws when it is not finite. */
export type Measure<L extends string> = (labels: Labels<L>, value: number) => void;

type Defined<L extends string, T extends Definition["type"]> = Definition<L> & { readonly type: T };

/** The families of one server. Each is defined once; a second one of its name throws. */
export interface Registry {
  readonly counter: <L extends string>(definition: Defined<L, "counter">) => Count<L>;
  readonly gauge: <L extends string>(definition: Defined<L, "gauge">) => Measure<L>;
  readonly histogram: <L extends string>(definition: Defined<L, "histogram">) => Measure<L>;
  /**
   * Families of one series each, whose values are read together when somebody asks. A value that is undefined is not known,
   * and has no series.
   */
  readonly readings: <K extends string>(
    definitions: Readonly<Record<K, Defined<never, "counter" | "gauge">>>,
    read: () => Readonly<Record<K, number | undefined>>,
  ) => void;
  /** All families in the text format of Prometheus, in the order in which they were defined. */
  readonly expose: () => Promise<string>;
}

/** The media type of what `expose` gives. Prometheus 3 refuses an answer without one. */
export const expositionType = PromRegistry.PROMETHEUS_CONTENT_TYPE;

/** Makes an empty registry. The only function that knows the prom-client package, whose own registry is the process'. */
export function createRegistry(): Registry {
  const registry = new PromRegistry();
  const refreshing: (() => void)[] = [];

  function options<L extends string>(definition: Definition<L>) {
    const { name, labels } = definition;
    return { name, help: helpText(definition), labelNames: labels, registers: [registry] };
  }

  return {
    counter: (definition) => {
      const counter = new Counter(options(definition));
      return (labels, by = 1) => counter.inc(labels, by);
    },
    gauge: (definition) => {
      const gauge = new Gauge(options(definition));
      return (labels, value) => gauge.set(labels, value);
    },
    histogram: (definition) => {
      const histogram = new Histogram({ ...options(definition), buckets: [...(definition.buckets ?? [])] });
      return (labels, value) => histogram.observe(labels, value);
    },
    readings: (definitions, read) => {
      const families = keysOf(definitions).map((key) => {
        const definition = definitions[key];
        const Family = definition.type === "counter" ? Counter : Gauge;
        return { key, family: new Family(options(definition)) };
      });
      refreshing.push(() => {
        const values = read();
        for (const { key, family } of families) {
          const value = values[key];
          family.reset(); // to 0, also a counter
          if (value === undefined) family.remove();
          else family.inc(value);
        }
      });
    },
    expose: async () => {
      for (const refresh of refreshing) refresh();
      return registry.metrics();
    },
  };
}

/** TypeScript allows for keys that a type does not name; tables here have none. */
function keysOf<K extends string>(table: Readonly<Record<K, unknown>>): readonly K[] {
  return Object.keys(table) as K[];
}
