import { describe, expect, test } from "vitest";
import type { KubernetesClient } from "../../src/cluster/kubernetes-client.ts";
import { limitRate } from "../../src/cluster/rate-limit.ts";
import { ok } from "../../src/result.ts";

const request = { method: "GET", path: "/api", timeoutMs: 1_000 } as const;
const stream = { path: "/api", timeoutMs: 1_000, idleTimeoutMs: 1_000, signal: new AbortController().signal };

/** How long each of some requests waits, in milliseconds, if the pauses before them are these. */
async function waits(limit: { qps: number; burst: number }, pauses: readonly number[]): Promise<readonly number[]> {
  let nowMs = 1_000_000;
  let asked = 0;
  const client: KubernetesClient = {
    request: async () => {
      asked += 1;
      return ok({ status: 200, body: undefined });
    },
    stream: async () => {
      asked += 1;
      return ok((async function* () {})());
    },
  };
  const waited: number[] = [];
  let wait = 0;
  const limited = limitRate(client, limit, {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      wait = ms;
      nowMs += ms;
    },
  });
  for (const [index, pause] of pauses.entries()) {
    nowMs += pause;
    wait = 0;
    await (index % 2 === 0 ? limited.request(request) : limited.stream(stream));
    waited.push(wait);
  }
  expect(asked).toBe(pauses.length);
  return waited;
}

describe("limitRate()", () => {
  test.for([
    ["lets a burst go at once, and the rest at its pace", { qps: 5, burst: 3 }, [0, 0, 0, 0, 0], [0, 0, 0, 200, 200]],
    ["lets a burst go again after a pause", { qps: 5, burst: 2 }, [0, 0, 0, 400, 0, 0], [0, 0, 200, 0, 0, 200]],
    ["does not save up more than a burst", { qps: 10, burst: 1 }, [0, 60_000, 0], [0, 0, 100]],
    ["takes no burst for one", { qps: 1, burst: 0 }, [0, 0], [0, 1_000]],
    ["has no limit below zero", { qps: -1, burst: 0 }, [0, 0, 0], [0, 0, 0]],
  ] as const)("%s", async ([, limit, pauses, expected]) => {
    expect(await waits(limit, pauses)).toEqual(expected);
  });

  test("refuses who would wait for longer than it may take, and holds nobody up by that", async () => {
    const sent: string[] = [];
    const limited = limitRate(clientThat(sent), { qps: 1, burst: 1 }, { nowMs: () => 1_000, sleep: async () => {} });
    const flood = await Promise.all(Array.from({ length: 100 }, async () => limited.request(request)));
    expect(flood.filter(({ ok: good }) => good)).toHaveLength(2);
    expect(flood[2]).toMatchObject({ error: { kind: "throttled", retryAfterMs: 1_000 } });
    expect(await limited.request({ ...request, path: "/apis", timeoutMs: 2_000 })).toMatchObject({ ok: true });
    expect(await limited.stream(stream)).toMatchObject({ error: { kind: "throttled" } });
    expect(sent).toEqual(["/api", "/api", "/apis"]);
  });
});

/** Notes the paths that it is asked for. */
function clientThat(notes: string[]): KubernetesClient {
  return {
    request: async ({ path }) => {
      notes.push(path);
      return ok({ status: 200, body: undefined });
    },
    stream: async ({ path }) => {
      notes.push(path);
      return ok((async function* () {})());
    },
  };
}
