import { describe, expect, test } from "vitest";
import { compileSeriesFilter } from "../../../src/naming/rules/series-filter.ts";
import { type AdapterVector, adapterVectors } from "../../support/adapter-vectors.ts";

interface FilterVector extends AdapterVector {
  readonly kind: "filter";
  readonly filter: { readonly is?: string; readonly isNot?: string };
  readonly inputs?: readonly string[];
  readonly expect: { readonly matches?: readonly boolean[]; readonly error?: string };
}

describe("compileSeriesFilter()", () => {
  test.for(adapterVectors<FilterVector>("filter"))("does as prometheus-adapter: $id", (vector) => {
    const { is = "", isNot = "" } = vector.filter;
    const filter = compileSeriesFilter({ is, isNot });
    const matches = filter.ok ? vector.inputs?.map(filter.value) : undefined;
    expect({ failed: !filter.ok, matches }).toEqual({
      failed: vector.expect.error !== undefined,
      matches: vector.expect.matches,
    });
  });

  test.for([
    [{ is: "_total$", isNot: "" }, "a_total", true],
    [{ is: "_total$", isNot: "" }, "a_total_b", false],
    [{ is: "", isNot: "^container_" }, "container_x", false],
    [{ is: "", isNot: "^container_" }, "a_container_x", true],
  ] as const)("%j on %s is %j", ([filter, series, kept]) => {
    const compiled = compileSeriesFilter(filter);
    expect(compiled.ok && compiled.value(series)).toBe(kept);
  });

  test.for([
    [{ is: "a", isNot: "b" }, 'cannot have both an `is` ("a") and `isNot` ("b") expression in a single filter'],
    [{ is: "", isNot: "" }, "must have either an `is` or `isNot` expression in a filter"],
    [{ is: "", isNot: "[" }, 'unable to compile series filter "[": error parsing regexp: missing closing ]: `[`'],
  ] as const)("refuses %j", ([filter, error]) => {
    expect(compileSeriesFilter(filter)).toEqual({ ok: false, error });
  });
});
