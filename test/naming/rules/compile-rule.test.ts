import { describe, expect, test } from "vitest";
import { compileRule } from "../../../src/naming/rules/compile-rule.ts";
import { createResourceLabels } from "../../../src/naming/rules/resource-labels.ts";
import { compiled, mapperOf, rule, rulesOf } from "../../support/adapter-rules.ts";
import { type AdapterVector, adapterVectors } from "../../support/adapter-vectors.ts";

interface NamersVector extends AdapterVector {
  readonly kind: "namers";
  readonly config: string;
  readonly mapper: string;
  readonly expect: { readonly ok: boolean };
}

describe("compileRule()", () => {
  // Row 2 of the peer's defects: there an unknown resource ends the process, here it is listed and waited for.
  test.for(adapterVectors<NamersVector>("namers"))("starts where prometheus-adapter does: $id", (vector) => {
    const mapper = mapperOf(vector.mapper);
    const messages = [...rulesOf(vector.config, "rules"), ...rulesOf(vector.config, "externalRules")].flatMap(
      (given) => {
        const result = compileRule(given);
        const problems = result.ok ? createResourceLabels(result.value, mapper).unknown : result.error;
        return problems.map(({ message }) => message);
      },
    );
    expect(messages.length === 0).toBe(vector.expect.ok);
  });

  test("accepts a rule that says nothing", () => {
    expect(compiled(rule()).nameOf("up")).toBe("up");
  });

  test("leaves out series by filters and by the name, all of which must hold", () => {
    const { nameOf } = compiled(
      rule({
        seriesFilters: [
          { is: "^container_", isNot: "" },
          { is: "", isNot: "_bytes" },
        ],
        name: { matches: "^container_(.*)_total$" },
      }),
    );
    const series = ["container_cpu_total", "node_cpu_total", "container_read_bytes_total", "container_cpu"];
    expect(series.map(nameOf)).toEqual(["cpu", undefined, undefined, undefined]);
  });

  test("lists every problem with its place", () => {
    const problems = compileRule(
      rule({
        seriesQuery: "q",
        seriesFilters: [
          { is: "a", isNot: "" },
          { is: "", isNot: "" },
          { is: "(", isNot: "" },
        ],
        resources: { template: "<<.Group>>", overrides: [{ label: "x", group: "kubevirt.io", resource: "" }] },
        name: { matches: "(a)(b)" },
        metricsQuery: "<<.Series",
      }),
    );
    expect(problems.ok ? [] : problems.error.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([
      'resources.template: unable to generate label format from template "<<.Group>>": ' +
        "must include at least `{{.Resource}}` in the label template",
      "resources.overrides.x: unable to normalize group-resource {kubevirt.io }: " +
        "a resource must be present, got: kubevirt.io/, Resource=",
      'metricsQuery: unable to construct metrics query associated with series query "q": ' +
        'unable to parse metrics query template "<<.Series": template: metrics-query:1: unclosed action',
      'seriesFilters.1: unable to generate series name filter associated with series query "q": ' +
        "must have either an `is` or `isNot` expression in a filter",
      'seriesFilters.2: unable to generate series name filter associated with series query "q": ' +
        'unable to compile series filter "(": error parsing regexp: missing closing ): `(`',
      'name.matches: must specify an \'as\' value for name matcher "(a)(b)" associated with series query "q"',
    ]);
  });

  test("takes a query that fails or is empty only when it is rendered", () => {
    expect(compileRule(rule({ metricsQuery: "<<.Nope>>" })).ok).toBe(true);
    expect(compileRule(rule({ metricsQuery: "" })).ok).toBe(true);
  });
});
