import { describe, expect, test } from "vitest";
import type { KubernetesClient } from "../../../src/cluster/kubernetes-client.ts";
import { autoscalerQuestions } from "../../../src/commands/diff/autoscaler-questions.ts";
import { createRestMapper } from "../../../src/naming/rules/rest-mapper.ts";
import { usualResources } from "../../../src/naming/rules/usual-resources.ts";
import { fail, ok } from "../../../src/result.ts";

/** A cluster with these documents by path. */
function clusterWith(documents: Readonly<Record<string, object>>): KubernetesClient {
  return {
    request: ({ path }) => {
      const body = documents[path];
      const missing = fail({ kind: "notFound", detail: `${path} not found`, status: 404 } as const);
      return Promise.resolve(body === undefined ? missing : ok({ status: 200, body }));
    },
    stream: () => Promise.resolve(fail({ kind: "other", detail: "no streams here" })),
  };
}

const scale = { status: { selector: "app=web" } };

/** What an autoscaler of Deployment web in namespace shop asks for its metrics. */
async function asked(...metrics: readonly object[]) {
  const autoscaler = {
    metadata: { namespace: "shop", name: "web" },
    spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, metrics },
  };
  const client = clusterWith({
    "/apis/autoscaling/v2/horizontalpodautoscalers": { items: [autoscaler] },
    "/apis/apps/v1/namespaces/shop/deployments/web/scale": scale,
  });
  const found = await autoscalerQuestions(client, createRestMapper(usualResources), []);
  if (!found.ok) throw new Error(found.error);
  return found.value;
}

function object(kind: string, apiVersion: string, metric: object): object {
  return { type: "Object", object: { describedObject: { apiVersion, kind, name: "front" }, metric } };
}

describe("autoscalerQuestions()", () => {
  test.for<[string, object, string, object]>([
    [
      "type Pods",
      { type: "Pods", pods: { metric: { name: "rps" } } },
      "namespaces/shop/pods/*/rps",
      { labelSelector: "app=web" },
    ],
    [
      "type Object",
      object("Ingress", "networking.k8s.io/v1", { name: "rps", selector: { matchLabels: { b: "2", a: "1" } } }),
      "namespaces/shop/ingresses.networking.k8s.io/front/rps",
      { metricLabelSelector: "a=1,b=2" },
    ],
    ["an object of the core group", object("Service", "v1", { name: "rps" }), "namespaces/shop/services/front/rps", {}],
    [
      "a Namespace, which is always the autoscaler's own",
      object("Namespace", "v1", { name: "rps" }),
      "namespaces/shop/metrics/rps",
      {},
    ],
    [
      "type External, whose name goes in lower case",
      {
        type: "External",
        external: {
          metric: {
            name: "queueDepth",
            selector: {
              matchLabels: { queue: "orders" },
              matchExpressions: [
                { key: "zone", operator: "In", values: ["b", "a"] },
                { key: "old", operator: "DoesNotExist" },
                { key: "tier", operator: "NotIn", values: ["x"] },
                { key: "app", operator: "Exists" },
              ],
            },
          },
        },
      },
      "namespaces/shop/queuedepth",
      { labelSelector: "app,!old,queue=orders,tier notin (x),zone in (a,b)" },
    ],
  ])("%s", async ([, metric, path, query]) => {
    expect(await asked(metric)).toMatchObject({ problems: [], questions: [{ path, query, autoscaler: "shop/web" }] });
  });

  test("leaves out what metrics.k8s.io serves", async () => {
    expect(await asked({ type: "Resource", resource: { name: "cpu" } })).toEqual({ questions: [], problems: [] });
  });

  test("tells of kinds that the cluster does not have", async () => {
    expect(await asked(object("Shop", "example.com/v1", { name: "rps" }))).toEqual({
      questions: [],
      problems: ["shop/web: the cluster has no kind Shop, whose rps is asked for"],
    });
  });

  test("fails when they cannot be listed", async () => {
    expect(await autoscalerQuestions(clusterWith({}), createRestMapper(usualResources), ["shop"])).toEqual(
      fail(
        "Cannot list the HorizontalPodAutoscalers: /apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers not found",
      ),
    );
  });
});
