import { X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createCredentials } from "../../src/apiservice/credentials.ts";
import type { Refusal, SharedSecret } from "../../src/apiservice/registration.ts";
import { createSharedCertificate } from "../../src/apiservice/shared-certificate.ts";
import { fail, ok, type Result } from "../../src/result.ts";

const times = { authorityMs: 365 * 86_400_000, leafMs: 30 * 86_400_000, agingMs: 300_000 };

/** A Secret and an APIService in memory, with everything that has been logged. */
function cluster() {
  const held = {
    data: {} as SharedSecret["data"],
    caBundle: "",
    log: [] as string[],
    nowMs: Date.now(),
    unread: false,
  };
  let outage: Refusal | undefined;
  async function told<T>(value: T): Promise<Result<T, Refusal>> {
    return Promise.resolve(outage === undefined ? ok(value) : fail(outage));
  }
  const options = {
    readSecret: async () =>
      told({
        data: held.data,
        annotations: {},
        replace: async (data: SharedSecret["data"]) => {
          held.data = data;
          return told(undefined);
        },
      }),
    readApiServices: async () => {
      const registration = {
        name: "v1",
        service: "monitoring/adapter",
        annotations: {},
        caBundle: held.caBundle,
        replaceBundle: async (caBundle: string) => {
          held.caBundle = caBundle;
          return told(undefined);
        },
      };
      return Promise.resolve(
        held.unread
          ? { found: [], unread: [{ name: "v1", detail: "it is forbidden" }] }
          : { found: [registration], unread: [] },
      );
    },
    service: "monitoring/adapter",
    credentials: createCredentials("adapter.monitoring.svc", times),
    times,
    now: () => held.nowMs,
    log: (level: string, message: string, fields: Readonly<Record<string, string | number>> = {}) => {
      if (level !== "debug") held.log.push([message, ...Object.values(fields)].join(": "));
    },
    roundMs: 10_000,
    random: () => 0,
  };
  return {
    held,
    options,
    fail: (refusal: Refusal | undefined) => {
      outage = refusal;
    },
  };
}

describe("createSharedCertificate()", () => {
  test("from an empty Secret to a certificate that the APIService trusts, which another replica serves, too", async () => {
    const { held, options } = cluster();
    const first = await createSharedCertificate(options);
    expect(first.problem?.()).toBeUndefined();
    expect(new X509Certificate(first.keyPair.certPem).subjectAltName).toBe("DNS:adapter.monitoring.svc");
    while (first.pauseMs?.() !== 10_000) await first.refresh();
    expect(held.caBundle).toBe(held.data["ca.crt"]);
    expect(held.log).toEqual([
      "An authority and a serving certificate were made",
      "The CA bundles of the APIServices were written",
    ]);
    const second = await createSharedCertificate(options);
    expect(second.keyPair.certPem).toBe(first.keyPair.certPem);
    expect(await second.refresh()).toBeUndefined();
  });

  test("renews the certificate, and says the new one once", async () => {
    const { held, options } = cluster();
    const certificate = await createSharedCertificate(options);
    for (let round = 0; round < 3; round += 1) await certificate.refresh();
    held.nowMs += 21 * 86_400_000;
    const answers = [await certificate.refresh(), await certificate.refresh(), await certificate.refresh()];
    expect(answers.map((pair) => pair?.certPem)).toEqual([undefined, held.data["tls.crt"], undefined]);
  });

  test("without a Kubernetes API it serves what nobody trusts, and is not ready; later the last good one stays", async () => {
    const { options, held, fail: refuse } = cluster();
    refuse({ kind: "unreachable", detail: "no route to host" });
    const certificate = await createSharedCertificate(options);
    expect(certificate.problem?.()).toBe("the Secret has no serving certificate yet");
    expect(certificate.pauseMs?.()).toBe(2_000);
    await certificate.refresh();
    refuse(undefined);
    await certificate.refresh();
    const pair = await certificate.refresh();
    expect(certificate.problem?.()).toBeUndefined();
    expect(pair?.certPem).toBe(held.data["tls.crt"]);

    refuse({ kind: "notFound", detail: 'secrets "serving" not found' });
    expect([await certificate.refresh(), await certificate.refresh()]).toEqual([undefined, undefined]);
    expect(certificate.problem?.()).toBeUndefined();
    expect(held.log.filter((line) => line.startsWith("Cannot"))).toEqual([
      "Cannot keep the serving certificate in order: no route to host",
      'Cannot keep the serving certificate in order: secrets "serving" not found',
    ]);
  });

  test("a trouble that stays is told every hour, and when what is served has ended nobody can trust it", async () => {
    const { options, held, fail: refuse } = cluster();
    const certificate = await createSharedCertificate(options);
    for (let round = 0; round < 3; round += 1) await certificate.refresh();
    const madeMs = held.nowMs;
    refuse({ kind: "forbidden", detail: "it is forbidden" });
    for (; held.nowMs < madeMs + 2 * 3_600_000; held.nowMs += 600_000) await certificate.refresh();
    const warning = "Cannot keep the serving certificate in order: it is forbidden";
    expect(held.log.slice(2)).toEqual([warning, warning]);
    held.nowMs = madeMs + times.leafMs - 1_000;
    expect(certificate.problem?.()).toBeUndefined();
    held.nowMs = madeMs + times.leafMs;
    expect(certificate.problem?.()).toBe("the serving certificate has ended");
  });

  test("renews the certificate though no APIService can be read", async () => {
    const { options, held } = cluster();
    const certificate = await createSharedCertificate(options);
    for (let round = 0; round < 3; round += 1) await certificate.refresh();
    held.unread = true;
    held.nowMs += 21 * 86_400_000;
    const answers = [await certificate.refresh(), await certificate.refresh()];
    expect(answers.map((pair) => pair?.certPem)).toEqual([undefined, held.data["tls.crt"]]);
    expect(held.log).toContain("The serving certificate was renewed");
    expect(held.log).toContain("Cannot keep the serving certificate in order: v1: it is forbidden");
  });

  test("a spoiled Secret is told once, and replaced after the new authority has aged", async () => {
    const { held, options } = cluster();
    const certificate = await createSharedCertificate(options);
    for (let round = 0; round < 3; round += 1) await certificate.refresh();
    const before = held.caBundle;
    held.data = { ...held.data, "ca.crt": "garbled" };
    for (let round = 0; round < 5; round += 1) expect(await certificate.refresh()).toBeUndefined();
    expect(held.caBundle).toContain(before);
    held.nowMs += times.agingMs;
    await certificate.refresh();
    expect((await certificate.refresh())?.certPem).toBe(held.data["tls.crt"]);
    expect(held.log.filter((line) => line.includes("ca.crt"))).toEqual([
      "Cannot keep the serving certificate in order: ca.crt: it is no certificate of an authority",
    ]);
  });
});
