import { parse } from "yaml";
import type { ExportedMetric } from "../src/naming/exported-metrics.ts";

/** Reads what the last release promised, as `make generate` wrote it then; nothing when nothing was released. */
export function releasedExports(text: string): readonly ExportedMetric[] {
  const released: unknown = parse(text);
  if (!Array.isArray(released)) throw new Error("Cannot read what was released: expected a list of names");
  return released as readonly ExportedMetric[];
}
