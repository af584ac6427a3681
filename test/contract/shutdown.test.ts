import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { issueCertificate, type KeyPair } from "../../src/apiservice/certificates.ts";
import { askApi } from "../support/api-client.ts";
import { answer, heldBy, type ScriptedKubernetes, startScriptedKubernetes } from "../support/scripted-kubernetes.ts";
import { type ServedAdapter, startAdapter } from "../support/served-adapter.ts";
import { authority, validity } from "../support/test-pki.ts";

/** Signals to the adapter as it is put together in production. The order of a stop is that of test/apiservice/server.test.ts. */

const reviews = "POST /apis/authentication.k8s.io/v1/tokenreviews";
let keyPair: KeyPair;
let kubernetes: ScriptedKubernetes;
let adapter: ServedAdapter;
let letGo: () => void;

beforeAll(async () => {
  const subject = { commonName: "adapter", hosts: ["localhost"], usages: ["serverAuth"] } as const;
  keyPair = await issueCertificate(await authority("serving-ca"), subject, validity);
});

beforeEach(async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  letGo = resolve;
  kubernetes = await startScriptedKubernetes();
  kubernetes.script(reviews, heldBy(promise, answer({ status: { authenticated: false } }, 201)));
  adapter = await startAdapter({ kubernetes, keyPair });
});

afterEach(async () => {
  letGo();
  await adapter.stop();
  await kubernetes.close();
});

/** A request that is under way until `letGo` is called. */
async function slowRequest(): Promise<{ readonly code: Promise<number> }> {
  const code = askApi(adapter.port, "/apis", { headers: ["Authorization", "Bearer slow"] }).then((reply) => reply.code);
  await expect.poll(() => kubernetes.of(reviews).length).toBe(1);
  return { code };
}

describe("signals", () => {
  test("the first one lets what is under way come to its end, and exits with 0 [wire 24]", async () => {
    const { code } = await slowRequest();
    const exitCode = adapter.stop();
    await expect.poll(() => askApi(adapter.port, "/livez").catch(String)).toContain("ECONNREFUSED");
    letGo();
    expect(await code).toBe(401);
    expect(await exitCode).toBe(0);
    expect(adapter.exits).toEqual([]);
  });

  test("the second one ends the process at once, with 1 [wire 24]", async () => {
    const { code } = await slowRequest();
    adapter.signal();
    expect(adapter.exits).toEqual([]);
    adapter.signal();
    expect(adapter.exits).toEqual([1]);
    letGo();
    expect(await code).toBe(401);
  });
});
