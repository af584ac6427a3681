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
  clockMs: apiMs,
  others = [],
  unread = [],
}: {
  readonly state?: RotationState;
  readonly secretAnnotations?: Readonly<Record<string, string>>;
  readonly caBundle?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly service?: string;
  readonly served?: Leaf;
  readonly heldUpMs?: number;
  readonly refusal?: string;
  /** What the Kubernetes API's clock says. */
  readonly clockMs?: number;
  /** Bundles of further APIServices of this server: v2 and so on, without annotations. */
  readonly others?: readonly string[];
  /** Names of those that may not be read. */
  readonly unread?: readonly string[];
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
        return Promise.resolve(
          ok({
            data,
            annotations: secretAnnotations,
            ...(apiMs === undefined ? {} : { readAtMs: apiMs }),
            replace: async () => write("Secret"),
          }),
        );
      },
      readApiServices: async () =>
        Promise.resolve({
          found: [caBundle, ...others].map((pem, index) => ({
            name: `v${index + 1}`,
            service,
            annotations: index === 0 ? annotations : {},
            caBundle: pem,
            replaceBundle: async (next: string) => write(next),
          })),
          unread: unread.map((name) => ({ name, detail: "it is forbidden" })),
        }),
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

  test("an APIService without an injector, beside one that has it, is told when it does not trust what is served", async () => {
    const injected = { annotations: { "cert-manager.io/inject-ca-from": "a/b" }, caBundle: ca.certPem };
    const lacking = "it does not trust the certificate that is served, and has no injector though v1 has one";
    expect(await round({ ...injected, others: [other.certPem, ca.certPem, ""] })).toMatchObject({
      leaf: good.leaf,
      problems: [`v2: ${lacking}`, `v4: ${lacking}`],
      written: [],
    });
    expect((await round({ ...injected, others: [ca.certPem] })).problems).toEqual([]);
    expect((await round({ ...injected, unread: ["v9"] })).problems).toEqual(["v9: it is forbidden"]);
  });

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

  test("what an injector's owner wrote too early waits for its time", async () => {
    const state = { ...good, leaf: leaf("theirs", nowMs + times.leafMs, other, nowMs + 1) };
    const served = leaf("served", nowMs + 1, ca);
    const outcome = await round({ state, served, annotations: { "cert-manager.io/inject-ca-from": "a/b" } });
    expect(outcome).toMatchObject({
      leaf: served,
      problems: ["tls.crt: it is valid from 1970-01-01T00:16:40.001Z only"],
      settled: false,
    });
  });

  test.for([
    [-60_000, "done", []],
    [60_000, "done", []],
    [-61_001, "refused", ["renew: the clock here is more than a minute behind that of the Kubernetes API"]],
    [61_001, "refused", ["renew: the clock here is more than a minute ahead of that of the Kubernetes API"]],
    [undefined, "done", []],
  ] as const)("a clock that differs by %s ms from the API's: the step is %s", async ([aheadMs, end, problems]) => {
    const state = { ...good, leaf: undefined };
    const clockMs = aheadMs === undefined ? undefined : nowMs - aheadMs;
    const outcome = await round({ state, ...(clockMs === undefined ? {} : { clockMs }) });
    expect(outcome).toMatchObject({ end, problems });
    expect(outcome.written).toEqual(end === "done" ? ["Secret"] : []);
  });

  test("an annotation of the Secret replaces the authority", async () => {
    const before = { "vm-metrics-adapter/rotate-after": new Date(nowMs - 1_000).toISOString() };
    expect((await round({ secretAnnotations: before })).step).toBe("rest");
    const state = { ...good, authority: { ...ca, ...authority("ca", nowMs - 2_000, ca.endsMs) } };
    const told = await round({ state, caBundle: state.authority.certPem, secretAnnotations: before });
    expect([told.step, told.written]).toEqual(["announce", ["Secret"]]);
  });

  test("one that may not be read is told, and neither keeps a certificate from being renewed nor counts as trusting", async () => {
    const outcome = await round({ state: { ...good, leaf: undefined }, unread: ["v2"] });
    expect(outcome).toMatchObject({
      step: "renew",
      end: "done",
      problems: ["v2: it is forbidden"],
      written: ["Secret"],
    });
    expect(await round({ unread: ["v2"] })).toMatchObject({ leaf: good.leaf, step: "rest", settled: false });
  });

  const minuteLeft = leaf("served", nowMs + 60_000, other);
  const lastMoment = leaf("served", nowMs + 9_999, other);
  test.for([
    ["one may not be read", minuteLeft, ca.certPem, ["v2"], "served"],
    ["one may not be read, and the served one is about to end", lastMoment, ca.certPem, ["v2"], "leaf"],
    ["nobody trusts it, and the served one is about to end", lastMoment, other.certPem, ["v2"], "served"],
  ] as const)(
    "which certificate is served where not everybody is known to trust it: %s",
    async ([, served, caBundle, unread, expected]) => {
      expect((await round({ served, caBundle, unread })).leaf?.certPem).toContain(`[${expected} `);
    },
  );

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
