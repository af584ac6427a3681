import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createObjectLookup, type LookupLimits } from "../../src/cluster/object-lookup.ts";
import type { ObjectLookup } from "../../src/vm/objects.ts";
import {
  heldBy,
  listOf,
  refuse,
  startScriptedKubernetes,
  type ScriptedKubernetes,
  type Step,
  watchOf,
} from "../support/scripted-kubernetes.ts";
import { clientOf } from "./client-of.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

const minuteMs = 60_000;
const [list, watch] = ["GET /api/v1/namespaces/shop/pods", "WATCH /api/v1/namespaces/shop/pods"];
const [listAll, watchAll] = ["GET /api/v1/pods", "WATCH /api/v1/pods"];

let kubernetes: ScriptedKubernetes;
let clock: FakeClock;
let stop: AbortController;
/** Watches that are open now. */
let streams: number;

beforeEach(async () => {
  streams = 0;
  kubernetes = await startScriptedKubernetes();
  clock = createFakeClock();
  stop = new AbortController();
  for (const namespace of ["shop", "bank", "zoo", "fair"]) {
    const path = `/api/v1/namespaces/${namespace}/pods`;
    kubernetes.script(`GET ${path}`, listOf([pod("a", namespace)], "1"));
    kubernetes.script(`WATCH ${path}`, counted(watchOf([])));
  }
});
afterEach(async () => {
  stop.abort();
  await kubernetes.close();
});

function lookup(limits: Partial<LookupLimits> = {}): ObjectLookup {
  return createObjectLookup({
    client: clientOf(kubernetes),
    clock,
    apiPath: "/api/v1",
    resource: { group: "", resource: "pods" },
    query: { labelSelector: "a!=b" },
    signal: stop.signal,
    limits,
  });
}

function pod(name: string, namespace = "shop"): object {
  return { metadata: { namespace, name, uid: `${namespace}-${name}`, resourceVersion: "2" } };
}

function counted(step: Step): Step {
  return (request, response) => {
    streams += 1;
    response.once("close", () => (streams -= 1));
    return step(request, response);
  };
}

/** The uid of what is found, `none`, or why it cannot be known. */
async function found({ find }: ObjectLookup, namespace: string, name: string): Promise<string> {
  const answer = await find(namespace, name);
  return answer.ok ? (answer.value?.uid ?? "none") : answer.error.detail;
}

async function isAsked(route: string, times: number): Promise<void> {
  await expect.poll(() => kubernetes.of(route).length).toBe(times);
}

async function streamsAre(count: number): Promise<void> {
  await expect.poll(() => streams).toBe(count);
}

describe("createObjectLookup()", () => {
  test("answers the first question from one list of metadata, and watches from there", async () => {
    const pods = lookup();
    expect(await found(pods, "shop", "a")).toBe("shop-a");
    await isAsked(watch, 1);
    expect(kubernetes.of(list).map(({ query }) => query["labelSelector"])).toEqual(["a!=b"]);
    expect(kubernetes.of(list)[0]?.headers.accept).toContain("PartialObjectMetadataList");
    expect(kubernetes.of(watch)[0]?.query).toMatchObject({ labelSelector: "a!=b", resourceVersion: "1" });
  });

  test("answers later questions from the watch", async () => {
    kubernetes.script(
      watch,
      watchOf([
        { type: "ADDED", object: pod("b") },
        { type: "DELETED", object: pod("a") },
      ]),
    );
    const pods = lookup();
    await expect.poll(async () => found(pods, "shop", "b")).toBe("shop-b");
    await expect.poll(async () => found(pods, "shop", "a")).toBe("none");
    expect(kubernetes.of(list).length).toBe(1);
  });

  test("lists once for all who wait", async () => {
    const gate = Promise.withResolvers<void>();
    kubernetes.script(list, heldBy(gate.promise, listOf([pod("a"), pod("b")], "1")));
    const pods = lookup();
    const answers = ["a", "b", "c", "a"].map(async (name) => found(pods, "shop", name));
    await isAsked(list, 1);
    gate.resolve();
    expect(await Promise.all(answers)).toEqual(["shop-a", "shop-b", "none", "shop-a"]);
    expect(kubernetes.of(list).length).toBe(1);
  });

  test("reads a list that has several pages", async () => {
    const many = Array.from({ length: 240 }, (_, index) => pod(`p${index}`));
    kubernetes.script(list, listOf(many, "1"));
    expect(await found(lookup(), "shop", "p239")).toBe("shop-p239");
  });

  test("says what is wrong, and asks again a second later", async () => {
    kubernetes.script(list, refuse(403), listOf([pod("a")], "1"));
    const pods = lookup();
    const forbidden =
      'Cannot list "pods": forbidden; ' +
      "allow the adapter's ServiceAccount the verbs list and watch on it in a ClusterRole";
    expect(await found(pods, "shop", "a")).toBe(forbidden);
    expect(await found(pods, "shop", "a")).toBe(forbidden);
    expect(kubernetes.of(list).length).toBe(1);
    clock.advance(1_000);
    expect(await found(pods, "shop", "a")).toBe("shop-a");
  });

  test("does not make a question wait longer than some seconds; the list still begins the watch", async () => {
    const gate = Promise.withResolvers<void>();
    kubernetes.script(list, heldBy(gate.promise, listOf([pod("a")], "1")));
    const pods = lookup();
    const answer = found(pods, "shop", "a");
    await isAsked(list, 1);
    clock.advance(5_000);
    expect(await answer).toBe('Cannot list "pods": no answer within 5 seconds');
    gate.resolve();
    await isAsked(watch, 1);
    expect(await found(pods, "shop", "a")).toBe("shop-a");
  });

  test("lists again when contact was lost for too long, and leaves the watch to recover by itself", async () => {
    kubernetes.script(list, listOf([pod("a")], "1"), refuse(403), listOf([pod("b")], "2"));
    kubernetes.script(watch, refuse(403));
    const pods = lookup({ idleMs: 60 * minuteMs });
    expect(await found(pods, "shop", "a")).toBe("shop-a");
    await expect.poll(() => clock.pauses).toContain(800);
    clock.advance(5 * minuteMs + 1);
    await expect.poll(() => clock.pauses).toContain(1_600);
    expect(await found(pods, "shop", "b")).toBe("shop-b");
    expect(await found(pods, "bank", "a")).toBe("bank-a");
    expect(kubernetes.of(watch).length).toBe(1);
  });

  test.for(["", "..", "a/b", "A", "-a", "a?b", "%2e"])(
    "finds nothing in namespace %j, and does not ask",
    async (namespace) => {
      expect(await found(lookup(), namespace, "a")).toBe("none");
      expect(kubernetes.requests).toEqual([]);
    },
  );
});

describe("createObjectLookup() without demand", () => {
  test("watches on for five minutes after the last question, then nothing is left", async () => {
    const pods = lookup();
    await found(pods, "shop", "a");
    await streamsAre(1);
    clock.advance(4 * minuteMs);
    await found(pods, "shop", "a");
    clock.advance(5 * minuteMs - 1);
    await streamsAre(1);
    clock.advance(1);
    await streamsAre(0);
    await expect.poll(clock.sleeping).toBe(0);
  });

  test("begins anew with a list", async () => {
    const pods = lookup();
    await found(pods, "shop", "a");
    clock.advance(5 * minuteMs);
    await expect.poll(clock.sleeping).toBe(0);
    expect(await found(pods, "shop", "a")).toBe("shop-a");
    expect(kubernetes.of(list).length).toBe(2);
    expect(clock.sleeping()).toBe(1);
  });

  test("ends one namespace while another is in demand", async () => {
    const pods = lookup();
    await found(pods, "shop", "a");
    clock.advance(3 * minuteMs);
    await found(pods, "bank", "a");
    await streamsAre(2);
    clock.advance(3 * minuteMs);
    await streamsAre(1);
    expect(kubernetes.of(watch).length).toBe(1);
  });

  test("does not begin a watch when its list came too late", async () => {
    const gate = Promise.withResolvers<void>();
    kubernetes.script(list, heldBy(gate.promise, listOf([pod("a")], "1")));
    const pods = lookup({ waitMs: 10 * minuteMs });
    const answer = found(pods, "shop", "a");
    await isAsked(list, 1);
    clock.advance(5 * minuteMs);
    gate.resolve();
    expect(await answer).toBe("shop-a");
    await expect.poll(clock.sleeping).toBe(0);
    expect(await found(pods, "bank", "a")).toBe("bank-a");
    expect(kubernetes.of(watch)).toEqual([]);
  });

  test("ends at once when it is told to", async () => {
    const pods = lookup();
    await found(pods, "shop", "a");
    await streamsAre(1);
    stop.abort();
    await streamsAre(0);
    await expect.poll(clock.sleeping).toBe(0);
  });
});

describe("createObjectLookup() with many namespaces", () => {
  const limits = { maxNamespaces: 2 };

  beforeEach(() => {
    const everything = ["shop", "bank", "zoo", "fair"].map((namespace) => pod("a", namespace));
    kubernetes.script(listAll, listOf(everything, "9"));
    kubernetes.script(watchAll, counted(watchOf([])));
  });

  test("watches each for itself up to the limit", async () => {
    const pods = lookup(limits);
    expect(await found(pods, "shop", "a")).toBe("shop-a");
    expect(await found(pods, "bank", "a")).toBe("bank-a");
    await streamsAre(2);
    expect(kubernetes.of(listAll)).toEqual([]);
  });

  test("watches the cluster above it, and only that", async () => {
    const pods = lookup(limits);
    for (const namespace of ["shop", "bank", "zoo"]) expect(await found(pods, namespace, "a")).toBe(`${namespace}-a`);
    await isAsked(watchAll, 1);
    await streamsAre(1);
    expect(await found(pods, "fair", "a")).toBe("fair-a");
    expect(kubernetes.of("GET /api/v1/namespaces/fair/pods")).toEqual([]);
  });

  test("answers from direct lists until the cluster is in sync", async () => {
    const gate = Promise.withResolvers<void>();
    kubernetes.script(listAll, heldBy(gate.promise, listOf([pod("b", "zoo")], "9")));
    const pods = lookup(limits);
    for (const namespace of ["shop", "bank", "zoo"]) expect(await found(pods, namespace, "a")).toBe(`${namespace}-a`);
    await streamsAre(2);
    expect(await found(pods, "zoo", "a")).toBe("zoo-a");
    expect(kubernetes.of("WATCH /api/v1/namespaces/zoo/pods")).toEqual([]);
    gate.resolve();
    await streamsAre(1);
    expect(await found(pods, "zoo", "b")).toBe("zoo-b");
  });

  test("does not watch a namespace whose list came after the cluster was in sync", async () => {
    const gate = Promise.withResolvers<void>();
    kubernetes.script(list, heldBy(gate.promise, listOf([pod("a")], "1")));
    const pods = lookup(limits);
    const answer = found(pods, "shop", "a");
    for (const namespace of ["bank", "zoo"]) await found(pods, namespace, "a");
    await isAsked(watchAll, 1);
    gate.resolve();
    expect(await answer).toBe("shop-a");
    await fetch(kubernetes.url); // what was sent before has arrived then
    expect(kubernetes.of(watch)).toEqual([]);
  });

  test("goes back to namespaces when half of the limit is in demand", async () => {
    const pods = lookup(limits);
    for (const namespace of ["shop", "bank", "zoo"]) await found(pods, namespace, "a");
    await isAsked(watchAll, 1);
    clock.advance(4 * minuteMs);
    await found(pods, "shop", "a");
    clock.advance(minuteMs);
    await streamsAre(0);
    expect(await found(pods, "shop", "a")).toBe("shop-a");
    await isAsked(watch, 2);
    clock.advance(5 * minuteMs);
    await streamsAre(0);
    await expect.poll(clock.sleeping).toBe(0);
  });
});
