import { describe, expect, test } from "vitest";
import { compareDiscovered } from "../../../src/commands/diff/compare-sides.ts";
import type { Side } from "../../../src/commands/diff/side.ts";
import { fail, ok } from "../../../src/result.ts";

const custom = "/apis/custom.metrics.k8s.io/v1beta1";

/** What an adapter answers by path; several answers come in turn, and the last goes on. An Error is no answer. */
type Script = Readonly<Record<string, readonly (object | Error)[]>>;

function side(name: string, metrics: readonly string[], script: Script = {}) {
  const asked: string[] = [];
  const listed = metrics.map((metric) => ({ name: metric, namespaced: metric.startsWith("pods/") }));
  const result: Side = {
    name,
    versions: new Map([["custom.metrics.k8s.io", "v1beta1"]]),
    get: (path) => {
      if (path === custom) return Promise.resolve(ok({ code: 200, body: { resources: listed } }));
      const steps = script[path.slice(custom.length + 1)] ?? [];
      const step = steps[Math.min(steps.length - 1, asked.filter((each) => each === path).length)];
      asked.push(path);
      if (step instanceof Error) return Promise.resolve(fail(step.message));
      return Promise.resolve(step === undefined ? ok({ code: 404, body: {} }) : ok({ code: 200, body: step }));
    },
  };
  return { ...result, asked };
}

function pod(value: string): object {
  return { items: [{ describedObject: { namespace: "shop", name: "a" }, value }] };
}

async function compared(here: Side, there: Side) {
  const slept: number[] = [];
  const comparison = await compareDiscovered(
    {
      here,
      there,
      tolerance: 0.01,
      sleep: (ms) => {
        slept.push(ms);
        return Promise.resolve();
      },
      report: () => undefined,
    },
    (resource) => Promise.resolve(resource === "pods" ? ["shop"] : ["shop", "bank"]),
  );
  return { slept, comparison: comparison.ok ? comparison.value : comparison.error };
}

const web = "namespaces/shop/pods/*/rps";

describe("compareDiscovered()", () => {
  test("tells which metrics only one of them lists", async () => {
    const { comparison } = await compared(side("here", ["pods/a", "pods/b"]), side("there", ["pods/b", "nodes/c"]));
    expect(comparison).toMatchObject({ onlyHere: [{ name: "pods/a" }], onlyThere: [{ name: "nodes/c" }] });
  });

  test("asks both for every object that has a metric, where there are such objects", async () => {
    const metrics = ["pods/rps", "namespaces/rps", "nodes/heat"];
    const [here, there] = [side("here", metrics), side("there", metrics)];
    await compared(here, there);
    const paths = ["namespaces/*/metrics/rps", "nodes/*/heat", web].map((path) => `${custom}/${path}`).toSorted();
    expect(here.asked.toSorted()).toEqual(paths);
    expect(there.asked.toSorted()).toEqual(paths);
  });

  test("asks once more where they differ, as a scrape may have come between", async () => {
    const here = side("here", ["pods/rps"], { [web]: [pod("1"), pod("2")] });
    const there = side("there", ["pods/rps"], { [web]: [pod("2")] });
    const { slept, comparison } = await compared(here, there);
    expect(slept).toHaveLength(1);
    expect(comparison).toMatchObject({ answers: [{ deviations: [], equal: 1 }] });
    expect(here.asked).toHaveLength(2);
  });

  test("believes the second difference", async () => {
    const here = side("here", ["pods/rps"], { [web]: [pod("1")] });
    const there = side("there", ["pods/rps"], { [web]: [pod("2")] });
    const { comparison } = await compared(here, there);
    expect(comparison).toMatchObject({ answers: [{ deviations: [{ here: "1", there: "2" }] }] });
  });

  test("does not ask again where all is equal", async () => {
    const [here, there] = [side("here", ["pods/rps"]), side("there", ["pods/rps"])];
    expect((await compared(here, there)).slept).toEqual([]);
  });

  test("tells who gave no answer", async () => {
    const here = side("here", ["pods/rps"], { [web]: [pod("1")] });
    const there = side("there", ["pods/rps"], { [web]: [new Error("connection refused")] });
    expect((await compared(here, there)).comparison).toMatchObject({
      answers: [{ deviations: [], problem: "there: connection refused" }],
    });
  });

  test("tells of errors that both have", async () => {
    const { comparison } = await compared(side("here", ["pods/rps"]), side("there", ["pods/rps"]));
    expect(comparison).toMatchObject({ answers: [{ deviations: [], equal: 0, error: "404" }] });
  });

  test("fails when one of them does not list its metrics", async () => {
    const broken: Side = { ...side("there", []), get: () => Promise.resolve(fail("connection refused")) };
    expect((await compared(side("here", []), broken)).comparison).toEqual(["Cannot ask there: connection refused"]);
  });
});
