import { Socket } from "node:net";
import { beforeEach, describe, expect, test } from "vitest";
import type { AccessError } from "../../src/apiservice/access.ts";
import type { IdentityError, User } from "../../src/apiservice/identity.ts";
import { createInFlightLimit } from "../../src/apiservice/in-flight.ts";
import {
  observedAuthenticate,
  observedAuthorize,
  observedEnter,
  observedProvider,
  observeKubernetes,
} from "../../src/commands/observed.ts";
import type { MetricsProvider, Reading } from "../../src/query/provider.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { ignore } from "../support/ignore.ts";

const user: User = { name: "carol", groups: [], extra: {} };
const credentials = { rawHeaders: [], socket: new Socket() };
const attributes = { nonResourceAttributes: { path: "/metrics", verb: "get" } };

let nowMs: number;
let told: unknown[][];

beforeEach(() => {
  nowMs = 1;
  told = [];
});

function record(...what: unknown[]): void {
  told.push(what);
}

/** Takes 7 ms. */
async function after<T>(answer: T): Promise<T> {
  nowMs += 7;
  return Promise.resolve(answer);
}

describe("observedAuthenticate()", () => {
  const refused = { kind: "unauthenticated", detail: "" } as const;

  test.for<readonly [string, Result<User, IdentityError>]>([
    ["success", ok(user)],
    ["failure", fail({ kind: "impersonation" })],
    ["failure", fail({ ...refused, cause: "token" })],
    ["failure", fail({ ...refused, cause: "clientCertificate token" })],
    ["error", fail({ ...refused, cause: "clientCertificate tokenReview" })],
  ])("tells of %s: %j", async ([result, answer]) => {
    const authenticate = observedAuthenticate(
      () => after(answer),
      record,
      () => nowMs,
    );
    expect(await authenticate(credentials)).toBe(answer);
    expect(told).toEqual([[result, 7]]);
  });
});

describe("observedAuthorize()", () => {
  test.for<readonly [string, Result<void, AccessError>]>([
    ["allowed", ok(undefined)],
    ["denied", fail({ kind: "forbidden", reason: "" })],
    ["error", fail({ kind: "unknown", detail: "" })],
  ])("tells of %s: %j", async ([result, answer]) => {
    const authorize = observedAuthorize(
      () => after(answer),
      record,
      () => nowMs,
    );
    expect(await authorize(user, attributes)).toBe(answer);
    expect(told).toEqual([[result, 7]]);
  });
});

describe("observedEnter()", () => {
  test("tells of who comes in and goes, and not of who is refused", () => {
    const enter = observedEnter(createInFlightLimit(1), record);
    const leave = enter();
    expect(enter()).toBeUndefined();
    expect(told).toEqual([[1]]);
    leave?.();
    expect(told).toEqual([[1], [-1]]);
    expect(enter()).toBeDefined();
  });
});

describe("observedProvider()", () => {
  const object = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web-0" };
  const readings: readonly Reading[] = [5, 9].map((timestampMs) => ({ object, value: 1, timestampMs }));
  const provider: MetricsProvider = {
    list: () => [],
    listExternal: () => ["cpu"],
    notice: () => undefined,
    read: () => Promise.resolve(ok(readings)),
    readExternal: () => Promise.resolve(ok([{ labels: {}, value: 1, timestampMs: 4 }])),
  };
  const external = { metric: "cpu", namespace: "shop", selector: [] };
  const custom = {
    metric: "cpu",
    resource: { group: "", resource: "pods" },
    target: { by: "name", name: "web-0" },
    metricSelector: [],
  } as const;

  test("tells of each value that is given, by its group", async () => {
    const observed = observedProvider(provider, record);
    expect(await observed.read(custom, ignore)).toEqual(ok(readings));
    await observed.readExternal(external, ignore);
    expect(told).toEqual([
      ["custom.metrics.k8s.io", 5],
      ["custom.metrics.k8s.io", 9],
      ["external.metrics.k8s.io", 4],
    ]);
    expect(observed.listExternal()).toEqual(["cpu"]);
  });

  test("has nothing to tell where there is no value", async () => {
    const failing = fail({ kind: "timedOut" } as const);
    const observed = observedProvider({ ...provider, read: () => Promise.resolve(failing) }, record);
    expect(await observed.read(custom, ignore)).toBe(failing);
    expect(told).toEqual([]);
  });
});

describe("observeKubernetes()", () => {
  const observe = observeKubernetes({
    askKubernetes: (method, host) => (code) => record("request", method, host, code),
    reviewToken: () => (code) => record("token", code),
    reviewAccess: () => (code) => record("access", code),
  });

  test.for([
    ["/api/v1/pods", []],
    ["/apis/authentication.k8s.io/v1/tokenreviews", [["token", 201]]],
    ["/apis/authorization.k8s.io/v1/subjectaccessreviews", [["access", 201]]],
  ] as const)("tells of a request to %s", ([path, more]) => {
    observe({ method: "POST", host: "kubernetes:6443", path })(201);
    expect(told).toEqual([["request", "POST", "kubernetes:6443", 201], ...more]);
  });
});
