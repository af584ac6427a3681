import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { catalogue } from "../../../src/vm/catalogue/catalogue.ts";
import { parseExposition } from "../../sandbox/kubevirt/parse-exposition.ts";
import { shopScope } from "../../support/scope.ts";

const scope = shopScope({ intervalMs: 30_000, windowMs: 120_000 });
const written = parseExposition(readFileSync(join(import.meta.dirname, "../../vectors/kubevirt/v1.9.0.prom"), "utf8"));

describe("catalogue", () => {
  test("has each name once", () => {
    const names = catalogue.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test.for(catalogue.map((metric) => [metric.name, metric] as const))(
    "%s is named for its unit",
    ([name, { unit }]) => {
      expect(name).toMatch(new RegExp(`^(cpu|memory|network|storage|guest)-[a-z][A-Za-z]+${unit}$`, "u"));
    },
  );

  test.for(catalogue.map((metric) => [metric.name, metric] as const))("%s explains itself", ([, { help, sources }]) => {
    expect(help).toMatch(/^[A-Z0-9].*\.$/u);
    expect(new Set(sources.map(({ name }) => name)).size).toBe(sources.length);
  });

  test.for(catalogue.map((metric) => [metric.name, metric] as const))(
    "%s reads first what KubeVirt v1.9.0 writes, and each source another series",
    ([, { sources }]) => {
      const series = sources.map(({ expression }) => new Set(expression(scope).match(/kubevirt_vmi?_\w+/gu)));
      const [first = new Set<string>()] = series;
      expect([...first].filter((name) => !written.has(name))).toEqual([]);
      expect(new Set(series.map((names) => [...names].join())).size).toBe(sources.length);
    },
  );

  test("has a heartbeat that KubeVirt v1.9.0 writes for each exporter but the one of older versions", () => {
    const exporters = new Set(catalogue.flatMap(({ sources }) => sources.map(({ exporter }) => exporter)));
    const beats = [...exporters].map(({ name, heartbeat: [first = ""] }) => [name, written.has(first)]);
    expect(Object.fromEntries(beats)).toEqual({
      "virt-handler": true,
      "virt-handler since v1.1": true,
      "virt-handler before v1.1": false,
      "virt-controller": true,
    });
  });
});
