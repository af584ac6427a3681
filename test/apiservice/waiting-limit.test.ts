import { describe, expect, test } from "vitest";
import type { Authorize } from "../../src/apiservice/access.ts";
import type { User } from "../../src/apiservice/identity.ts";
import type { RequestAttributes } from "../../src/apiservice/request-attributes.ts";
import { limitWaiting } from "../../src/apiservice/waiting-limit.ts";
import { ok } from "../../src/result.ts";

const group = { verb: "get", group: "custom.metrics.k8s.io", version: "v1beta2" } as const;
const attributes: RequestAttributes = { resourceAttributes: { ...group, resource: "pods" } };
const discovery: RequestAttributes = { nonResourceAttributes: { path: "/apis", verb: "get" } };
const crowded = { ok: false, error: { kind: "crowded" } };

function user(name: string): User {
  return { name, groups: [], extra: {} };
}

/** Decisions that wait until they are let go. */
function scene() {
  const waiting: (() => void)[] = [];
  const authorize: Authorize = async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push(resolve);
    await promise;
    return ok(undefined);
  };
  return { waiting, authorize: limitWaiting(authorize, 2) };
}

describe("limitWaiting()", () => {
  test("refuses one user's further requests at once, and nobody else's", async () => {
    const { authorize, waiting } = scene();
    const first = [authorize(user("ann"), attributes), authorize(user("ann"), attributes)];
    expect(await authorize(user("ann"), attributes)).toEqual(crowded);
    const other = authorize(user("bob"), attributes);
    expect(waiting).toHaveLength(3);
    for (const letGo of waiting) letGo();
    expect(await Promise.all([...first, other])).toEqual([ok(undefined), ok(undefined), ok(undefined)]);
  });

  test("lets another one wait for each that was decided", async () => {
    const { authorize, waiting } = scene();
    const [first] = [authorize(user("ann"), attributes), authorize(user("ann"), attributes)];
    waiting[0]?.();
    await first;
    void authorize(user("ann"), attributes);
    expect(waiting).toHaveLength(3);
    expect(await authorize(user("ann"), attributes)).toEqual(crowded);
  });

  test("lets any number of one user's requests wait for what is no metric", () => {
    const { authorize, waiting } = scene();
    for (let time = 0; time < 5; time += 1) void authorize(user("ann"), discovery);
    expect(waiting).toHaveLength(5);
  });

  test("forgets those whose decision failed", async () => {
    const authorize = limitWaiting(() => Promise.reject(new Error("a bug")), 1);
    for (let time = 0; time < 2; time += 1) {
      await expect(authorize(user("ann"), attributes)).rejects.toThrow("a bug");
    }
  });
});
