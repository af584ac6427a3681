import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { issueCertificate, type KeyPair } from "../../src/apiservice/certificates.ts";
import { ok } from "../../src/result.ts";
import { askApi } from "../support/api-client.ts";
import { type Serving, startApiServer } from "../support/api-server.ts";
import { inventory, store, vmi } from "../support/inventory.ts";
import { providerOn } from "../support/provider.ts";
import { type Said, type ScriptedPrometheus, startScriptedPrometheus } from "../support/scripted-prometheus.ts";
import { authority, validity } from "../support/test-pki.ts";

/** What becomes of questions to Prometheus when nobody waits for them any more. */

const path =
  "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/virtualmachineinstances.kubevirt.io/web-0/cpu-usageCores";
const hourMs = 3_600_000;
const clients = 5;

let keyPair: KeyPair;
let prometheus: ScriptedPrometheus;
let serving: Serving;

beforeAll(async () => {
  const subject = { commonName: "adapter", hosts: ["localhost"], usages: ["serverAuth"] } as const;
  keyPair = await issueCertificate(await authority("serving-ca"), subject, validity);
});

beforeEach(async () => {
  prometheus = await startScriptedPrometheus([{ namespace: "shop", name: "web-0" }]);
});

afterEach(async () => {
  await serving.server.stop();
  await prometheus[Symbol.asyncDispose]();
});

/** Starts the adapter without any answers; a question to Prometheus may take so long. */
async function start(questionMs: number): Promise<void> {
  const nowMs = Date.now();
  const running = vmi("web-0", { createdAtMs: nowMs - hourMs, runningSinceMs: nowMs - hourMs + 10_000 });
  serving = await startApiServer({
    provider: providerOn(prometheus.url, inventory({ virtualMachineInstances: store([running]) }), {
      timeoutMs: questionMs,
    }),
    reviewAccess: () => Promise.resolve(ok({ allowed: true, reason: "" })),
    keyPair,
    maxInFlight: clients,
  });
}

async function codeWithin(timeoutMs: number): Promise<number> {
  const headers = ["Authorization", "Bearer good"];
  return (await askApi(serving.port, `${path}?timeout=${timeoutMs}ms`, { headers })).code;
}

describe("questions that nobody waits for any more", () => {
  test("end at their own deadline, with their connections, and give back the places of their requests [wire 25]", async () => {
    prometheus.become(async () => new Promise(() => undefined));
    await start(1_000);
    const codes = await Promise.all(Array.from({ length: clients }, async () => codeWithin(50)));
    expect(new Set(codes)).toEqual(new Set([504]));
    await expect.poll(prometheus.questions, { timeout: 5_000 }).toBeGreaterThan(0);
    await expect.poll(prometheus.connections, { timeout: 5_000 }).toBe(0);
    const again = await Promise.all(Array.from({ length: clients }, async () => codeWithin(5_000)));
    expect(new Set(again)).toEqual(new Set([504])); // and not 429
  });

  test("bring the next request a step farther: nothing is asked twice, however slow Prometheus is [wire 25]", async () => {
    await start(20_000);
    expect(await codeWithin(5_000)).toBe(200);
    const needed = prometheus.questions();
    await serving.server.stop();

    let answering = Promise.withResolvers<void>();
    prometheus.become(async (good: Said) => {
      await answering.promise;
      return good;
    });
    await start(20_000);
    const codes: number[] = [];
    for (let round = 0; round <= needed && codes.at(-1) !== 200; round += 1) {
      codes.push(await codeWithin(200));
      answering.resolve(); // too late for whoever asked
      answering = Promise.withResolvers<void>();
    }
    expect([codes[0], codes.at(-1)]).toEqual([504, 200]);
    expect(prometheus.questions()).toBe(2 * needed);
  });
});
