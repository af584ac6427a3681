import { beforeEach, describe, expect, test } from "vitest";
import { createRegistry, expositionType, type Registry } from "../../src/monitoring/registry.ts";

const visits = { name: "visits_total", type: "counter", stability: "BETA", help: "Visits.", labels: ["door"] } as const;
const guests = { name: "guests", type: "gauge", stability: "ALPHA", help: "Guests.", labels: [] } as const;
const stay = {
  name: "stay_seconds",
  type: "histogram",
  stability: "ALPHA",
  help: "Time of a stay.",
  labels: [],
  buckets: [1, 60],
} as const;
const steps = { name: "steps_total", type: "counter", stability: "ALPHA", help: "Steps.", labels: [] } as const;

let registry: Registry;

beforeEach(() => {
  registry = createRegistry();
});

describe("createRegistry()", () => {
  test("exposes nothing but what was defined", async () => {
    expect(await registry.expose()).toBe("\n");
  });

  test("counts, and shows a series from the beginning that 0 is added to", async () => {
    const count = registry.counter(visits);
    count({ door: "back" }, 0);
    count({ door: "front" });
    count({ door: "front" }, 2);
    expect(await registry.expose()).toBe(
      '# HELP visits_total [BETA] Visits.\n# TYPE visits_total counter\nvisits_total{door="back"} 0\nvisits_total{door="front"} 3\n',
    );
  });

  test("has no series of labels that nothing was said of", async () => {
    registry.counter(visits);
    expect(await registry.expose()).toBe("# HELP visits_total [BETA] Visits.\n# TYPE visits_total counter\n");
  });

  test("escapes what stands in a label", async () => {
    registry.counter(visits)({ door: '<a "b" \\ c\nd>' });
    expect(await registry.expose()).toContain(String.raw`visits_total{door="<a \"b\" \\ c\nd>"} 1`);
  });

  test("puts values into buckets", async () => {
    const observe = registry.histogram(stay);
    for (const seconds of [1, 2, 90]) observe({}, seconds);
    expect(await samples()).toEqual([
      'stay_seconds_bucket{le="1"} 1',
      'stay_seconds_bucket{le="60"} 2',
      'stay_seconds_bucket{le="+Inf"} 3',
      "stay_seconds_sum 93",
      "stay_seconds_count 3",
    ]);
  });

  test("reads figures when it is asked, counters as well, and has no series for one that is not known", async () => {
    let known: number | undefined = 2;
    registry.readings({ guests, steps }, () => ({ guests: known, steps: 100 }));
    expect(await samples()).toEqual(["guests 2", "steps_total 100"]);
    known = undefined;
    expect(await samples()).toEqual(["steps_total 100"]);
    known = 0;
    expect(await samples()).toEqual(["guests 0", "steps_total 100"]);
  });

  async function samples(): Promise<readonly string[]> {
    return (await registry.expose()).split("\n").filter((line) => /^[a-z]/u.test(line));
  }

  test("refuses a second family of the same name", () => {
    registry.gauge(guests);
    expect(() => registry.gauge(guests)).toThrow("guests");
  });

  test("is not the registry of another server", async () => {
    createRegistry().gauge(guests)({}, 7);
    registry.gauge(guests)({}, 1);
    expect(await registry.expose()).toContain("\nguests 1\n");
  });
});

describe("expositionType", () => {
  test("is the text format, with its version", () => {
    expect(expositionType).toBe("text/plain; version=0.0.4; charset=utf-8");
  });
});
