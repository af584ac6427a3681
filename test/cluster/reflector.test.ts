import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asText, at } from "../../src/cluster/json.ts";
import { createObjectTable } from "../../src/cluster/object-table.ts";
import { createReflector, type Reflector, type ReflectorOptions } from "../../src/cluster/reflector.ts";
import { ok, type Result } from "../../src/result.ts";
import {
  answer,
  breakConnection,
  heldBy,
  listOf,
  refuse,
  startScriptedKubernetes,
  watchOf,
  type ScriptedKubernetes,
} from "../support/scripted-kubernetes.ts";
import { clientOf } from "./client-of.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

interface Thing {
  readonly namespace: string;
  readonly name: string;
  readonly color: string;
}

const [list, watch] = ["GET /things", "WATCH /things"];

let kubernetes: ScriptedKubernetes;
let clock: FakeClock;
let stop: AbortController;

beforeEach(async () => {
  kubernetes = await startScriptedKubernetes();
  clock = createFakeClock();
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await kubernetes.close();
});

function create(options: Partial<ReflectorOptions<Thing>> = {}): Reflector<Thing> {
  return createReflector<Thing>({ client: clientOf(kubernetes), clock, locate, project, ...options });
}

async function locate(): Promise<Result<string, never>> {
  return Promise.resolve(ok("/things"));
}

function start(options: Partial<ReflectorOptions<Thing>> = {}): Reflector<Thing> {
  const reflector = create(options);
  void reflector.start(stop.signal);
  return reflector;
}

function project(raw: unknown): Thing | undefined {
  const metadata = at(raw, "metadata");
  const color = asText(at(raw, "color"));
  return color === ""
    ? undefined
    : { namespace: asText(at(metadata, "namespace")), name: asText(at(metadata, "name")), color };
}

function thing(name: string, color = "red", resourceVersion = "1"): object {
  return { metadata: { namespace: "shop", name, resourceVersion }, color };
}

function event(type: string, object: object): object {
  return { type, object };
}

function bookmark(resourceVersion: string): object {
  return event("BOOKMARK", { metadata: { resourceVersion } });
}

const tooOld = event("ERROR", { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" });

function colors(reflector: Reflector<Thing>): Readonly<Record<string, string>> {
  return Object.fromEntries(reflector.list("shop").map(({ name, color }) => [name, color]));
}

async function isAsked(route: string, times: number): Promise<void> {
  await expect.poll(() => kubernetes.of(route).length).toBe(times);
}

/** Waits until the reflector pauses, then ends the pause. */
async function endPause(pauses: number): Promise<void> {
  await expect.poll(() => clock.pauses.length).toBe(pauses);
  clock.advance(clock.pauses.at(-1) ?? 0);
}

describe("createReflector() lists", () => {
  test("page by page, and watches from where the list ended", async () => {
    const names = Array.from({ length: 240 }, (_, index) => `t${index}`);
    kubernetes.script(
      list,
      listOf(
        names.map((name) => thing(name)),
        "70",
      ),
    );
    kubernetes.script(watch, watchOf([]));
    const reflector = start({ query: { labelSelector: "a=b" } });
    expect(reflector.state()).toEqual({ kind: "pending" });
    await isAsked(watch, 1);
    expect(reflector.state()).toEqual({ kind: "synced" });
    expect(reflector.size()).toBe(240);
    expect(kubernetes.of(list).map(({ query }) => query)).toEqual([
      { labelSelector: "a=b", limit: "100" },
      { labelSelector: "a=b", limit: "100", continue: "100" },
      { labelSelector: "a=b", limit: "100", continue: "200" },
    ]);
    expect(kubernetes.of(watch)[0]?.query).toEqual({
      labelSelector: "a=b",
      watch: "true",
      allowWatchBookmarks: "true",
      resourceVersion: "70",
      timeoutSeconds: "300",
    });
  });

  test.for([
    [false, "application/json", "application/json"],
    [
      true,
      "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
      "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
    ],
  ] as const)("with metadataOnly %s accepts %s", async ([metadataOnly, listed, watched]) => {
    kubernetes.script(list, listOf([], "1"));
    kubernetes.script(watch, watchOf([]));
    start({ metadataOnly });
    await isAsked(watch, 1);
    expect(kubernetes.requests.map(({ headers }) => headers.accept)).toEqual([listed, watched]);
  });
});

describe("createReflector() watches", () => {
  test("puts, replaces and removes objects, and drops what is not projected any more", async () => {
    kubernetes.script(list, listOf([thing("a"), thing("b"), thing("c")], "1"));
    const events = [
      event("ADDED", thing("d", "blue", "2")),
      event("MODIFIED", thing("a", "green", "3")),
      event("DELETED", thing("b", "red", "4")),
      event("MODIFIED", thing("c", "", "5")),
    ];
    kubernetes.script(watch, watchOf(events));
    const reflector = start();
    await expect.poll(() => colors(reflector)).toEqual({ a: "green", d: "blue" });
  });

  test.for([
    ["ends", watchOf([bookmark("9")], "end"), [] as readonly number[]],
    ["breaks", watchOf([bookmark("9")], "break"), [800]],
  ] as const)("go on from the last bookmark when one %s", async ([, step, pauses]) => {
    kubernetes.script(list, listOf([thing("a")], "1"));
    kubernetes.script(watch, step, watchOf([]));
    const reflector = start();
    for (const [index] of pauses.entries()) await endPause(index + 1);
    await isAsked(watch, 2);
    expect(kubernetes.of(watch)[1]?.query["resourceVersion"]).toBe("9");
    expect(kubernetes.of(list).length).toBe(1);
    expect(clock.pauses).toEqual(pauses);
    expect(reflector.state()).toEqual({ kind: "synced" });
  });

  test("pause when one ends at once without a word", async () => {
    kubernetes.script(list, listOf([], "1"));
    kubernetes.script(watch, watchOf([], "end"), watchOf([], "end"), watchOf([]));
    start();
    await endPause(1);
    await endPause(2);
    await isAsked(watch, 3);
    expect(clock.pauses).toEqual([800, 800]);
  });

  test("are opened anew when silent", async () => {
    kubernetes.script(list, listOf([], "1"));
    kubernetes.script(watch, watchOf([bookmark("9")]), watchOf([]));
    start({ timing: { idleMs: 50 } });
    // undici looks at its body timers about once a second.
    await expect.poll(() => kubernetes.of(watch)[1]?.query["resourceVersion"], { timeout: 5_000 }).toBe("9");
    expect(kubernetes.of(list).length).toBe(1);
  });

  test.for([
    ["HTTP status", refuse(410)],
    ["event", watchOf([tooOld])],
  ] as const)("that answer 410 as %s list again, and objects stay meanwhile", async ([, step]) => {
    const gate = Promise.withResolvers<void>();
    kubernetes.script(list, listOf([thing("a")], "1"), heldBy(gate.promise, listOf([thing("b")], "5")));
    kubernetes.script(watch, step, watchOf([]));
    const reflector = start();
    await endPause(1);
    await isAsked(list, 2);
    expect([reflector.known(), colors(reflector)]).toEqual([true, { a: "red" }]);
    gate.resolve();
    await isAsked(watch, 2);
    expect([reflector.known(), colors(reflector)]).toEqual([true, { b: "red" }]);
    expect(kubernetes.of(watch)[1]?.query["resourceVersion"]).toBe("5");
  });

  test("that answer 410 again and again list less and less often", async () => {
    kubernetes.script(list, listOf([], "1"));
    kubernetes.script(watch, watchOf([tooOld]), refuse(410), watchOf([bookmark("9"), tooOld]), watchOf([]));
    start();
    for (const pauses of [1, 2, 3]) await endPause(pauses);
    await isAsked(watch, 4);
    expect(clock.pauses).toEqual([800, 1_600, 800]);
  });

  test("that answer 410 after an outage list again without its long pauses", async () => {
    kubernetes.script(list, listOf([], "1"));
    kubernetes.script(watch, refuse(429), breakConnection(), breakConnection(), watchOf([tooOld]), watchOf([]));
    start();
    for (const pauses of [1, 2, 3, 4]) await endPause(pauses);
    await isAsked(watch, 5);
    expect(clock.pauses).toEqual([800, 1_600, 3_200, 800]);
  });

  test("that end with another error list again", async () => {
    kubernetes.script(list, listOf([thing("a")], "1"), listOf([thing("b")], "5"));
    kubernetes.script(watch, watchOf([event("ERROR", { code: 500, message: "decoding" })]), watchOf([]));
    const reflector = start();
    await endPause(1);
    await isAsked(watch, 2);
    expect(colors(reflector)).toEqual({ b: "red" });
  });
});

describe("createReflector() fails", () => {
  test("with longer and longer pauses, which begin anew after a success", async () => {
    const healed = watchOf([bookmark("9")], "break");
    kubernetes.script(list, refuse(500), breakConnection(), refuse(500), listOf([], "1"));
    kubernetes.script(watch, healed, watchOf([]));
    start();
    for (const pauses of [1, 2, 3, 4]) await endPause(pauses);
    await isAsked(watch, 2);
    expect(clock.pauses).toEqual([800, 1_600, 3_200, 800]);
  });

  test("for as long as the server says", async () => {
    kubernetes.script(list, refuse(429, "later", { "retry-after": "7" }), listOf([], "1"));
    kubernetes.script(watch, watchOf([]));
    start();
    await endPause(1);
    await isAsked(watch, 1);
    expect(clock.pauses).toEqual([7_000]);
  });

  test("to find a kind that is not installed, and finds it later", async () => {
    kubernetes.script(list, refuse(404), listOf([thing("a")], "1"));
    kubernetes.script(watch, watchOf([]));
    const reflector = start();
    await expect.poll(() => reflector.state()).toEqual({ kind: "absent" });
    expect(reflector.known()).toBe(false);
    await endPause(1);
    await isAsked(watch, 1);
    expect(clock.pauses).toEqual([30_000]);
    expect([reflector.known(), colors(reflector)]).toEqual([true, { a: "red" }]);
  });

  test("and forgets the objects of a kind that was removed", async () => {
    kubernetes.script(list, listOf([thing("a")], "1"), refuse(404));
    kubernetes.script(watch, refuse(404));
    const reflector = start();
    await expect.poll(() => reflector.state()).toEqual({ kind: "absent" });
    expect([reflector.known(), reflector.size()]).toEqual([false, 0]);
  });

  test("in the middle of a list, and keeps what was known before", async () => {
    const page = { metadata: { resourceVersion: "5", continue: "x" }, items: [thing("b")] };
    kubernetes.script(list, listOf([thing("a")], "1"), answer(page), refuse(410));
    kubernetes.script(watch, refuse(410));
    const reflector = start();
    await endPause(1);
    await isAsked(list, 3);
    await expect.poll(() => reflector.state().kind).toBe("failing");
    expect([reflector.known(), colors(reflector)]).toEqual([true, { a: "red" }]);
  });

  test("and its objects count as known for five minutes", async () => {
    kubernetes.script(list, listOf([thing("a")], "1"), refuse(403));
    kubernetes.script(watch, refuse(403));
    const reflector = start();
    await expect.poll(() => reflector.state().kind).toBe("failing");
    expect(reflector.state()).toMatchObject({ failure: { kind: "forbidden" }, sinceMs: clock.nowMs() });
    clock.advance(300_000);
    expect(reflector.known()).toBe(true);
    clock.advance(1);
    expect(reflector.known()).toBe(false);
  });

  test("without ever having listed: nothing is known", async () => {
    kubernetes.script(list, refuse(403));
    const reflector = start();
    await expect.poll(() => reflector.state().kind).toBe("failing");
    expect(reflector.known()).toBe(false);
  });
});

describe("createReflector() start()", () => {
  test("with a list that was read already watches from there", async () => {
    kubernetes.script(watch, watchOf([event("ADDED", thing("b", "blue", "8"))]));
    const reflector = create();
    const objects = createObjectTable<Thing>();
    objects.put({ namespace: "shop", name: "a", color: "red" });
    const listed = { objects, position: { path: "/things", resourceVersion: "7" } };
    void reflector.start(stop.signal, listed);
    expect([reflector.state(), reflector.known(), colors(reflector)]).toEqual([{ kind: "synced" }, true, { a: "red" }]);
    await expect.poll(() => colors(reflector)).toEqual({ a: "red", b: "blue" });
    expect(kubernetes.of(watch)[0]?.query["resourceVersion"]).toBe("7");
    expect(kubernetes.of(list)).toEqual([]);
    expect(reflector.listAll().map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test.for([
    ["a watch", () => kubernetes.of(watch).length, listOf([], "1")],
    ["a pause", () => clock.sleeping(), refuse(500)],
  ] as const)("resolves when it is aborted in %s", async ([, reached, step]) => {
    kubernetes.script(list, step);
    kubernetes.script(watch, watchOf([]));
    const running = create().start(stop.signal);
    await expect.poll(reached).toBe(1);
    stop.abort();
    await expect(running).resolves.toBeUndefined();
  });
});
