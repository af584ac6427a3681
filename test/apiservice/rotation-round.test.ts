import { describe, expect, test } from "vitest";
import type { Leaf } from "../../src/apiservice/credentials.ts";
import { rotationRound } from "../../src/apiservice/rotation-round.ts";
import { type RotationState, writeRotationState } from "../../src/apiservice/rotation-state.ts";
import { fail, ok } from "../../src/result.ts";
import { authority, createFakeCredentials, leaf } from "../support/fake-credentials.ts";
import { brokenRotation, live, rotationTimes as times } from "../support/rotation-property.ts";
import { createRotationWorld } from "../support/rotation-world.ts";

const nowMs = 1_000_000;
const ca = authority("ca", nowMs, nowMs + times.authorityMs);
const other = authority("caOther", nowMs, nowMs + times.authorityMs);
const good: RotationState = {
  authority: ca,
  leaf: leaf("leaf", nowMs + times.leafMs, ca),
  next: undefined,
  trustedSinceMs: undefined,
  former: [],
  formerUntilMs: 0,
};

/** A round on a Secret with this state and an APIService with this bundle; `written` is what became of both. */
async function round({
  state = good,
  secretAnnotations = {},
  caBundle = ca.certPem,
  annotations = {},
  service = "monitoring/adapter",
  served,
  heldUpMs = 0,
  refusal,
}: {
  readonly state?: RotationState;
  readonly secretAnnotations?: Readonly<Record<string, string>>;
  readonly caBundle?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly service?: string;
  readonly served?: Leaf;
  readonly heldUpMs?: number;
  readonly refusal?: string;
}) {
  let clockMs = nowMs;
  const written: string[] = [];
  async function write(what: string) {
    written.push(what);
    return Promise.resolve(refusal === undefined ? ok(undefined) : fail({ kind: refusal, detail: `it is ${refusal}` }));
  }
  const outcome = await rotationRound(
    {
      readSecret: async () => {
        clockMs += heldUpMs;
        const data = writeRotationState(state);
        return Promise.resolve(ok({ data, annotations: secretAnnotations, replace: async () => write("Secret") }));
      },
      readApiServices: async () =>
        Promise.resolve(
          ok([{ name: "v1", service, annotations, caBundle, replaceBundle: async (pem: string) => write(pem) }]),
        ),
      service: "monitoring/adapter",
      credentials: createFakeCredentials(times),
      times,
      now: () => clockMs,
    },
    served,
  );
  if (!outcome.ok) throw new Error(outcome.error.detail);
  return { ...outcome.value, written };
}

describe("rotationRound()", () => {
  test("serves what the Secret has, and rests when all is well", async () => {
    const outcome = await round({});
    expect(outcome).toMatchObject({
      leaf: good.leaf,
      step: "rest",
      end: "done",
      settled: true,
      problems: [],
      written: [],
    });
  });

  test("writes the authority into its own APIServices only", async () => {
    expect((await round({ caBundle: "" })).written).toEqual([ca.certPem]);
    expect((await round({ caBundle: "", service: "keda/keda" })).written).toEqual([]);
  });

  test.for(["cert-manager.io/inject-ca-from", "service.beta.openshift.io/inject-cabundle"])(
    "with %s on the APIService nothing is written, and what is in the Secret is served",
    async (name) => {
      const state = { ...good, leaf: leaf("theirs", nowMs + times.leafMs, other) };
      const outcome = await round({ state, caBundle: "", annotations: { [name]: "a/b" } });
      expect(outcome).toMatchObject({ leaf: state.leaf, step: "injected", written: [] });
    },
  );

  const servedByOther = leaf("served", nowMs + 9, other);
  test.for([
    ["nothing is served yet", good, undefined, "", "leaf"],
    ["the injector has yet to write its authority", good, servedByOther, other.certPem, "served"],
    ["the injector has added its authority", good, servedByOther, other.certPem + ca.certPem, "leaf"],
    ["the injector has replaced the authority", good, servedByOther, ca.certPem, "leaf"],
    ["the one that is served is not trusted either", good, servedByOther, "", "leaf"],
    ["the one that is served has ended", good, leaf("served", nowMs, other), other.certPem, "leaf"],
    ["the Secret does not say an authority", { ...good, authority: undefined }, servedByOther, other.certPem, "leaf"],
  ] as const)("with an injector, which certificate is served: %s", async ([, state, served, caBundle, expected]) => {
    const annotations = { "cert-manager.io/inject-ca-from": "a/b" };
    const outcome = await round({ state, caBundle, annotations, ...(served === undefined ? {} : { served }) });
    expect(outcome.leaf?.certPem).toContain(`[${expected} `);
    expect([outcome.written, outcome.settled]).toEqual([[], expected === "leaf"]);
  });

  test("what somebody else wrote is told, and the one that is served stays", async () => {
    const state = { ...good, leaf: { ...leaf("theirs", nowMs, other), keyPem: "another key" } };
    const served = leaf("served", nowMs + 1, ca);
    const outcome = await round({ state, served, annotations: { "cert-manager.io/inject-ca-from": "a/b" } });
    expect(outcome).toMatchObject({ leaf: served, problems: ["tls.crt: its key does not belong to it"] });
  });

  test("an annotation of the Secret replaces the authority", async () => {
    const before = { "vm-metrics-adapter/rotate-after": new Date(nowMs - 1_000).toISOString() };
    expect((await round({ secretAnnotations: before })).step).toBe("rest");
    const state = { ...good, authority: { ...ca, ...authority("ca", nowMs - 2_000, ca.endsMs) } };
    const told = await round({ state, caBundle: state.authority.certPem, secretAnnotations: before });
    expect([told.step, told.written]).toEqual(["announce", ["Secret"]]);
  });

  test("a replica that was held up writes no bundle: it may lack an authority that signs by now", async () => {
    const outcome = await round({ caBundle: "", heldUpMs: times.agingMs });
    expect([outcome.step, outcome.end, outcome.written]).toEqual(["publish", "overtaken", []]);
  });

  test.for([
    ["nothing is served yet", undefined, "", "leaf"],
    ["the served one has the same authority", leaf("served", nowMs + 9, ca), "", "leaf"],
    ["the served one has another authority", leaf("served", nowMs + 9, other), other.certPem, "served"],
    ["both are trusted", leaf("served", nowMs + 9, other), other.certPem + ca.certPem, "leaf"],
    ["the served one has ended", leaf("served", nowMs, other), other.certPem, "leaf"],
  ] as const)("which certificate is served: %s", async ([, served, caBundle, expected]) => {
    const outcome = await round({ caBundle, ...(served === undefined ? {} : { served }) });
    expect(outcome.leaf?.certPem).toContain(`[${expected} `);
  });

  test.for([
    ["conflict", "overtaken", []],
    ["forbidden", "refused", ["publish: it is forbidden"]],
  ] as const)("a write that is refused as %s", async ([refusal, end, problems]) => {
    expect(await round({ caBundle: "", refusal })).toMatchObject({ end, problems, leaf: good.leaf });
  });

  test("two replicas in any order, with deaths and spoiled Secrets: what is served is trusted, and all ends well", async () => {
    expect(await brokenRotation(60, 1)).toBe("");
  });

  test("authorities follow one another without a gap", async () => {
    const world = createRotationWorld(times);
    const seen = new Set<string>();
    for (let passed = 0; passed < 3 * 3_650; passed += 60) {
      await live(world, 60, 20);
      seen.add(world.data()["ca.crt"] ?? "");
      expect(world.bare()).toBe(0);
    }
    expect(seen.size).toBeGreaterThan(3);
    expect(new Set(world.bundles()).size).toBe(1);
  });
});
