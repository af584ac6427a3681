import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { issueCertificate } from "../../src/apiservice/certificates.ts";
import { ok } from "../../src/result.ts";
import { askApi } from "../support/api-client.ts";
import { type Serving, startApiServer } from "../support/api-server.ts";
import { inventory, launcherPod, store, vmi } from "../support/inventory.ts";
import { providerOn } from "../support/provider.ts";
import { type ScriptedPrometheus, startScriptedPrometheus } from "../support/scripted-prometheus.ts";
import { authority, validity } from "../support/test-pki.ts";

/** What one client asks for must not keep the others waiting: the aggregator gives up on discovery after 5 s. */

const pods = 2_000;
const path = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/*/cpu-usageCores";

let prometheus: ScriptedPrometheus;
let serving: Serving;

beforeAll(async () => {
  const names = Array.from({ length: pods }, (_, index) => `web-${index}`);
  const old = { createdAtMs: Date.now() - 3_600_000, runningSinceMs: Date.now() - 3_590_000 };
  const instances = new Map(names.map((name) => [name, vmi(name, old)]));
  const launchers = new Map(names.map((name) => [`launcher-${name}`, launcherPod(`launcher-${name}`, name)]));
  const world = inventory({
    virtualMachineInstances: { ...store([...instances.values()]), get: (_namespace, name) => instances.get(name) },
    launcherPods: { ...store([...launchers.values()]), get: (_namespace, name) => launchers.get(name) },
  });
  prometheus = await startScriptedPrometheus(names.map((name) => ({ namespace: "shop", name })));
  const subject = { commonName: "adapter", hosts: ["localhost"], usages: ["serverAuth"] } as const;
  serving = await startApiServer({
    provider: providerOn(prometheus.url, world),
    reviewAccess: () => Promise.resolve(ok({ allowed: true, reason: "" })),
    keyPair: await issueCertificate(await authority("serving-ca"), subject, validity),
  });
});

afterAll(async () => {
  await serving.server.stop();
  await prometheus[Symbol.asyncDispose]();
});

/** How long everything else had to wait at most while `work` was done, in milliseconds. */
async function longestStall(work: () => Promise<unknown>): Promise<number> {
  let [last, longest] = [performance.now(), 0];
  const ticks = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  await work();
  clearInterval(ticks);
  return Math.max(longest, performance.now() - last);
}

/** The least of several: other programs stall this one, too. */
async function leastStall(rounds: number, work: () => Promise<unknown>): Promise<number> {
  const stalls: number[] = [];
  for (let round = 0; round < rounds; round += 1) stalls.push(await longestStall(work));
  return Math.min(...stalls);
}

/** The longest and the most numerous terms that a selector may have, each of which holds for every object. */
const selector = Array.from({ length: 256 }, (_, index) => `!k${index}`).join(",");
const names = Array.from({ length: 3_000 }, (_, index) => `v${index}`).join(",");

describe(`${pods} pods`, () => {
  test.for([
    ["all", path],
    ["those that 256 terms select", `${path}?labelSelector=${encodeURIComponent(selector)}`],
    ["those that are not among 3,000 values", `${path}?labelSelector=app%20notin%20(${names})`],
    ["all, indented", `${path}?pretty=true`],
  ] as const)("%s are answered without a stall of 50 ms [trap 14]", async ([what, asked]) => {
    async function ask(): Promise<void> {
      const { code, text } = await askApi(serving.port, asked, { headers: ["Authorization", "Bearer good"] });
      expect([code, text.split('"describedObject"').length - 1]).toEqual([200, pods]);
    }
    await ask();
    const ms = await leastStall(5, ask);
    process.stdout.write(`${pods} pods, ${what}: others waited ${ms.toFixed(1)} ms at most\n`);
    expect(ms).toBeLessThan(50);
  });
});
