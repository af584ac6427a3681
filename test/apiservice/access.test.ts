import { describe, expect, test } from "vitest";
import { type AccessSpec, createAuthorizer, forbidden } from "../../src/apiservice/access.ts";
import type { User } from "../../src/apiservice/identity.ts";
import type { RequestAttributes } from "../../src/apiservice/request-attributes.ts";
import { fail, ok } from "../../src/result.ts";

const alice: User = { name: "alice", uid: "7", groups: ["dev"], extra: { k: ["v"] } };
const read: RequestAttributes = {
  resourceAttributes: {
    namespace: "shop",
    verb: "get",
    group: "custom.metrics.k8s.io",
    version: "v1beta2",
    resource: "pods",
    subresource: "rps",
    name: "cart-0",
  },
};
const list: RequestAttributes = {
  resourceAttributes: { verb: "list", group: "custom.metrics.k8s.io", version: "v1beta2", resource: "nodes" },
};
const discovery: RequestAttributes = { nonResourceAttributes: { path: "/apis", verb: "get" } };
const always = { groups: ["system:masters"], paths: ["/healthz", "/debug/*"] };

describe("createAuthorizer()", () => {
  test.for([
    [{ ...alice, groups: ["system:masters"] }, read],
    [alice, { nonResourceAttributes: { path: "/healthz", verb: "get" } }],
    [alice, { nonResourceAttributes: { path: "/debug/x", verb: "get" } }],
  ] as const)("asks nobody for %j [wire 16]", async ([user, attributes]) => {
    const authorize = createAuthorizer(() => Promise.reject(new Error("asked")), always);
    expect(await authorize(user, attributes)).toEqual({ ok: true });
  });

  test.for([
    [ok({ allowed: true, reason: "" }), { ok: true }],
    [ok({ allowed: false, reason: "no" }), { ok: false, error: { kind: "forbidden", reason: "no" } }],
    [fail("down"), { ok: false, error: { kind: "unknown", detail: "down" } }],
  ] as const)("a review of %j means %j [wire 15]", async ([review, outcome]) => {
    expect(await createAuthorizer(() => Promise.resolve(review), always)(alice, discovery)).toEqual(outcome);
  });

  test("asks with all that is known of the user", async () => {
    const asked: AccessSpec[] = [];
    const authorize = createAuthorizer((spec) => {
      asked.push(spec);
      return Promise.resolve(ok({ allowed: true, reason: "" }));
    }, always);
    await authorize(alice, read);
    await authorize(
      { name: "bob", groups: [], extra: {} },
      { nonResourceAttributes: { path: "/healthz/ping", verb: "get" } },
    );
    expect(asked).toEqual([
      { user: "alice", uid: "7", groups: ["dev"], extra: { k: ["v"] }, ...read },
      { user: "bob", groups: [], extra: {}, nonResourceAttributes: { path: "/healthz/ping", verb: "get" } },
    ]);
  });
});

describe("forbidden()", () => {
  test.for([
    [
      read,
      "",
      'pods.custom.metrics.k8s.io "cart-0" is forbidden: User "alice" cannot get resource "pods/rps" in API group "custom.metrics.k8s.io" in the namespace "shop"',
      { name: "cart-0", group: "custom.metrics.k8s.io", kind: "pods" },
    ],
    [
      list,
      "no rule",
      'nodes.custom.metrics.k8s.io is forbidden: User "alice" cannot list resource "nodes" in API group "custom.metrics.k8s.io" at the cluster scope: no rule',
      { group: "custom.metrics.k8s.io", kind: "nodes" },
    ],
    [discovery, "", 'forbidden: User "alice" cannot get path "/apis"', {}],
  ] as const)("explains %j", ([attributes, reason, message, details]) => {
    expect(forbidden(alice, attributes, reason)).toMatchObject({ code: 403, reason: "Forbidden", message, details });
  });
});
