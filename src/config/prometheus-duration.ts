import { fail, ok, type Result } from "../result.ts";

/**
 * Reads a duration of Prometheus' (`model.ParseDuration` of prometheus/common v0.46): `1h30m`, `5m`, `1d`, `0`; the units
 * y, w, d, h, m, s and ms in this order, with whole numbers. Returns milliseconds.
 */
export function parsePrometheusDuration(text: string): Result<number, string> {
  if (text === "") return fail("empty duration string");
  if (text === "0") return ok(0);
  const parts = pattern.exec(text)?.slice(1);
  if (parts === undefined) return fail(`not a valid duration string: ${JSON.stringify(text)}`);
  const ms = units.reduce((total, unitMs, index) => total + Number.parseInt(parts[index] ?? "0", 10) * unitMs, 0);
  return ms * 1e6 < 2 ** 63 ? ok(ms) : fail("duration out of range");
}

const pattern = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/u;

const dayMs = 86_400_000;
const units = [365 * dayMs, 7 * dayMs, dayMs, 3_600_000, 60_000, 1_000, 1];
