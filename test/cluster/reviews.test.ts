import { describe, expect, test } from "vitest";
import type { KubernetesFailure } from "../../src/cluster/failure.ts";
import type { KubernetesAnswer, KubernetesClient, KubernetesRequest } from "../../src/cluster/kubernetes-client.ts";
import { createReviews, type Reviews } from "../../src/cluster/reviews.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

type Answer = Result<KubernetesAnswer, KubernetesFailure>;

/** Answers in turn, the last one for ever; pauses pass at once. */
function setUp(answers: readonly Answer[]): { reviews: Reviews; asked: KubernetesRequest[]; clock: FakeClock } {
  const asked: KubernetesRequest[] = [];
  const still = createFakeClock();
  const sleep: FakeClock["sleep"] = async (ms) => {
    const slept = still.sleep(ms);
    still.advance(ms);
    await slept;
  };
  const clock = { ...still, sleep };
  const client: KubernetesClient = {
    request: async (request) => {
      asked.push(request);
      return Promise.resolve(answers[Math.min(asked.length, answers.length) - 1] ?? refused(500));
    },
    stream: async () => Promise.reject(new Error("no stream is expected")),
  };
  return { reviews: createReviews({ client, clock }), asked, clock };
}

function status(value: unknown): Answer {
  return ok({ status: 201, body: { status: value } });
}

function refused(code: number, more: Partial<KubernetesFailure> = {}): Answer {
  return fail({ kind: "other", detail: `HTTP status ${code}`, status: code, ...more });
}

const lost: Answer = fail({ kind: "unreachable", detail: "other side closed" });

const spec = {
  user: "ann",
  groups: ["g"],
  extra: {},
  resourceAttributes: { verb: "get", group: "custom.metrics.k8s.io", resource: "pods" },
};

describe("reviewToken()", () => {
  test("posts the token and reads the user", async () => {
    const user = { username: "ann", uid: "u1", groups: ["g1", "g2"], extra: { "example.com/key": ["a", "b"] } };
    const { reviews, asked } = setUp([status({ authenticated: true, user })]);
    expect(await reviews.reviewToken("t0", "10.0.0.1")).toEqual(
      ok({ name: "ann", uid: "u1", groups: ["g1", "g2"], extra: { "example.com/key": ["a", "b"] } }),
    );
    expect(asked).toEqual([
      {
        method: "POST",
        path: "/apis/authentication.k8s.io/v1/tokenreviews",
        body: { kind: "TokenReview", apiVersion: "authentication.k8s.io/v1", spec: { token: "t0" } },
        timeoutMs: 10_000,
      },
    ]);
  });

  test.for([
    [
      "a user with a name only",
      status({ authenticated: true, user: { username: "ann" } }),
      ok({ name: "ann", groups: [], extra: {} }),
    ],
    ["nobody", status({ authenticated: false }), ok(undefined)],
    ["nobody, and why", status({ authenticated: false, error: "invalid bearer token" }), ok(undefined)],
    ["no status", ok({ status: 201, body: {} }), fail("Cannot read the TokenReview: it has no status")],
  ] as const)("reads %s", async ([, answer, expected]) => {
    expect(await setUp([answer]).reviews.reviewToken("t0", "10.0.0.1")).toEqual(expected);
  });
});

/** A client whose answers come when they are let out, and how many are awaited. */
function heldBack(): {
  client: KubernetesClient;
  asked: KubernetesRequest[];
  release: (answer: Answer) => Promise<void>;
} {
  const asked: KubernetesRequest[] = [];
  const waiting: ((answer: Answer) => void)[] = [];
  const client: KubernetesClient = {
    request: async (request) => {
      asked.push(request);
      const { promise, resolve } = Promise.withResolvers<Answer>();
      waiting.push(resolve);
      return promise;
    },
    stream: async () => Promise.reject(new Error("no stream is expected")),
  };
  async function release(answer: Answer): Promise<void> {
    await new Promise(setImmediate);
    waiting.shift()?.(answer);
    await new Promise(setImmediate);
  }
  return { client, asked, release };
}

describe("createReviews()", () => {
  test("asks three questions at once, and the others of an outage wait or fail [trap 12]", async () => {
    const { client, asked, release } = heldBack();
    const clock = createFakeClock();
    const reviews = createReviews({ client, clock });
    const answers = Array.from({ length: 300 }, () => reviews.reviewAccess(spec));
    expect(await answers.at(-1)).toEqual(
      fail('Cannot post "/apis/authorization.k8s.io/v1/subjectaccessreviews": too many reviews are waiting'),
    );
    expect(asked).toHaveLength(3);
    clock.advance(6_000);
    await release(status({ allowed: true }));
    expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([10_000, 10_000, 10_000, 4_000]);
    clock.advance(4_000);
    await release(status({ allowed: true }));
    expect(asked).toHaveLength(4);
    expect(await answers[4]).toEqual(
      fail('Cannot post "/apis/authorization.k8s.io/v1/subjectaccessreviews": its turn did not come in time'),
    );
  });

  test("asks for one user while another waits behind questions of their own", async () => {
    const { client, asked, release } = heldBack();
    const reviews = createReviews({ client, clock: createFakeClock() });
    for (let at = 0; at < 100; at += 1) void reviews.reviewAccess({ ...spec, user: "system:anonymous" });
    void reviews.reviewAccess(spec);
    await release(status({ allowed: false }));
    await release(status({ allowed: false }));
    expect(asked.map(({ body }) => body).at(-1)).toMatchObject({ spec: { user: "ann" } });
  });

  test("asks about a token while others wait behind bad ones of another address", async () => {
    const { client, asked, release } = heldBack();
    const reviews = createReviews({ client, clock: createFakeClock() });
    for (let at = 0; at < 300; at += 1) void reviews.reviewToken(`bad-${at}`, "10.0.0.1");
    void reviews.reviewToken("good", "10.0.0.2");
    await release(status({ authenticated: false }));
    await release(status({ authenticated: false }));
    expect(asked.map(({ body }) => body).at(-1)).toMatchObject({ spec: { token: "good" } });
  });
});

describe("reviewAccess()", () => {
  test("posts the spec", async () => {
    const { reviews, asked } = setUp([status({ allowed: true })]);
    await reviews.reviewAccess(spec);
    expect(asked[0]).toMatchObject({
      path: "/apis/authorization.k8s.io/v1/subjectaccessreviews",
      body: { kind: "SubjectAccessReview", apiVersion: "authorization.k8s.io/v1", spec },
    });
  });

  test.for([
    ["yes", { allowed: true, reason: "RBAC" }, ok({ allowed: true, reason: "RBAC" })],
    ["no", { allowed: false, denied: true, reason: "no" }, ok({ allowed: false, reason: "no" })],
    ["no opinion", { allowed: false }, ok({ allowed: false, reason: "" })],
    [
      "yes and no",
      { allowed: true, denied: true },
      fail("Cannot read the SubjectAccessReview: it both allows and denies"),
    ],
  ] as const)("reads %s", async ([, decision, expected]) => {
    expect(await setUp([status(decision)]).reviews.reviewAccess(spec)).toEqual(expected);
  });

  test.for([
    ["500", refused(500)],
    ["504", refused(504)],
    ["429", refused(429, { kind: "throttled" })],
    ["a broken connection", lost],
  ] as const)("tries again after %s", async ([, fault]) => {
    const { reviews, clock } = setUp([fault, fault, status({ allowed: true })]);
    expect(await reviews.reviewAccess(spec)).toEqual(ok({ allowed: true, reason: "" }));
    expect(clock.pauses).toEqual([500, 750]);
  });

  test("waits as long as the server says", async () => {
    const { reviews, clock } = setUp([
      refused(429, { kind: "throttled", retryAfterMs: 2_000 }),
      status({ allowed: true }),
    ]);
    await reviews.reviewAccess(spec);
    expect(clock.pauses).toEqual([2_000]);
  });

  test.for([
    ["five attempts", refused(500), 5],
    ["a refusal that will not pass", refused(403), 1],
    ["a pause that would end too late", refused(429, { kind: "throttled", retryAfterMs: 10_000 }), 1],
  ] as const)("gives up after %s", async ([, fault, attempts]) => {
    const { reviews, asked } = setUp([fault]);
    const review = await reviews.reviewAccess(spec);
    expect(review.ok || review.error).toMatch(
      /^Cannot post "\/apis\/authorization.k8s.io\/v1\/subjectaccessreviews": HTTP status/u,
    );
    expect(asked.length).toBe(attempts);
  });

  test("gives later attempts only what is left of the ten seconds", async () => {
    const { reviews, asked } = setUp([refused(500)]);
    await reviews.reviewAccess(spec);
    expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual([10_000, 9_500, 8_750, 7_625, 5_937.5]);
  });
});
