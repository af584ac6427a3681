import { describe, expect, test } from "vitest";
import type { AccessSpec, ReviewAccess } from "../../src/apiservice/access.ts";
import type { AccessTtl } from "../../src/apiservice/cached-review.ts";
import { wideAccessReview } from "../../src/apiservice/wide-review.ts";
import { createBoundedCache } from "../../src/bounded-cache.ts";
import { fail, ok } from "../../src/result.ts";

const tenSeconds = { allowedMs: 10_000, refusedMs: 10_000 };
const custom = { group: "custom.metrics.k8s.io", version: "v1beta2" };
const external = { group: "external.metrics.k8s.io", version: "v1beta1" };
const everything = { verb: "get", group: custom.group, version: "*", resource: "*" };

/** How a rule of RBAC reads a question (k8s.io/kubernetes, `plugin/pkg/auth/authorizer/rbac`, `RuleAllows`). */
interface Rule {
  readonly verbs: readonly string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly names?: readonly string[];
  /** The namespace of its RoleBinding; absent: a ClusterRoleBinding. */
  readonly namespace?: string;
}

const starSlashStar = ["*", "*"].join("/");
const metricsReader: Rule = { verbs: ["get", "list"], groups: [custom.group, external.group], resources: ["*"] };

function allows(rule: Rule, spec: AccessSpec): boolean {
  if ("nonResourceAttributes" in spec) return false;
  const { verb, group, resource, subresource = "", name = "", namespace = "" } = spec.resourceAttributes;
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  return (
    (rule.namespace === undefined || rule.namespace === namespace) &&
    (rule.verbs.includes("*") || rule.verbs.includes(verb)) &&
    (rule.groups.includes("*") || rule.groups.includes(group)) &&
    rule.resources.some(
      (each) => each === "*" || each === combined || (subresource !== "" && each === `*/${subresource}`),
    ) &&
    (rule.names === undefined || rule.names.includes(name))
  );
}

function metric(name: string, more: object = {}, user = "hpa"): AccessSpec {
  const resourceAttributes = { verb: "get", ...custom, namespace: "shop", resource: "pods", name, ...more };
  return { user, groups: ["system:authenticated"], extra: {}, resourceAttributes };
}

/** Asks with a clock that stands still until it is told to go on, and records what reaches the Kubernetes API. */
function scene(answer: ReviewAccess, ttl: AccessTtl = tenSeconds) {
  let nowMs = 1;
  const asked: AccessSpec[] = [];
  const review = wideAccessReview(
    (spec) => {
      asked.push(spec);
      return answer(spec);
    },
    ttl,
    { createCache: createBoundedCache, now: () => nowMs, hashKey: Buffer.alloc(32, 1) },
  );
  return { review, asked, pass: (ms: number) => (nowMs += ms) };
}

function authorizer(...rules: readonly Rule[]): ReviewAccess {
  return (spec) => Promise.resolve(ok({ allowed: rules.some((rule) => allows(rule, spec)), reason: "" }));
}

describe("wideAccessReview()", () => {
  test("asks once for a thousand metrics of whoever may read everything, and again after the time [wire 27]", async () => {
    const { review, asked, pass } = scene(authorizer(metricsReader));
    for (let at = 0; at < 1_000; at += 1) {
      const name = at % 2 === 0 ? { subresource: `m${at}` } : { namespace: `n${at}` };
      expect(await review(metric(`pod-${at}`, name))).toMatchObject({ value: { allowed: true } });
    }
    expect(asked).toEqual([
      { user: "hpa", groups: ["system:authenticated"], extra: {}, resourceAttributes: everything },
    ]);
    pass(10_001);
    await review(metric("pod-0"));
    expect(asked).toHaveLength(2);
  });

  test("asks for each group, verb and user", async () => {
    const { review, asked } = scene(authorizer(metricsReader));
    await review(metric("a"));
    await review(metric("a", { verb: "list", ...external }));
    await review(metric("a", { verb: "list" }));
    await review(metric("a", {}, "ann"));
    expect(asked).toHaveLength(4);
  });

  test("shares one question among requests at the same time", async () => {
    const { review, asked } = scene(authorizer(metricsReader));
    await Promise.all(["a", "b", "c"].map((name) => review(metric(name))));
    expect(asked).toHaveLength(1);
  });

  const narrow: Rule = { ...metricsReader, resources: ["pods/rps"] };
  test.for([
    ["one metric", narrow, metric("a", { subresource: "rps" }), metric("a", { subresource: "other" })],
    [
      "one metric of any parent",
      { ...metricsReader, resources: ["*/rps"] },
      metric("a", { resource: "nodes", subresource: "rps" }),
      metric("a"),
    ],
    [
      "a subresource that is called star",
      { ...metricsReader, resources: [starSlashStar] },
      metric("a", { resource: "*", subresource: "*" }),
      metric("a", { subresource: "rps" }),
    ],
    ["one namespace", { ...metricsReader, namespace: "shop" }, metric("a"), metric("a", { namespace: "bank" })],
    ["one name", { ...metricsReader, names: ["a"] }, metric("a"), metric("b")],
    ["all objects by the name of star only", { ...metricsReader, names: ["*"] }, metric("*"), metric("a")],
    ["one verb", { ...metricsReader, verbs: ["get"] }, metric("a"), metric("a", { verb: "list" })],
    ["another group", { ...metricsReader, groups: [external.group] }, metric("a", external), metric("a")],
  ] as const)("a rule for %s gives that and no more", async ([, rule, given, refused]) => {
    const { review } = scene(authorizer(rule));
    expect(await review(given)).toMatchObject({ value: { allowed: true } });
    expect(await review(refused)).toMatchObject({ value: { allowed: false } });
  });

  test("remembers for a minute that somebody may not read everything, and asks about each metric", async () => {
    const { review, asked, pass } = scene(authorizer(narrow));
    for (const [ms, questions] of [
      [0, 2],
      [0, 2],
      [10_001, 3],
      [50_000, 5],
    ] as const) {
      pass(ms);
      expect(await review(metric("a", { subresource: "rps" }))).toMatchObject({ value: { allowed: true } });
      expect(asked).toHaveLength(questions);
    }
  });

  test.for([
    ["a path", { user: "hpa", groups: [], extra: {}, nonResourceAttributes: { path: "/apis", verb: "get" } }],
    ["another verb", metric("a", { verb: "create" })],
    ["a group that is not served", metric("a", { group: "apps" })],
  ] as const)("asks as it is about %s", async ([, spec]) => {
    const { review, asked } = scene(authorizer(metricsReader));
    await review(spec);
    expect(asked).toEqual([spec]);
  });

  test("asks about each request where permissions are not remembered", async () => {
    const { review, asked } = scene(authorizer(metricsReader), { allowedMs: 0, refusedMs: 0 });
    await review(metric("a"));
    await review(metric("a"));
    expect(asked).toEqual([metric("a"), metric("a")]);
  });

  test("is refused after one question when nobody answers, and asks again [wire 15]", async () => {
    const { review, asked } = scene(() => Promise.resolve(fail("down")));
    expect(await review(metric("a"))).toEqual(fail("down"));
    expect(asked).toHaveLength(1);
    await review(metric("a"));
    expect(asked).toHaveLength(2);
  });
});
