import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import type { ExternalMetricRequest, MetricRequest } from "../../src/naming/metric-request.ts";
import { formatLabelSelector } from "../../src/naming/label-selector.ts";
import type { MetricsProvider, Reading } from "../../src/query/provider.ts";
import { fail, ok } from "../../src/result.ts";
import { type Cluster, startCluster } from "../../sandbox/cluster.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { startApiServer } from "../support/api-server.ts";
import {
  type AskGoClient,
  findGoClient,
  type GoAnswer,
  type GoQuestion,
  writeTokenKubeconfig,
} from "../support/go-client.ts";
import { authority, client } from "../support/test-pki.ts";
import { until } from "../support/until.ts";

/** The clients of k8s.io/metrics, which are those of the HorizontalPodAutoscaler. */

const protobuf = "application/vnd.kubernetes.protobuf";
/** The Accept headers of kube-controller-manager and of a client without wishes, and what they get. */
const accepts = [
  [`${protobuf}, */*`, protobuf],
  ["application/json", "application/json"],
] as const;
const versions = ["v1beta1", "v1beta2"] as const;

let supervisor: Supervisor;
let directory: string;
let askGo: AskGoClient;

beforeAll(async () => {
  supervisor = createSupervisor();
  directory = await temporaryFolder(supervisor);
  askGo = await findGoClient(say);
});

afterAll(async () => {
  await supervisor.stop();
});

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

describe("a server by itself", () => {
  const pool = { group: "pool.kubevirt.io", kind: "VirtualMachinePool" };
  const asked: (MetricRequest | ExternalMetricRequest)[] = [];
  let kubeconfig: string;

  beforeAll(async () => {
    const keyPair = await client(await authority("serving-ca"), "adapter", { usages: ["serverAuth"] });
    const { server, port } = await startApiServer({
      provider: scripted(asked),
      reviewAccess: () => Promise.resolve(ok({ allowed: true, reason: "" })),
      keyPair,
      groups: [customMetrics, externalMetrics],
    });
    await supervisor.own({ [Symbol.asyncDispose]: async () => server.stop() });
    kubeconfig = join(directory, "direct.kubeconfig");
    await writeTokenKubeconfig(kubeconfig, `https://127.0.0.1:${port}`, "good");
  });

  const value = { timestamp: "2024-01-02T03:04:05Z", windowSeconds: 60, value: "1500m" };
  const one = { metric: { name: "load", selector: null }, ...value };
  const named: readonly (readonly [string, Omit<GoQuestion, "accept">, object])[] = [
    [
      "an object of a namespace",
      { namespace: "shop", ...pool, name: "web", metric: "load" },
      { describedObject: { kind: "virtualmachinepools.pool.kubevirt.io", namespace: "shop", name: "web" }, ...one },
    ],
    [
      "an object of a namespace, its metric by a selector",
      { namespace: "shop", kind: "Pod", name: "p", metric: "load", metricSelector: "drive in (a,b),mode=x" },
      {
        describedObject: { kind: "pods", namespace: "shop", name: "p" },
        metric: {
          name: "load",
          selector: {
            matchLabels: { mode: "x" },
            matchExpressions: [{ key: "drive", operator: "In", values: ["a", "b"] }],
          },
        },
        ...value,
      },
    ],
    [
      "the namespace itself",
      { kind: "Namespace", name: "shop", metric: "load" },
      { describedObject: { kind: "namespaces", name: "shop" }, ...one },
    ],
    [
      "a node",
      { kind: "Node", name: "n1", metric: "load" },
      { describedObject: { kind: "nodes", name: "n1" }, ...one },
    ],
    [
      "a node, as the HorizontalPodAutoscaler asks for it",
      { namespace: "shop", kind: "Node", name: "n1", metric: "load" },
      { describedObject: { kind: "nodes", namespace: "shop", name: "n1" }, ...one },
    ],
  ];

  describe.each(accepts)("that accepts %s", (accept, contentType) => {
    test.for(versions)("reads each kind of object from %s [wire 2] [wire 3] [wire 5] [wire 33]", async (version) => {
      const questions = named.map(([, question]) => ({ ...question, version, accept }));
      const answers = await askGo(kubeconfig, questions);
      expect(answers).toEqual(named.map(([, , item]) => ({ items: [withApiVersion(item)], contentType })));
    });

    test.for(versions)("reads lists from %s, empty ones too [wire 2]", async (version) => {
      const list = { namespace: "shop", kind: "Pod", metric: "load", version, accept };
      const answers = await askGo(kubeconfig, [
        { ...list, selector: "app=web,tier notin (x)" },
        { ...list, selector: "app=none" },
        { kind: "Node", metric: "load", version, accept },
      ]);
      expect(answers.map(namesOf)).toEqual([["a", "b"], [], ["a", "b"]]);
      expect(answers.map((answer) => answer.contentType)).toEqual([contentType, contentType, contentType]);
      expect(asked.slice(-3).map(selectorOf)).toEqual(["app=web,tier notin (x)", "app=none", ""]);
    });

    test("takes the version that the server prefers", async () => {
      const [answer] = await askGo(kubeconfig, [{ namespace: "shop", ...pool, name: "web", metric: "load", accept }]);
      expect(answer).toMatchObject({ contentType, items: [one] });
    });

    test("reads external metrics with and without a selector [wire 4]", async () => {
      const question = { namespace: "shop", metric: "queue-Depth", accept };
      const item = { metricName: "queue-Depth", timestamp: "2024-01-02T03:04:05Z", value: "-2500m" };
      const answers = await askGo(kubeconfig, [question, { ...question, metricSelector: "vm in (a,b)" }]);
      expect(answers).toEqual([
        {
          items: [
            { ...item, metricLabels: { vm: "a", zone: "é" }, window: 60 },
            // Protobuf cannot tell a map without entries from none.
            { ...item, metricLabels: contentType === protobuf ? null : {} },
          ],
          contentType,
        },
        { items: expect.any(Array) as unknown, contentType },
      ]);
      expect(asked.slice(-2).map(selectorOf)).toEqual(["", "vm in (a,b)"]);
    });

    test("says what the server says of a metric that is not there [wire 6] [wire 10]", async () => {
      const answers = await askGo(
        kubeconfig,
        versions.map((version) => ({ namespace: "shop", ...pool, name: "web", metric: "lo", version, accept })),
      );
      const error =
        "the server could not find the metric lo for virtualmachinepools.pool.kubevirt.io web: there is no such metric for this resource; the most similar of 1: load";
      expect(answers).toEqual([
        { error, contentType },
        { error, contentType },
      ]);
    });
  });
});

describe("the adapter behind a kube-apiserver", () => {
  const metric = "guest-memoryUsedBytes";
  const perVm = 512 * 1024 ** 2;
  const pool = { group: "pool.kubevirt.io", kind: "VirtualMachinePool", name: "web" };
  let cluster: Cluster;
  let pod: string;
  let node: string;

  beforeAll(async () => {
    cluster = await startCluster({
      directory: join(directory, "cluster"),
      supervisor,
      report: say,
      config: { cache: { ttl: "1s" }, serving: { shutdownDelay: "0s" } },
      bootMs: 500,
    });
    const { kubevirt } = cluster;
    await kubevirt.createPool({ namespace: "shop", name: "web", replicas: 2, labels: { app: "web" } });
    kubevirt.setPoolLoad("shop", "web", { memoryUsedBytesPerVm: perVm });
    const accept = "application/json";
    await until(
      async () => (await asAdmin([{ namespace: "shop", ...pool, metric, accept }]))[0]?.items,
      (items) => JSON.stringify(items)?.includes(String(2 * perVm)),
      30,
    );
    const [vm] = kubevirt.vms("shop");
    [pod, node] = [vm?.pod ?? "", vm?.node ?? ""];
  });

  async function asAdmin(questions: readonly GoQuestion[]): Promise<readonly GoAnswer[]> {
    return askGo(cluster.controlPlane.admin.kubeconfig, questions);
  }

  test.for(accepts)(
    "answers for each kind of object to %s [wire 2] [wire 3] [wire 4] [wire 33]",
    async ([accept, contentType]) => {
      const shop = { namespace: "shop", metric, accept };
      const inTurn = versions.flatMap((version) => [
        { ...shop, ...pool, version },
        { ...shop, kind: "Pod", name: pod, version },
        { ...shop, kind: "Pod", selector: "app=web", version },
        { ...shop, group: "kubevirt.io", kind: "VirtualMachine", selector: "app in (web,other)", version },
        { kind: "Namespace", name: "shop", metric, accept, version },
        { kind: "Node", name: node, metric, accept, version },
        { ...shop, ...pool },
      ]);
      const vms = ["web-0", "web-1"];
      const external = [shop, { ...shop, metricSelector: "vm=web-1" }];
      const answers = await asAdmin([...inTurn, ...external]);

      expect(answers.map((answer) => answer.error ?? answer.contentType)).toEqual(answers.map(() => contentType));
      const [ofNode] = valuesOf(answers[5]);
      const sum = String(2 * perVm);
      const each = [String(perVm), String(perVm)];
      const expected = [[sum], [String(perVm)], each, each, [sum], [ofNode], [sum]];
      expect(answers.map(valuesOf)).toEqual([...expected, ...expected, each, [String(perVm)]]);
      expect(namesOf(answers[3])).toEqual(vms);
      // The client writes the metric's name in lower case; the answer has its own.
      expect(answers.at(-1)?.items).toMatchObject([{ metricName: metric, metricLabels: { vm: "web-1" } }]);
    },
  );

  test.for(accepts)("says why not to %s [wire 6] [wire 10]", async ([accept, contentType]) => {
    const alice = await cluster.controlPlane.kubeconfigFor("alice", ["developers"]);
    const question = { namespace: "shop", ...pool, metric, accept };
    const [unknown, gone] = await asAdmin([
      { ...question, metric: "guest-memory" },
      { ...question, name: "other" },
    ]);
    const [refused] = await askGo(alice, [{ ...question, version: "v1beta2" }]);
    expect(unknown).toMatchObject({
      error: expect.stringMatching(
        /^the server could not find the metric guest-memory for virtualmachinepools\.pool\.kubevirt\.io web: .*guest-memoryUsedBytes/u,
      ) as unknown,
      contentType,
    });
    expect(gone).toMatchObject({
      error: 'virtualmachinepools.pool.kubevirt.io "other" not found in namespace shop',
      contentType,
    });
    expect(refused?.error).toMatch(/ is forbidden: User "alice" cannot get resource "virtualmachinepools/u);
  });
});

/** Figures that are easy to tell apart; metric `lo` is unknown, and nothing matches `app=none`. */
function scripted(asked: (MetricRequest | ExternalMetricRequest)[]): MetricsProvider {
  const timestampMs = Date.parse("2024-01-02T03:04:05Z");
  function reading({ resource, namespace }: MetricRequest, name: string): Reading {
    const kind = resource.group === "" ? resource.resource : `${resource.resource}.${resource.group}`;
    const where = namespace === undefined ? {} : { namespace };
    return { object: { apiVersion: "v1", kind, ...where, name }, value: 1.5, timestampMs, windowSeconds: 60 };
  }
  return {
    list: () => [],
    listExternal: () => ["queue-Depth"],
    notice: () => undefined,
    read: (request) => {
      asked.push(request);
      const { target, metric, resource } = request;
      if (metric === "lo") return Promise.resolve(fail({ kind: "unknownMetric", metric, resource, known: ["load"] }));
      if (target.by === "name") return Promise.resolve(ok([reading(request, target.name)]));
      const names = formatLabelSelector(target.selector) === "app=none" ? [] : ["a", "b"];
      return Promise.resolve(ok(names.map((name) => reading(request, name))));
    },
    readExternal: (request) => {
      asked.push(request);
      return Promise.resolve(
        ok([
          { labels: { vm: "a", zone: "é" }, value: -2.5, timestampMs, windowSeconds: 60 },
          { labels: {}, value: -2.5, timestampMs },
        ]),
      );
    },
  };
}

/** The scripted objects are all of version v1. */
function withApiVersion(item: object): object {
  const { describedObject } = item as { readonly describedObject: object };
  return { ...item, describedObject: { ...describedObject, apiVersion: "v1" } };
}

function selectorOf(request: MetricRequest | ExternalMetricRequest): string {
  if ("selector" in request) return formatLabelSelector(request.selector);
  return request.target.by === "selector" ? formatLabelSelector(request.target.selector) : "";
}

interface Item {
  readonly describedObject?: { readonly name: string };
  readonly value: string;
}

function itemsOf(answer: GoAnswer | undefined): readonly Item[] {
  return (answer?.items ?? []) as readonly Item[];
}

function namesOf(answer: GoAnswer | undefined): readonly (string | undefined)[] {
  return itemsOf(answer).map(({ describedObject }) => describedObject?.name);
}

function valuesOf(answer: GoAnswer | undefined): readonly string[] {
  return itemsOf(answer).map(({ value }) => value);
}
