/** Base units only: bytes and seconds, never multiples (Prometheus, "Metric and label naming"). */
const baseUnits = [
  "Bytes",
  "Seconds",
  "Cores",
  "Ratio",
  "Count",
  "Pages",
  "Code",
  "Boolean",
  "Operations",
  "Packets",
  "Errors",
  "Faults",
  "Processes",
] as const;

/** What is counted or measured, as the name of a metric says it. */
export type BaseUnit = (typeof baseUnits)[number];

/** The last words of a metric's name: `Bytes`, `BytesPerSecond` for a rate, `BytesTotal` for a sum that only grows. */
export type Unit = BaseUnit | `${BaseUnit}PerSecond` | `${BaseUnit}Total`;

/** The same unit in other words. */
export interface UnitAlias {
  /** Stands where the unit does, such as `KiBPerSecond` for `BytesPerSecond`. */
  readonly word: string;
  /** A value of the unit times this is the value in the alias. */
  readonly factor: number;
}

/** Adding up percentages, names of states, or answers to yes and no, gives something of another kind. */
const notAdditive: readonly BaseUnit[] = ["Ratio", "Code", "Boolean"];

const aliases: readonly (UnitAlias & { readonly of: BaseUnit })[] = [
  { of: "Bytes", word: "KiB", factor: 1 / 1024 },
  { of: "Bytes", word: "MiB", factor: 1 / 1024 ** 2 },
  { of: "Bytes", word: "GiB", factor: 1 / 1024 ** 3 },
  { of: "Seconds", word: "Milliseconds", factor: 1_000 },
  { of: "Cores", word: "Millicores", factor: 1_000 },
  { of: "Ratio", word: "Percent", factor: 100 },
];

/** The words that can stand for a unit in a name, without `PerSecond` and `Total`: base units, then aliases. */
export const unitWords: readonly string[] = [...baseUnits, ...aliases.map(({ word }) => word)];

/** Whether a word is a unit that metrics have, and no alias of one: `Bytes` is, `KiB` and `BytesTotal` are not. */
export function isBaseUnit(word: string): word is BaseUnit {
  return baseUnits.some((base) => base === word);
}

/** Whether adding the values of several virtual machines gives a value of the same kind. */
export function isAdditive(unit: Unit): boolean {
  return !notAdditive.some((base) => unit.startsWith(base));
}

/** The other words that a unit can be asked in, in a fixed order; none for what is counted in ones. */
export function aliasesOf(unit: Unit): readonly UnitAlias[] {
  return aliases
    .filter(({ of }) => unit.startsWith(of))
    .map(({ of, word, factor }) => ({ word: word + unit.slice(of.length), factor }));
}
