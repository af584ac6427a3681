import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadKubernetesClient, type ClientOptions } from "../../src/cluster/client.ts";
import { answer, startScriptedKubernetes, type ScriptedKubernetes } from "../support/scripted-kubernetes.ts";

let kubernetes: ScriptedKubernetes;
let folder: string;

beforeAll(async () => {
  kubernetes = await startScriptedKubernetes({ tls: true });
  kubernetes.script("GET /version", answer({ major: "1" }));
  kubernetes.script("GET /clusters/one/version", answer({ major: "1" }));
  folder = await mkdtemp(join(tmpdir(), "client-test-"));
});
afterAll(async () => {
  await kubernetes.close();
  await rm(folder, { recursive: true });
});

const userAgent = "tester/1";

async function ask(options: Omit<ClientOptions, "userAgent">): Promise<unknown> {
  const loaded = loadKubernetesClient({ ...options, userAgent });
  if (!loaded.ok) return loaded.error;
  const version = await loaded.value.request({ method: "GET", path: "/version", timeoutMs: 5_000 });
  return version.ok ? kubernetes.requests.at(-1)?.headers.authorization : version.error;
}

/** A kubeconfig with the parts that are given; the CA file's name is relative to the kubeconfig. */
async function write(name: string, parts: object): Promise<string> {
  await writeFile(join(folder, "ca.crt"), await readFile(kubernetes.caFile));
  await writeFile(join(folder, name), JSON.stringify(parts));
  return join(folder, name);
}

describe("loadKubernetesClient()", () => {
  test("takes the kubeconfig that is named", async () => {
    expect(await ask({ kubeconfig: kubernetes.kubeconfig, env: {} })).toBe("Bearer secret");
  });

  test("takes a pod's service account, its token without the newline", async () => {
    const serviceAccountPath = join(folder, "serviceaccount");
    await mkdir(serviceAccountPath);
    await writeFile(join(serviceAccountPath, "token"), "pod-token\n");
    await writeFile(join(serviceAccountPath, "ca.crt"), await readFile(kubernetes.caFile));
    const { hostname, port } = new URL(kubernetes.url);
    const env = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, KUBECONFIG: "/nowhere" };
    expect(await ask({ env, serviceAccountPath })).toBe("Bearer pod-token");
  });

  test("takes the first that says something of KUBECONFIG's files", async () => {
    const clusters = [{ name: "c", cluster: { server: kubernetes.url, "certificate-authority": "ca.crt" } }];
    const contexts = [{ name: "x", context: { cluster: "c", user: "u" } }];
    const first = await write("first", { users: [{ name: "u", user: { token: "first" } }], "current-context": "x" });
    const second = await write("second", { clusters, contexts, users: [{ name: "u", user: { token: "second" } }] });
    expect(await ask({ env: { KUBECONFIG: ["/nowhere", first, second].join(":") } })).toBe("Bearer first");
  });

  test("takes ~/.kube/config last", async () => {
    await mkdir(join(folder, ".kube"));
    await writeFile(join(folder, ".kube", "config"), await readFile(kubernetes.kubeconfig));
    expect(await ask({ env: { HOME: folder } })).toBe("Bearer secret");
  });

  test("knows servers below a path, and basic authentication", async () => {
    const cluster = { server: `${kubernetes.url}/clusters/one/`, "certificate-authority": kubernetes.caFile };
    const kubeconfig = await write("below", {
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user: { username: "ann", password: "pw" } }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    });
    expect(await ask({ kubeconfig, env: {} })).toBe(`Basic ${Buffer.from("ann:pw").toString("base64")}`);
    expect(kubernetes.requests.at(-1)?.route).toBe("GET /clusters/one/version");
  });

  test("says when there is nothing to take", async () => {
    expect(await ask({ env: { HOME: "/nowhere" } })).toBe(
      "Cannot find the Kubernetes API: this is not a pod with a service account, and there is no kubeconfig; " +
        "check --lister-kubeconfig, KUBECONFIG and ~/.kube/config",
    );
  });

  test("says when the kubeconfig cannot be read", async () => {
    expect(await ask({ kubeconfig: "/nowhere", env: {} })).toMatch(/^Cannot read the kubeconfig: ENOENT/u);
  });

  test("says when the current context leads nowhere", async () => {
    const kubeconfig = await write("empty", {});
    expect(await ask({ kubeconfig, env: {} })).toBe(
      "Cannot find the Kubernetes API: the kubeconfig's current context names no cluster",
    );
  });

  test("opens new connections when the CA file changes, and only then", async () => {
    const loaded = loadKubernetesClient({ kubeconfig: kubernetes.kubeconfig, env: {}, userAgent });
    if (!loaded.ok) throw new Error(loaded.error);
    const version = { method: "GET", path: "/version", timeoutMs: 5_000 } as const;
    await Promise.all([loaded.value.request(version), loaded.value.request(version)]);
    const { opened } = kubernetes.connections();
    await loaded.value.request(version);
    expect(kubernetes.connections().opened).toBe(opened);

    await writeFile(kubernetes.caFile, `${await readFile(kubernetes.caFile, "utf8")}\n`);
    const { open } = kubernetes.connections();
    await loaded.value.request(version);
    expect(kubernetes.connections().opened).toBe(opened + 1);
    await expect.poll(() => kubernetes.connections().open).toBe(open - 1);
  });

  test("is unreachable while the CA file cannot be read", async () => {
    const { caFile, kubeconfig } = kubernetes;
    const loaded = loadKubernetesClient({ kubeconfig, env: {}, userAgent });
    if (!loaded.ok) throw new Error(loaded.error);
    const saved = await readFile(caFile);
    await rm(caFile);
    const asked = await loaded.value.request({ method: "GET", path: "/version", timeoutMs: 5_000 });
    await writeFile(caFile, saved);
    expect(asked).toMatchObject({ ok: false, error: { kind: "unreachable" } });
  });
});
