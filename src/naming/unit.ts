/** The unit words that end a metric name, with what they imply. Base units only: bytes and seconds, never multiples. */
const units = {
  Cores: { additive: true },
  Bytes: { additive: true },
  BytesPerSecond: { additive: true },
  Ratio: { additive: false },
  Code: { additive: false },
  Boolean: { additive: false },
} as const;

/** The last word of a metric name. */
export type Unit = keyof typeof units;

/** Whether adding the values of several virtual machines gives a value of the same kind. */
export function isAdditive(unit: Unit): boolean {
  return units[unit].additive;
}
