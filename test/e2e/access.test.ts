import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../../sandbox/control-plane.ts";
import { findControlPlane } from "../../sandbox/binaries.ts";
import type { AccessSpec, ReviewAccess } from "../../src/apiservice/access.ts";
import { cachedAccessReview, type ReviewCacheOptions } from "../../src/apiservice/cached-review.ts";
import { wideAccessReview } from "../../src/apiservice/wide-review.ts";
import { createBoundedCache } from "../../src/bounded-cache.ts";
import { createReviews } from "../../src/cluster/reviews.ts";
import { clientOf } from "../cluster/client-of.ts";
import { createFakeClock } from "../cluster/fake-clock.ts";
import { ignore } from "../support/ignore.ts";
import { until } from "../support/until.ts";

/** What a real kube-apiserver's RBAC says to the questions of the adapter. */

interface Rights {
  readonly verbs?: readonly string[];
  readonly groups?: readonly string[];
  readonly resources: readonly string[];
  readonly names?: readonly string[];
  /** Absent: in all namespaces. */
  readonly namespace?: string;
}

const custom = "custom.metrics.k8s.io";
const external = "external.metrics.k8s.io";
const starSlashStar = ["*", "*"].join("/");
const questions = {
  pods: { verb: "get", group: custom, version: "v1beta2", namespace: "shop", resource: "pods", subresource: "rps" },
  bank: { verb: "get", group: custom, version: "v1beta2", namespace: "bank", resource: "pods", subresource: "rps" },
  other: { verb: "get", group: custom, version: "v1beta2", namespace: "shop", resource: "pods", subresource: "other" },
  node: { verb: "get", group: custom, version: "v1beta2", resource: "nodes", subresource: "rps" },
  metrics: { verb: "get", group: custom, version: "v1beta1", namespace: "shop", resource: "metrics", name: "rps" },
  queue: { verb: "list", group: external, version: "v1beta1", namespace: "shop", resource: "queue" },
} as const;
type Question = keyof typeof questions;

const everything = Object.keys(questions) as readonly Question[];
const rows: readonly (readonly [user: string, Rights | undefined, readonly Question[], wide: boolean])[] = [
  ["all", { resources: ["*"] }, everything, true],
  ["all-verbs", { verbs: ["*"], groups: ["*"], resources: ["*"] }, everything, true],
  ["none", undefined, [], false],
  ["one-group", { groups: [custom], resources: ["*"] }, ["pods", "bank", "other", "node", "metrics"], true],
  ["get-only", { verbs: ["get"], resources: ["*"] }, ["pods", "bank", "other", "node", "metrics"], true],
  ["one-metric", { resources: ["pods/rps"] }, ["pods", "bank"], false],
  ["any-parent", { resources: ["*/rps"] }, ["pods", "bank", "node"], false],
  ["no-subresource", { resources: ["pods/*"] }, [], false],
  ["star-slash-star", { resources: [starSlashStar] }, [], false],
  ["one-namespace", { resources: ["*"], namespace: "shop" }, ["pods", "other", "metrics", "queue"], false],
  ["named-star", { resources: ["*"], names: ["*"] }, [], false],
  ["one-name", { resources: ["*"], names: ["web"] }, ["pods", "bank", "other", "node"], false],
];

let directory: string;
let controlPlane: ControlPlane;
let review: ReviewAccess;
let asked: number;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "access-"));
  const binaries = await findControlPlane({ env: process.env, report: ignore });
  controlPlane = await startControlPlane({ binaries, directory, report: ignore });
  const items = rows.flatMap(([user, rights]) => (rights === undefined ? [] : grant(user, rights)));
  await controlPlane.kubectl(["create", "namespace", "shop"]);
  const applied = await controlPlane.kubectl(
    ["apply", "-f", "-"],
    JSON.stringify({ apiVersion: "v1", kind: "List", items }),
  );
  if (applied.code !== 0) throw new Error(applied.stderr);
  const reviews = createReviews({ client: clientOf(controlPlane.admin), clock: createFakeClock() });
  review = (spec) => {
    asked += 1;
    return reviews.reviewAccess(spec);
  };
  await until(
    () => review(questionOf("one-name", "pods")),
    (answer) => answer.ok && answer.value.allowed,
    30,
  );
}, 1_200_000);

afterAll(async () => {
  await controlPlane.stop();
  rmSync(directory, { recursive: true });
});

function grant(
  user: string,
  { verbs = ["get", "list"], groups = [custom, external], ...rights }: Rights,
): readonly object[] {
  const { resources, names, namespace } = rights;
  const rule = { verbs, apiGroups: groups, resources, ...(names === undefined ? {} : { resourceNames: names }) };
  const apiGroup = "rbac.authorization.k8s.io";
  const apiVersion = `${apiGroup}/v1`;
  const binding = {
    apiVersion,
    metadata: { name: user, ...(namespace === undefined ? {} : { namespace }) },
    roleRef: { apiGroup, kind: "ClusterRole", name: user },
    subjects: [{ apiGroup, kind: "User", name: user }],
  };
  return [
    { apiVersion, kind: "ClusterRole", metadata: { name: user }, rules: [rule] },
    { ...binding, kind: namespace === undefined ? "ClusterRoleBinding" : "RoleBinding" },
  ];
}

function questionOf(user: string, question: Question): AccessSpec {
  const withName = question === "queue" ? questions[question] : { name: "web", ...questions[question] };
  return { user, groups: ["system:authenticated"], extra: {}, resourceAttributes: withName };
}

async function allowedBy(ask: ReviewAccess, user: string): Promise<readonly Question[]> {
  const allowed: Question[] = [];
  for (const question of everything) {
    const answer = await ask(questionOf(user, question));
    if (!answer.ok) throw new Error(answer.error);
    if (answer.value.allowed) allowed.push(question);
  }
  return allowed;
}

describe("wideAccessReview()", () => {
  const ttl = { allowedMs: 60_000, refusedMs: 60_000 };
  const options: ReviewCacheOptions = { createCache: createBoundedCache, now: () => 1, hashKey: Buffer.alloc(32, 1) };

  test.for(rows)("changes nothing about what %s may [wire 14] [wire 27]", async ([user, , expected, wide]) => {
    expect(await allowedBy(cachedAccessReview(review, ttl, options), user)).toEqual(expected);
    asked = 0;
    expect(await allowedBy(wideAccessReview(review, ttl, options), user)).toEqual(expected);
    // Two wide questions, for get and list, and each narrow one where they do not decide.
    expect(asked).toBe(2 + (wide ? everything.length - expected.length : everything.length));
  });

  test("whoever reads metrics for the HorizontalPodAutoscaler costs two reviews, however many there are", async () => {
    const ask = wideAccessReview(review, ttl, options);
    asked = 0;
    for (let at = 0; at < 50; at += 1)
      for (const question of ["pods", "queue"] as const) {
        const { resourceAttributes } = questionOf("", question) as Extract<AccessSpec, { resourceAttributes: object }>;
        const user = "system:serviceaccount:kube-system:horizontal-pod-autoscaler";
        const named = { ...resourceAttributes, namespace: `ns-${at}` };
        expect(await ask({ user, groups: [], extra: {}, resourceAttributes: named })).toMatchObject({
          value: { allowed: true },
        });
      }
    expect(asked).toBe(2);
  });
});
