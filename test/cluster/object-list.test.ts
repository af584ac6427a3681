import { describe, expect, test } from "vitest";
import type { KubernetesFailure } from "../../src/cluster/failure.ts";
import type { KubernetesRequest } from "../../src/cluster/kubernetes-client.ts";
import { createObjectList, type ListObjects } from "../../src/cluster/object-list.ts";
import type { LabelSelector } from "../../src/naming/label-selector.ts";
import { fail, ok, type Result } from "../../src/result.ts";

const deployments = { group: "apps", version: "v1", resource: "deployments" };
const web: LabelSelector = [{ key: "app", operator: "in", values: ["api", "web"] }];

/** Answers in turn; the last goes on. */
function scene(...answers: readonly Result<unknown, KubernetesFailure>[]) {
  const asked: KubernetesRequest[] = [];
  const list: ListObjects = createObjectList({
    timeoutMs: 5_000,
    client: {
      request: (request) => {
        asked.push(request);
        const answer = answers[Math.min(asked.length, answers.length) - 1] ?? ok(undefined);
        return Promise.resolve(answer.ok ? ok({ status: 200, body: answer.value }) : answer);
      },
      stream: () => Promise.reject(new Error("nothing is watched")),
    },
  });
  return { list, asked };
}

function page(names: readonly string[], token?: string): Result<unknown, never> {
  return ok({ metadata: { continue: token }, items: names.map((name) => ({ metadata: { name } })) });
}

describe("createObjectList()", () => {
  test.for([
    ["apps/v1", deployments, "shop", "/apis/apps/v1/namespaces/shop/deployments"],
    ["the whole cluster", deployments, undefined, "/apis/apps/v1/deployments"],
    ["the core group", { group: "", version: "v1", resource: "pods" }, "shop", "/api/v1/namespaces/shop/pods"],
    ["a namespace that is no name", deployments, "a/../b", "/apis/apps/v1/namespaces/a%2F..%2Fb/deployments"],
  ] as const)("asks for %s", async ([, resource, namespace, path]) => {
    const { list, asked } = scene(page([]));
    await list(resource, namespace, []);
    expect(asked.map((request) => request.path)).toEqual([path]);
  });

  test.for([".", ".."])("has nothing in %j, which leads elsewhere as a part of a path", async (namespace) => {
    const { list, asked } = scene(page(["a"]));
    expect([await list(deployments, namespace, []), asked]).toEqual([ok([]), []]);
  });

  test("asks for metadata only, of the objects that match", async () => {
    const { list, asked } = scene(page(["a"]));
    await list(deployments, "shop", web);
    expect(asked[0]).toMatchObject({
      query: { labelSelector: "app in (api,web)", limit: "500" },
      accept: expect.stringMatching(/^application\/json;as=PartialObjectMetadataList;/u) as unknown,
    });
  });

  test("names objects in the order in which they come, page by page", async () => {
    const { list, asked } = scene(page(["b", "a"], "next"), page(["c"]));
    expect(await list(deployments, "shop", [])).toEqual(ok(["b", "a", "c"]));
    expect(asked[1]?.query).toEqual({ limit: "500", continue: "next" });
  });

  test("begins anew, once, when the next page is gone", async () => {
    const gone = fail({ kind: "gone", detail: "too old" } as const);
    const lucky = scene(page(["a"], "next"), gone, page(["a", "b"]));
    expect(await lucky.list(deployments, "shop", [])).toEqual(ok(["a", "b"]));
    const unlucky = scene(gone);
    expect([await unlucky.list(deployments, "shop", []), unlucky.asked.length]).toEqual([gone, 2]);
  });

  test.for([
    [ok({ items: null }), ok([])],
    [ok({ kind: "Status" }), fail({ kind: "other", detail: "the answer is not a list" })],
    [ok(undefined), fail({ kind: "other", detail: "the answer is not a list" })],
    [fail({ kind: "forbidden", detail: "no" } as const), fail({ kind: "forbidden", detail: "no" })],
  ] as const)("%j is %j", async ([answer, expected]) => {
    expect(await scene(answer).list(deployments, "shop", [])).toEqual(expected);
  });

  test("shares a list that is under way, and no other", async () => {
    const { list, asked } = scene(page(["a"]));
    await Promise.all([list(deployments, "shop", web), list(deployments, "shop", web), list(deployments, "shop", [])]);
    expect(asked).toHaveLength(2);
    await list(deployments, "shop", web);
    expect(asked).toHaveLength(3);
  });
});
