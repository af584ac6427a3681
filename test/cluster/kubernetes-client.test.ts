import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadKubernetesClient } from "../../src/cluster/client.ts";
import type { KubernetesClient } from "../../src/cluster/kubernetes-client.ts";
import {
  answer,
  breakConnection,
  heldBy,
  kubeconfigFor,
  refuse,
  startScriptedKubernetes,
  stayAway,
  watchOf,
  type ScriptedKubernetes,
} from "../support/scripted-kubernetes.ts";
import { clientOf } from "./client-of.ts";

let kubernetes: ScriptedKubernetes;
let client: KubernetesClient;

beforeAll(async () => {
  kubernetes = await startScriptedKubernetes();
  client = clientOf(kubernetes);
});
afterAll(async () => kubernetes.close());

const get = { method: "GET", path: "/thing", timeoutMs: 5_000 } as const;
const watch = { path: "/thing", query: { watch: "true" }, timeoutMs: 5_000, idleTimeoutMs: 5_000 } as const;

describe("createKubernetesClient() request", () => {
  test("sends who asks, what is accepted and a JSON body", async () => {
    kubernetes.script("POST /thing", answer({ made: true }, 201));
    const made = await client.request({ ...get, method: "POST", query: { dryRun: "All" }, body: { a: 1 } });
    expect(made).toMatchObject({ ok: true, value: { status: 201, body: { made: true } } });
    expect(kubernetes.requests.at(-1)).toMatchObject({
      query: { dryRun: "All" },
      body: '{"a":1}',
      headers: {
        authorization: "Bearer secret",
        "user-agent": "tester/1",
        accept: "application/json",
        "content-type": "application/json",
      },
    });
  });

  test.for([
    ["Sun, 06 Nov 1994 08:49:37 GMT", { dateMs: 784_111_777_000 }],
    ["soon", {}],
  ] as const)("says what the server's clock says: %s", async ([date, expected]) => {
    kubernetes.script("GET /thing", (_request, response) => {
      response.setHeader("date", date).end("{}");
    });
    expect(await client.request(get)).toEqual({ ok: true, value: { status: 200, body: {}, ...expected } });
  });

  test.for([
    [401, {}, { kind: "other", status: 401 }],
    [403, {}, { kind: "forbidden", status: 403 }],
    [404, {}, { kind: "notFound", status: 404 }],
    [409, {}, { kind: "conflict", status: 409 }],
    [410, {}, { kind: "gone", status: 410 }],
    [429, { "retry-after": "2" }, { kind: "throttled", status: 429, retryAfterMs: 2_000 }],
    [500, {}, { kind: "other", status: 500 }],
  ] as const)("answers %d with a failure that says so", async ([status, headers, failure]) => {
    kubernetes.script("GET /thing", refuse(status, "because", headers));
    expect(await client.request(get)).toEqual({ ok: false, error: { ...failure, detail: "because" } });
  });

  test.for([
    ["the connection breaks", breakConnection(), /closed|reset|hang up/u],
    ["the deadline passes", stayAway(), /^no answer within the deadline$/u],
  ] as const)("is unreachable when %s", async ([, step, detail]) => {
    kubernetes.script("GET /thing", step);
    const error = { kind: "unreachable", detail: expect.stringMatching(detail) as unknown };
    expect(await client.request({ ...get, timeoutMs: 100 })).toEqual({ ok: false, error });
  });

  test("is unreachable when nobody listens", async () => {
    // The port of a server that was closed may be another test's by then; nobody is given port 1.
    const kubeconfig = join(await mkdtemp(join(tmpdir(), "kubeconfig-")), "kubeconfig");
    await writeFile(kubeconfig, JSON.stringify(kubeconfigFor("http://127.0.0.1:1")));
    const lonely = clientOf({ kubeconfig });
    expect(await lonely.request(get)).toMatchObject({
      error: { kind: "unreachable", detail: expect.stringContaining("ECONNREFUSED") as unknown },
    });
  });

  test("can be aborted", async () => {
    kubernetes.script("GET /thing", stayAway());
    expect(await client.request({ ...get, signal: AbortSignal.timeout(10) })).toMatchObject({ ok: false });
  });
});

describe("createKubernetesClient() stream", () => {
  test("yields documents until the server ends it", async () => {
    kubernetes.script("WATCH /thing", watchOf([{ a: 1 }, { a: 2 }], "end"));
    expect(await readAll(new AbortController().signal)).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test("ends with a failure when its connection breaks", async () => {
    kubernetes.script("WATCH /thing", watchOf([{ a: 1 }], "break"));
    expect(await readAll(new AbortController().signal)).toEqual([{ a: 1 }, "unreachable"]);
  });

  test("ends when nothing comes for the idle time", async () => {
    kubernetes.script("WATCH /thing", watchOf([{ a: 1 }]));
    expect(await readAll(new AbortController().signal, 50)).toEqual([{ a: 1 }]);
  });

  test("ends when it is aborted", async () => {
    kubernetes.script("WATCH /thing", watchOf([{ a: 1 }]));
    expect(await readAll(AbortSignal.timeout(50))).toEqual([{ a: 1 }]);
  });

  test("is refused like a request", async () => {
    kubernetes.script("WATCH /thing", refuse(410));
    const { signal } = new AbortController();
    expect(await client.stream({ ...watch, signal })).toMatchObject({ ok: false, error: { kind: "gone" } });
  });

  test("gives its connection back when it is left", async () => {
    kubernetes.script("WATCH /thing", watchOf([{ a: 1 }]));
    const before = kubernetes.connections().open;
    const opened = await client.stream({ ...watch, signal: new AbortController().signal });
    if (!opened.ok) throw new Error(opened.error.detail);
    for await (const line of opened.value) if (line.ok) break;
    await expect.poll(() => kubernetes.connections().open).toBeLessThanOrEqual(before);
  });

  async function readAll(signal: AbortSignal, idleTimeoutMs = 5_000): Promise<readonly unknown[]> {
    const opened = await client.stream({ ...watch, idleTimeoutMs, signal });
    if (!opened.ok) throw new Error(opened.error.detail);
    const all: unknown[] = [];
    for await (const line of opened.value) all.push(line.ok ? line.value : line.error.kind);
    return all;
  }
});

describe("connections", () => {
  test("are shared by requests and not taken up by watches", async () => {
    const busy = await startScriptedKubernetes({ tls: true });
    const shared = clientOf(busy);
    const { signal, abort } = abortable();
    const gate = Promise.withResolvers<void>();
    busy.script("WATCH /thing", watchOf([]));
    await Promise.all(Array.from({ length: 10 }, async () => shared.stream({ ...watch, signal })));
    expect(busy.connections().opened).toBe(10);

    busy.script("GET /thing", answer({}));
    for (let asked = 0; asked < 50; asked += 1) await shared.request(get);
    // The next request may come before a connection is free again, which then opens one more.
    expect(busy.connections().opened).toBeLessThanOrEqual(12);

    busy.script("GET /thing", heldBy(gate.promise, answer({})));
    const all = Promise.all(Array.from({ length: 30 }, async () => shared.request(get)));
    await expect.poll(() => busy.connections().opened).toBe(18);
    gate.resolve();
    expect((await all).every(({ ok }) => ok)).toBe(true);
    expect(busy.connections().opened).toBe(18);
    abort();
    await busy.close();
  });

  function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort() };
  }
});

describe("createKubernetesClient() tells of requests", () => {
  const told: unknown[] = [];

  function observed(kubeconfig: string): KubernetesClient {
    const loaded = loadKubernetesClient({
      kubeconfig,
      env: {},
      userAgent: "tester/1",
      observe: (departure) => {
        told.push(departure);
        return (status) => told.push(status);
      },
    });
    if (!loaded.ok) throw new Error(loaded.error);
    return loaded.value;
  }

  test.for([
    ["an answer", answer({}), 200],
    ["a refusal", refuse(403), 403],
    ["a broken connection", breakConnection(), undefined],
    ["no answer in time", stayAway(), undefined],
  ] as const)("%s", async ([, step, status]) => {
    told.length = 0;
    kubernetes.script("GET /thing", step);
    kubernetes.script("WATCH /thing", step);
    const departure = { method: "GET", host: new URL(kubernetes.url).host, path: "/thing" };
    const observing = observed(kubernetes.kubeconfig);
    await observing.request({ ...get, query: { limit: "1" }, timeoutMs: 200 });
    expect(told).toEqual([departure, status]);
    // The time for headers is looked at twice a second.
    const stream = await observing.stream({ ...watch, timeoutMs: 200, signal: AbortSignal.timeout(2_000) });
    if (stream.ok) for await (const _line of stream.value) break;
    expect(told).toEqual([departure, status, departure, status]);
  });
});
