import { readFileSync } from "node:fs";
import type { ApiResourceGroup } from "../../src/naming/rules/rest-mapper.ts";

/** A fact about prometheus-adapter: what it is given, and what it makes of it. */
export interface AdapterVector {
  readonly id: string;
  readonly kind: string;
  readonly expect: unknown;
}

/** Labels of a series, `__name__` among them, in the order of Prometheus. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** What vectors refer to by name. */
export interface AdapterFacts {
  readonly mappers: Readonly<Record<string, readonly ApiResourceGroup[]>>;
  /** Configuration files. */
  readonly configs: Readonly<Record<string, string>>;
  /** Prometheus' answers to `/api/v1/series` by `match[]`; a query that is absent is answered with none. */
  readonly seriesSets: Readonly<Record<string, Readonly<Record<string, readonly SeriesLabels[]>>>>;
}

/**
 * The vectors of a kind, from the file that the environment variable `VECTORS` names, or else from the project's copy. The
 * caller vouches for the fields that those of the kind have.
 */
export function adapterVectors<Vector extends AdapterVector>(kind: Vector["kind"]): readonly Vector[] {
  return readFile().vectors.filter((vector): vector is Vector => vector.kind === kind);
}

/** What the vectors of the same file refer to. */
export function adapterFacts(): AdapterFacts {
  return readFile();
}

function readFile(): AdapterFacts & { readonly vectors: readonly AdapterVector[] } {
  const file = process.env["VECTORS"] ?? "test/vectors/prometheus-adapter.json";
  return JSON.parse(readFileSync(file, "utf8")) as ReturnType<typeof readFile>;
}
