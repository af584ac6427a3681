const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a duration as Go writes it (`time.ParseDuration`): `500ms`, `1.5h`, `1h15m30s`, `0`; there are no days.
 * Returns milliseconds, or undefined when the text is not a duration or negative.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|ms|s|m|h))+$/u.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(\D+)/gu);
  return [...parts].reduce((total, [, amount, unit = ""]) => total + Number(amount) * (unitMs[unit] ?? 0), 0);
}
