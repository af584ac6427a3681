import { describe, expect, test } from "vitest";
import { type ApiDiscovery, createApiDiscovery } from "../../src/cluster/api-discovery.ts";
import type { ApiResourceGroup } from "../../src/naming/rules/rest-mapper.ts";
import { fail, ok } from "../../src/result.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

const seconds = 1_000;

interface Scene {
  readonly discovery: ApiDiscovery;
  readonly clock: FakeClock;
  /** What was found, as `group/version:resources`. */
  readonly changes: readonly (readonly string[])[];
  readonly problems: readonly string[];
  /** Whether it was known each time that it told of something. */
  readonly knownAtChange: readonly boolean[];
  readonly looks: () => number;
  readonly end: AbortController;
}

/** Groups and their resources for each look in turn, null for one that does not answer; undefined when the API does not. */
type Look = Readonly<Record<string, readonly string[] | null>> | undefined;

/** Looks each minute. The last look goes on. */
function scene(...looks: readonly Look[]): Scene {
  return sceneAfter(undefined, ...looks);
}

/** Begins with what is known. */
function sceneAfter(known: readonly ApiResourceGroup[] | undefined, ...looks: readonly Look[]): Scene {
  const clock = createFakeClock();
  const changes: (readonly string[])[] = [];
  const problems: string[] = [];
  const knownAtChange: boolean[] = [];
  let count = 0;
  const discovery: ApiDiscovery = createApiDiscovery({
    client: {
      request: ({ path }) => {
        if (path === "/api") count += 1;
        const look = looks[Math.min(count, looks.length) - 1];
        if (look === undefined) return Promise.resolve(fail({ kind: "unreachable", detail: "refused" }));
        const items = path === "/api" ? [] : Object.entries(look).map(([name, names]) => groupOf(name, names));
        return Promise.resolve(ok({ status: 200, body: { kind: "APIGroupDiscoveryList", items } }));
      },
      stream: () => Promise.reject(new Error("nothing is watched")),
    },
    clock,
    intervalMs: 60 * seconds,
    known,
    onChange: (groups) => {
      changes.push(groups.map(describeGroup));
      knownAtChange.push(discovery.groups() !== undefined);
    },
    onProblem: (detail) => problems.push(detail),
  });
  const end = new AbortController();
  void discovery.start(end.signal);
  return { discovery, clock, changes, problems, knownAtChange, looks: () => count, end };
}

function groupOf(name: string, names: readonly string[] | null): object {
  const resources = (names ?? []).map((resource) => ({ resource, scope: "Namespaced" }));
  return {
    metadata: { name },
    versions: [{ version: "v1", resources, freshness: names === null ? "Stale" : "Current" }],
  };
}

function describeGroup({ group, version, resources }: ApiResourceGroup): string {
  return `${group}/${version}:${resources.map(({ name }) => name).join(",")}`;
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** Time goes by in seconds. */
async function pass(clock: FakeClock, ms: number): Promise<void> {
  await settle();
  for (let left = ms; left > 0; left -= seconds) {
    clock.advance(seconds);
    await settle();
  }
}

describe("createApiDiscovery()", () => {
  test("tells what there is, and again when it has changed", async () => {
    const { clock, changes, looks } = scene(
      { apps: ["deployments"] },
      { apps: ["deployments"] },
      { apps: ["deployments"], "x.io": ["xs"] },
    );
    await pass(clock, 130 * seconds);
    expect(looks()).toBe(3);
    expect(changes).toEqual([["apps/v1:deployments"], ["apps/v1:deployments", "x.io/v1:xs"]]);
  });

  test("knows a group that does not answer as it was, and the others as they are", async () => {
    const { clock, changes, problems } = scene({ a: ["x"], b: ["y"] }, { a: null, b: ["y", "z"] });
    await pass(clock, 61 * seconds);
    expect(changes).toEqual([
      ["a/v1:x", "b/v1:y"],
      ["a/v1:x", "b/v1:y,z"],
    ]);
    expect(problems).toEqual(["a/v1: its server does not answer"]);
  });

  test("forgets a group that is gone", async () => {
    const { clock, changes } = scene({ a: ["x"], b: ["y"] }, { b: ["y"] });
    await pass(clock, 61 * seconds);
    expect(changes[1]).toEqual(["b/v1:y"]);
  });

  test("begins with what is known, and tells of what differs only", async () => {
    const { discovery: before } = scene({ a: ["x"] });
    await settle();
    const { discovery, clock, changes, looks } = sceneAfter(
      before.groups(),
      undefined,
      { a: ["x"] },
      { a: ["x", "y"] },
    );
    expect(discovery.groups()?.map(describeGroup)).toEqual(["a/v1:x"]);
    await pass(clock, 10 * seconds);
    expect([looks(), changes]).toEqual([2, []]);
    await pass(clock, 60 * seconds);
    expect(changes).toEqual([["a/v1:x,y"]]);
  });

  test("is known from the first look that succeeds on, and looks again soon until then", async () => {
    const { discovery, clock, problems, looks } = scene(undefined, undefined, { a: ["x"] });
    await pass(clock, 15 * seconds);
    expect([discovery.groups(), looks(), problems]).toEqual([undefined, 2, ["refused"]]);
    await pass(clock, 10 * seconds);
    expect([discovery.groups()?.map(describeGroup), looks()]).toEqual([["a/v1:x"], 3]);
  });

  test("is known when it tells of the first look", async () => {
    const { clock, knownAtChange } = scene({ a: ["x"] });
    await pass(clock, 1 * seconds);
    expect(knownAtChange).toEqual([true]);
  });

  test("looks at once for a resource that is not known, but not twice in ten seconds", async () => {
    const { discovery, clock, looks } = scene({ a: ["x"] });
    await pass(clock, 2 * seconds);
    discovery.lookAgain();
    await pass(clock, 7 * seconds);
    expect(looks()).toBe(1);
    await pass(clock, 2 * seconds);
    expect(looks()).toBe(2);
    await pass(clock, 20 * seconds);
    expect(looks()).toBe(2);
    discovery.lookAgain();
    await settle();
    expect(looks()).toBe(3);
  });

  test("ends with its signal", async () => {
    const { clock, looks, end } = scene({ a: ["x"] });
    await settle();
    end.abort();
    await pass(clock, 100 * seconds);
    expect(looks()).toBe(1);
  });
});
