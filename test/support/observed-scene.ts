import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import { askApi, type Reply } from "./api-client.ts";
import { type ExposedFamily, parseExposition } from "./exposition.ts";
import { answer, listOf, type ScriptedKubernetes, startScriptedKubernetes, watchOf } from "./scripted-kubernetes.ts";
import { type ScriptedPrometheus, startScriptedPrometheus } from "./scripted-prometheus.ts";
import { type ServedAdapter, startAdapter } from "./served-adapter.ts";
import { authority, client } from "./test-pki.ts";

export const accessReviews = "POST /apis/authorization.k8s.io/v1/subjectaccessreviews";
export const tokenReviews = "POST /apis/authentication.k8s.io/v1/tokenreviews";

/** The name that the certificate is for, as in a cluster. */
export const serverName = "vm-metrics-adapter.vm-metrics-adapter.svc";

/** The adapter as it is put together, in a cluster of one virtual machine, `shop/web-0`, whose Prometheus knows it. */
export interface ObservedScene extends AsyncDisposable {
  readonly adapter: ServedAdapter;
  readonly kubernetes: ScriptedKubernetes;
  readonly prometheus: ScriptedPrometheus;
  /** A file with the authority that signed the serving certificate, which is for `serverName`; clients' are by the same. */
  readonly authority: string;
  /** Of user alice, whom the client authority knows, for two days. */
  readonly alice: KeyPair;
  readonly ask: (path: string, how?: Parameters<typeof askApi>[2]) => Promise<Reply>;
  /** What the adapter says of itself to a Prometheus with token `good`. */
  readonly scrape: () => Promise<readonly ExposedFamily[]>;
}

/** Token `good` is prometheus', who may do everything, as alice may; nobody else may do anything. Other tokens are nobody's. */
export async function startObservedScene(): Promise<ObservedScene> {
  await using stack = new AsyncDisposableStack();
  const issuer = await authority("client-ca");
  const [keyPair, alice] = await Promise.all([
    client(issuer, "adapter", { usages: ["serverAuth"], hosts: [serverName] }),
    client(issuer, "alice"),
  ]);
  const prometheus = stack.use(await startScriptedPrometheus([{ namespace: "shop", name: "web-0" }]));
  const kubernetes = await startScriptedKubernetes();
  stack.defer(kubernetes.close);
  scriptCluster(kubernetes);

  const clientCa = join(dirname(kubernetes.kubeconfig), "client-ca.crt");
  writeFileSync(clientCa, issuer.certPem);
  const flags = [`--client-ca-file=${clientCa}`, `--prometheus-url=${prometheus.url}`, "--prometheus-verb=POST"];
  const adapter = await startAdapter({ kubernetes, keyPair }, ...flags);
  stack.defer(async () => void (await adapter.stop()));
  const ask: ObservedScene["ask"] = (path, how) => askApi(adapter.port, path, how);
  // Asking for the readiness would be among what is counted.
  while (adapter.lines.filter(({ state }) => state === "synced").length < watchedKinds) await delay(5);

  const owned = stack.move();
  return {
    adapter,
    kubernetes,
    prometheus,
    authority: clientCa,
    alice,
    ask,
    scrape: async () => parseExposition((await ask("/metrics", { headers: ["Authorization", "Bearer good"] })).text),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const hourAgo = new Date(Date.now() - 3_600_000).toISOString();
const webZero = {
  metadata: { namespace: "shop", name: "web-0", uid: "vmi-web-0", creationTimestamp: hourAgo },
  status: {
    phase: "Running",
    nodeName: "n1",
    phaseTransitionTimestamps: [{ phase: "Running", phaseTransitionTimestamp: hourAgo }],
  },
};
const objects: Readonly<Record<string, readonly object[]>> = {
  "/apis/kubevirt.io/v1/virtualmachineinstances": [webZero],
  "/apis/kubevirt.io/v1/virtualmachines": [],
  "/apis/kubevirt.io/v1/virtualmachineinstancereplicasets": [],
  "/apis/pool.kubevirt.io/v1beta1/virtualmachinepools": [],
  "/api/v1/pods": [],
  "/api/v1/namespaces": [{ metadata: { name: "shop", uid: "ns-shop" } }],
  "/api/v1/nodes": [{ metadata: { name: "n1", uid: "node-1" } }],
  "/api/v1/namespaces/kube-system/configmaps": [],
};

/** The ConfigMap is watched, too, but is no kind of object. */
const watchedKinds = Object.keys(objects).length - 1;

function scriptCluster(kubernetes: ScriptedKubernetes): void {
  kubernetes.script("GET /apis/pool.kubevirt.io", answer({ preferredVersion: { version: "v1beta1" } }));
  for (const [path, items] of Object.entries(objects)) {
    kubernetes.script(`GET ${path}`, listOf(items, "5"));
    kubernetes.script(`WATCH ${path}`, watchOf([]));
  }
  kubernetes.script(tokenReviews, ({ body }, response) => {
    const known = body.includes('"good"') ? { authenticated: true, user: { username: "prometheus" } } : {};
    return answer({ status: known }, 201)({ ...nothing, body }, response);
  });
  kubernetes.script(accessReviews, ({ body }, response) => {
    const allowed = /"user":"(?:prometheus|alice)"/u.test(body);
    return answer({ status: { allowed } }, 201)({ ...nothing, body }, response);
  });
}

const nothing = { route: "", query: {}, headers: {} };
