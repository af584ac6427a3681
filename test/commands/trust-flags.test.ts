import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TrustAnchors } from "../../src/apiservice/trust-anchors.ts";
import { type FlagTrust, followTrustFlags, trustFromFlags, trustWithFlags } from "../../src/commands/trust-flags.ts";
import { type Flags, parseFlags } from "../../src/config/flags.ts";
import { createFakeClock, type FakeClock } from "../cluster/fake-clock.ts";
import { authority } from "../support/test-pki.ts";

let [pem = "", otherPem = ""]: readonly string[] = [];
let folder: string;
let file: string;
let clock: FakeClock;
let warnings: string[];
let stop: AbortController;

beforeAll(async () => {
  [pem = "", otherPem = ""] = (await Promise.all(["ca", "other-ca"].map(authority))).map(({ certPem }) => certPem);
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trust-flags-"));
  file = join(folder, "ca.crt");
  writeFileSync(file, pem);
  clock = createFakeClock();
  warnings = [];
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(folder, { recursive: true });
});

function flagsOf(...argv: readonly string[]): Flags {
  const read = parseFlags(argv);
  if (!read.ok) throw new Error(read.error.join());
  return read.value.flags;
}

function start(): FlagTrust {
  const trust = followTrustFlags(
    flagsOf(`--client-ca-file=${file}`),
    { clientCa: pem },
    { sleep: clock.sleep, warn: (problem) => warnings.push(problem) },
  );
  void trust.start(stop.signal);
  return trust;
}

async function aMinute(): Promise<void> {
  await expect.poll(clock.sleeping).toBe(1);
  clock.advance(60_000);
  await expect.poll(clock.sleeping).toBe(1);
}

describe("trustFromFlags()", () => {
  test("is empty without files", () => {
    expect(trustFromFlags(flagsOf())).toEqual({ ok: true, value: {} });
  });

  test("reads the files, and the names and headers beside them", () => {
    const argv = [`--client-ca-file=${file}`, `--requestheader-client-ca-file=${file}`];
    argv.push("--requestheader-allowed-names=front-proxy-client", "--requestheader-uid-headers=X-Remote-Uid");
    expect(trustFromFlags(flagsOf(...argv))).toEqual({
      ok: true,
      value: {
        clientCa: pem,
        requestHeader: {
          ca: pem,
          allowedNames: ["front-proxy-client"],
          usernameHeaders: ["x-remote-user"],
          uidHeaders: ["X-Remote-Uid"],
          groupHeaders: ["x-remote-group"],
          extraHeaderPrefixes: ["x-remote-extra-"],
        },
      },
    });
  });
});

describe("followTrustFlags()", () => {
  test("reads a changed file within a minute [wire 17]", async () => {
    const trust = start();
    writeFileSync(file, otherPem);
    expect(trust.current()).toEqual({ clientCa: pem });
    await aMinute();
    expect(trust.current()).toEqual({ clientCa: otherPem });
    expect(warnings).toEqual([]);
  });

  test("keeps what it had when a file cannot be used, and says so once [wire 17]", async () => {
    const trust = start();
    const before = trust.current();
    writeFileSync(file, "nothing");
    await aMinute();
    await aMinute();
    expect(trust.current()).toBe(before);
    expect(warnings).toEqual([`Cannot use --client-ca-file ${JSON.stringify(file)}: it holds no certificate`]);
    writeFileSync(file, pem);
    await aMinute();
    expect(trust.current()).toBe(before);
  });
});

describe("trustWithFlags()", () => {
  const proxy = { ca: "c", allowedNames: [], usernameHeaders: [], uidHeaders: [], groupHeaders: [] };
  const fromCluster: TrustAnchors = { clientCa: "a", requestHeader: { ...proxy, extraHeaderPrefixes: [] } };

  test("puts the flags in the place of the cluster, the same object as long as neither changes", () => {
    let given: TrustAnchors = { clientCa: "b" };
    const read = trustWithFlags(
      () => given,
      () => fromCluster,
    );
    const before = read();
    expect(before).toEqual({ ...fromCluster, clientCa: "b" });
    expect(read()).toBe(before);
    given = { clientCa: "c" };
    expect(read()).toEqual({ ...fromCluster, clientCa: "c" });
  });
});
