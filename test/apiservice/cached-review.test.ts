import { describe, expect, test } from "vitest";
import type { AccessSpec } from "../../src/apiservice/access.ts";
import { cachedAccessReview, cachedTokenReview, type ReviewCacheOptions } from "../../src/apiservice/cached-review.ts";
import { fail, ok } from "../../src/result.ts";

/** A cache as simple as its contract, and what was put into it. */
function scene(): { options: ReviewCacheOptions; keys: string[]; pass: (ms: number) => void } {
  let nowMs = 1;
  const keys: string[] = [];
  const options: ReviewCacheOptions = {
    now: () => nowMs,
    hashKey: Buffer.alloc(32, 1),
    createCache: ({ now }) => {
      const entries = new Map<string, { value: never; untilMs: number }>();
      return {
        get: (key) => {
          const entry = entries.get(key);
          return entry !== undefined && now() <= entry.untilMs ? entry.value : undefined;
        },
        set: (key, value, ttlMs) => {
          keys.push(key);
          entries.set(key, { value: value as never, untilMs: now() + ttlMs });
        },
      };
    },
  };
  return { options, keys, pass: (ms) => (nowMs += ms) };
}

const spec: AccessSpec = {
  user: "alice",
  groups: [],
  extra: {},
  nonResourceAttributes: { path: "/apis", verb: "get" },
};
const tenSeconds = { allowedMs: 10_000, refusedMs: 10_000 };

describe("cachedAccessReview()", () => {
  test("asks again after ten seconds, and about another question at once", async () => {
    const { options, pass } = scene();
    let asked = 0;
    const review = cachedAccessReview(
      () => Promise.resolve(ok({ allowed: (asked += 1) > 0, reason: "" })),
      tenSeconds,
      options,
    );
    for (const step of [0, 10_000, 1]) {
      pass(step);
      await review(spec);
    }
    expect(asked).toBe(2);
    await review({ ...spec, user: "bob" });
    expect(asked).toBe(3);
  });

  test("remembers permissions and refusals for times of their own, and for 0 not at all", async () => {
    const asked: string[] = [];
    async function ask(user: string, ttl: { allowedMs: number; refusedMs: number }, ...steps: number[]) {
      const { options, pass } = scene();
      const review = cachedAccessReview(
        (asking) => {
          asked.push(asking.user);
          return Promise.resolve(ok({ allowed: asking.user === "alice", reason: "" }));
        },
        ttl,
        options,
      );
      for (const step of steps) {
        pass(step);
        await review({ ...spec, user });
      }
      return asked.splice(0).length;
    }
    expect(await ask("alice", { allowedMs: 60_000, refusedMs: 0 }, 0, 30_000, 30_000)).toBe(1);
    expect(await ask("bob", { allowedMs: 60_000, refusedMs: 5_000 }, 0, 5_000, 1)).toBe(2);
    expect(await ask("bob", { allowedMs: 60_000, refusedMs: 0 }, 0, 0)).toBe(2);
  });

  test("shares one flight among equal questions", async () => {
    let asked = 0;
    const review = cachedAccessReview(
      () => Promise.resolve(ok({ allowed: (asked += 1) > 0, reason: "" })),
      tenSeconds,
      scene().options,
    );
    await Promise.all([review(spec), review(spec), review(spec)]);
    expect(asked).toBe(1);
  });

  test("remembers a refusal, but no error", async () => {
    const answers = [fail("down"), ok({ allowed: false, reason: "" }), ok({ allowed: true, reason: "" })];
    const review = cachedAccessReview(
      () => Promise.resolve(answers.shift() ?? fail("end")),
      tenSeconds,
      scene().options,
    );
    expect([await review(spec), await review(spec), await review(spec)]).toMatchObject([
      { ok: false },
      { ok: true, value: { allowed: false } },
      { ok: true, value: { allowed: false } },
    ]);
  });

  test("remembers what users of thousands of groups ask, and long paths, by a key of one length [wire 27]", async () => {
    const { options, keys } = scene();
    let asked = 0;
    const review = cachedAccessReview(
      () => Promise.resolve(ok({ allowed: (asked += 1) > 0, reason: "" })),
      tenSeconds,
      options,
    );
    const groups = Array.from({ length: 3_000 }, (_, index) => `group-${index}`);
    const path = `/${"x".repeat(10_000)}`;
    for (const question of [spec, { ...spec, groups }, { ...spec, nonResourceAttributes: { path, verb: "get" } }]) {
      await review(question);
      await review(question);
    }
    expect(asked).toBe(3);
    expect(new Set(keys.map((key) => key.length))).toEqual(new Set([44]));
  });

  test("knows questions by a hash that depends on the key of the process", async () => {
    const allKeys = await Promise.all(
      [1, 2].map(async (byte) => {
        const { options, keys } = scene();
        const keyed = { ...options, hashKey: Buffer.alloc(32, byte) };
        await cachedAccessReview(() => Promise.resolve(ok({ allowed: true, reason: "" })), tenSeconds, keyed)(spec);
        return keys;
      }),
    );
    expect(new Set(allKeys.flat()).size).toBe(2);
  });
});

describe("cachedTokenReview()", () => {
  test("remembers whose a token is, and that it is nobody's [wire 27]", async () => {
    const alice = { name: "alice", groups: [], extra: {} };
    const asked: string[] = [];
    const { options } = scene();
    const review = cachedTokenReview(
      (token) => {
        asked.push(token);
        return Promise.resolve(ok(token === "good" ? alice : undefined));
      },
      10_000,
      options,
    );
    for (const token of ["good", "bad", "good", "bad"]) {
      expect(await review(token, "10.0.0.1")).toEqual({ ok: true, value: token === "good" ? alice : undefined });
    }
    expect(asked).toEqual(["good", "bad"]);
  });

  test("says where a token came from, and asks once wherever else it comes from", async () => {
    const asked: string[] = [];
    const review = cachedTokenReview(
      (_token, from) => {
        asked.push(from);
        return Promise.resolve(ok(undefined));
      },
      10_000,
      scene().options,
    );
    for (const from of ["10.0.0.1", "10.0.0.2"]) await review("bad", from);
    expect(asked).toEqual(["10.0.0.1"]);
  });

  test("keeps no token [trap 15]", async () => {
    const { options, keys } = scene();
    await cachedTokenReview(() => Promise.resolve(ok(undefined)), 10_000, options)("s3cret", "10.0.0.1");
    expect(keys).toHaveLength(1);
    expect(keys[0]).not.toContain("s3cret");
  });
});
