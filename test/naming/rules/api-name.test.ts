import { describe, expect, test } from "vitest";
import { compileApiName } from "../../../src/naming/rules/api-name.ts";
import { rule } from "../../support/adapter-rules.ts";
import { type AdapterVector, adapterVectors } from "../../support/adapter-vectors.ts";

interface ExpandVector extends AdapterVector {
  readonly kind: "expand";
  readonly matches: string;
  readonly as: string;
  readonly inputs: readonly string[];
  readonly expect: { readonly names?: readonly (string | null)[]; readonly error?: string };
}

describe("compileApiName()", () => {
  test.for(adapterVectors<ExpandVector>("expand"))("does as prometheus-adapter: $id", ({ matches, as, ...vector }) => {
    const name = compileApiName(rule({ name: { matches, as } }));
    const names = name.ok ? vector.inputs.map((series) => name.value(series) ?? null) : undefined;
    expect({ failed: !name.ok, names }).toEqual({
      failed: vector.expect.error !== undefined,
      names: vector.expect.names,
    });
  });

  test.for([
    [{}, "up", "up"],
    [{ matches: "^container_(.*)_total$" }, "container_cpu_total", "cpu"],
    [{ matches: "^container_(.*)_total$" }, "cpu_total", undefined],
    [{ matches: "^container_(.*)_total$", as: "${1}_per_second" }, "container_cpu_total", "cpu_per_second"],
    [{ matches: "^container_(.*)_total$", as: "$1_per_second" }, "container_cpu_total", ""],
    [{ matches: "cpu_(?P<what>.*)_total", as: "${what}" }, "container_cpu_user_total_x", "user"],
    [{ as: "m" }, "anything", "m"],
  ] as const)("%j names %s %j", ([name, series, metric]) => {
    const compiled = compileApiName(rule({ name }));
    expect(compiled.ok && compiled.value(series)).toBe(metric);
  });

  test.for([
    [
      { matches: "(" },
      'unable to generate series name filter from name rules associated with series query "q": ' +
        'unable to compile series filter "(": error parsing regexp: missing closing ): `(`',
    ],
    [{ matches: "(a)(b)" }, 'must specify an \'as\' value for name matcher "(a)(b)" associated with series query "q"'],
  ] as const)("refuses %j", ([name, error]) => {
    expect(compileApiName(rule({ seriesQuery: "q", name }))).toEqual({ ok: false, error });
  });
});
