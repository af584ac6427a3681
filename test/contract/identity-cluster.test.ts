import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import { askApi, type Reply } from "../support/api-client.ts";
import {
  answer,
  heldBy,
  listOf,
  refuse,
  type ScriptedKubernetes,
  startScriptedKubernetes,
  type Step,
  stayAway,
  watchOf,
} from "../support/scripted-kubernetes.ts";
import { type ServedAdapter, startAdapter } from "../support/served-adapter.ts";
import { authority, client } from "../support/test-pki.ts";

/** Whom and what the cluster lets in: the adapter as it is put together, and a Kubernetes API that answers by script. */

const [configMaps, watchedConfigMaps] = [
  "GET /api/v1/namespaces/kube-system/configmaps",
  "WATCH /api/v1/namespaces/kube-system/configmaps",
];
const accessReviews = "POST /apis/authorization.k8s.io/v1/subjectaccessreviews";
const tokenReviews = "POST /apis/authentication.k8s.io/v1/tokenreviews";
const custom = "/apis/custom.metrics.k8s.io/v1beta2";
const external = "/apis/external.metrics.k8s.io/v1beta1";

let [proxyCa, newProxyCa, proxy, newProxy]: readonly KeyPair[] = [];
let keyPair: KeyPair;
let kubernetes: ScriptedKubernetes;
let adapter: ServedAdapter;

beforeAll(async () => {
  const authorities = await Promise.all([authority("proxy-ca"), authority("proxy-ca")]);
  [proxyCa, newProxyCa] = authorities;
  [proxy, newProxy] = await Promise.all(authorities.map((issuer) => client(issuer, "front-proxy-client")));
  keyPair = await client(authorities[0], "adapter", { usages: ["serverAuth"] });
});

beforeEach(async () => {
  kubernetes = await startScriptedKubernetes();
  kubernetes.script(configMaps, listOf([trusting(proxyCa)], "1"));
  kubernetes.script(watchedConfigMaps, watchOf([]));
  kubernetes.script(
    accessReviews,
    decide(() => true),
  );
});
afterEach(async () => {
  await adapter.stop();
  await kubernetes.close();
});

async function start(...flags: readonly string[]): Promise<void> {
  adapter = await startAdapter({ kubernetes, keyPair }, ...flags);
  await expect.poll(() => ask("/readyz").then(({ text }) => text)).not.toContain("trust");
}

/** The ConfigMap that names these authorities of the front proxy. */
function trusting(...authorities: readonly (KeyPair | undefined)[]): object {
  const data = {
    "requestheader-client-ca-file": authorities.map((each) => each?.certPem ?? "").join(""),
    "requestheader-username-headers": '["X-Remote-User"]',
    "requestheader-uid-headers": '["X-Remote-Uid"]',
    "requestheader-group-headers": '["X-Remote-Group"]',
    "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
    "requestheader-allowed-names": '["front-proxy-client"]',
  };
  const metadata = { namespace: "kube-system", name: "extension-apiserver-authentication", resourceVersion: "2" };
  return { metadata, data };
}

interface Review {
  readonly user: string;
  readonly groups: readonly string[];
  readonly resourceAttributes?: Readonly<Record<string, string>>;
  readonly nonResourceAttributes?: Readonly<Record<string, string>>;
}

/** Answers SubjectAccessReviews. */
function decide(allows: (spec: Review) => boolean): Step {
  return (request, response) =>
    answer({ status: { allowed: allows(specOf(request.body)), reason: "by script" } }, 201)(request, response);
}

function specOf(body: string): Review {
  return (JSON.parse(body) as { spec: Review }).spec;
}

function reviews(): readonly Review[] {
  return kubernetes.of(accessReviews).map(({ body }) => specOf(body));
}

function ask(path: string, headers: readonly string[] = [], as?: KeyPair): Promise<Reply> {
  return askApi(adapter.port, path, { headers, ...(as === undefined ? {} : { as }) });
}

async function codeFor(user: string, path: string, ...headers: readonly string[]): Promise<number> {
  return (await ask(path, ["X-Remote-User", user, ...headers], proxy)).code;
}

function logged(message: string): readonly unknown[] {
  return adapter.lines.filter((line) => line["message"] === message);
}

describe("the ConfigMap that says whom to believe", () => {
  async function codes(): Promise<readonly number[]> {
    const replies = [proxy, newProxy].map((as) => ask("/version", ["X-Remote-User", "zed"], as));
    return (await Promise.all(replies)).map(({ code }) => code);
  }

  test("the headers that it names are read, that of the UID among them [wire 11] [wire 14]", async () => {
    await start();
    const headers = ["X-Remote-User", "zed", "X-Remote-Uid", "7", "X-Remote-Group", "ops", "X-Remote-Extra-Key", "a"];
    expect((await ask("/version", headers, proxy)).code).toBe(200);
    expect(reviews()).toMatchObject([
      { user: "zed", uid: "7", groups: ["ops", "system:authenticated"], extra: { key: ["a"] } },
    ]);
  });

  test("a rotated authority is believed on new requests, without a restart [wire 17]", async () => {
    const rotated = Promise.withResolvers<void>();
    const removed = Promise.withResolvers<void>();
    kubernetes.script(
      watchedConfigMaps,
      heldBy(rotated.promise, watchOf([{ type: "MODIFIED", object: trusting(proxyCa, newProxyCa) }], "end")),
      heldBy(removed.promise, watchOf([{ type: "MODIFIED", object: trusting(newProxyCa) }])),
    );
    await start();
    expect(await codes()).toEqual([200, 401]);
    rotated.resolve();
    await expect.poll(codes).toEqual([200, 200]);
    removed.resolve();
    await expect.poll(codes).toEqual([401, 200]);
  });

  test.for([
    ["vanishes", { type: "DELETED", object: trusting() }],
    ["loses its authority", { type: "MODIFIED", object: trusting() }],
  ] as const)("the last good authority stays when it %s [wire 17]", async ([, event]) => {
    const changed = Promise.withResolvers<void>();
    kubernetes.script(watchedConfigMaps, heldBy(changed.promise, watchOf([event])));
    await start();
    changed.resolve();
    await expect.poll(() => JSON.stringify(adapter.lines)).toContain("what was trusted before stays trusted");
    expect(await codes()).toEqual([200, 401]);
  });

  test("nobody is believed while it cannot be read, and that says the readiness [wire 15]", async () => {
    kubernetes.script(configMaps, refuse(403));
    adapter = await startAdapter({ kubernetes, keyPair });
    expect(await ask("/readyz?verbose")).toMatchObject({ code: 500, text: /\[-\]trust failed/u });
    kubernetes.script(
      accessReviews,
      decide(() => false),
    );
    expect(await codes()).toEqual([403, 403]);
    expect(reviews().map(({ user }) => user)).toEqual(["system:anonymous"]);
  });
});

describe("who holds a token", () => {
  test("is asked in turn for each address that tokens come from [wire 12] [trap 12]", async () => {
    const end = Promise.withResolvers<void>();
    kubernetes.script(tokenReviews, heldBy(end.promise, answer({ status: { authenticated: false } }, 201)));
    await start();
    const path = "/version?timeout=100ms";
    async function askWith(token: string, from: string): Promise<Reply> {
      return askApi(adapter.port, path, { headers: ["Authorization", `Bearer ${token}`], from });
    }
    await Promise.all(Array.from({ length: 50 }, (_, at) => askWith(`bad-${at}`, "127.0.0.1")));
    expect((await askWith("good", "127.0.0.2")).code).toBe(504);
    end.resolve();
    await expect.poll(() => kubernetes.of(tokenReviews).length).toBe(51);
    const tokens = kubernetes.of(tokenReviews).map(({ body }) => specOf(body) as unknown as { readonly token: string });
    expect(tokens.slice(0, 6)).toContainEqual({ token: "good" });
  });

  test("is asked once, with nothing but the token [wire 12] [wire 27]", async () => {
    const user = { username: "ann", uid: "u1", groups: ["ops"], extra: { "example.com/key": ["a"] } };
    kubernetes.script(tokenReviews, answer({ status: { authenticated: true, user } }, 201));
    await start();
    for (let at = 0; at < 3; at += 1) expect((await ask("/version", ["Authorization", "Bearer t0ken"])).code).toBe(200);
    expect(kubernetes.of(tokenReviews).map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { kind: "TokenReview", apiVersion: "authentication.k8s.io/v1", spec: { token: "t0ken" } },
    ]);
    expect(reviews()).toMatchObject([
      { user: "ann", uid: "u1", groups: ["ops", "system:authenticated"], extra: user.extra },
    ]);
  });

  test.for([
    ["nobody's", answer({ status: { authenticated: false, error: "expired" } }, 201)],
    ["refused", refuse(403)],
    ["answered with something else", answer({ kind: "Status" }, 201)],
  ] as const)("is nobody when the token is %s, and the log does not tell it [wire 15] [trap 15]", async ([, step]) => {
    kubernetes.script(tokenReviews, step);
    await start();
    for (let at = 0; at < 20; at += 1)
      expect((await ask("/version", ["Authorization", `Bearer t0ken-${at}`])).code).toBe(401);
    expect(logged("Cannot authenticate a client")).toHaveLength(1);
    expect(JSON.stringify(adapter.lines)).not.toContain("t0ken");
    expect(reviews()).toEqual([]);
  });

  test("is nobody while no answer comes [wire 15]", async () => {
    const end = Promise.withResolvers<void>();
    kubernetes.script(tokenReviews, heldBy(end.promise, refuse(403)));
    await start();
    expect((await ask("/version?timeout=50ms", ["Authorization", "Bearer t0ken"])).code).toBe(504);
    end.resolve();
  });
});

describe("who may what", () => {
  const everything = { verb: "get", group: "custom.metrics.k8s.io", version: "*", resource: "*" };
  const pods = ["a", "b", "c"].map((name) => `${custom}/namespaces/shop/pods/${name}/cpu-usageCores`);

  test("everything of a group is asked for first, and covers all that is asked then [wire 27]", async () => {
    await start();
    for (const path of [...pods, `${custom}/nodes/n1/cpu-usageCores`]) expect(await codeFor("hpa", path)).not.toBe(403);
    expect(await codeFor("hpa", `${external}/namespaces/shop/cpu-usagecores`)).not.toBe(403);
    expect(reviews()).toEqual([
      { user: "hpa", groups: ["system:authenticated"], extra: {}, resourceAttributes: everything },
      {
        user: "hpa",
        groups: ["system:authenticated"],
        extra: {},
        resourceAttributes: { ...everything, verb: "list", group: "external.metrics.k8s.io" },
      },
    ]);
  });

  test("each metric is asked for where that is refused [wire 14] [wire 27]", async () => {
    kubernetes.script(
      accessReviews,
      decide(({ resourceAttributes }) => resourceAttributes?.["name"] === "a"),
    );
    await start();
    const codes = [];
    for (const path of [...pods, ...pods]) codes.push(await codeFor("ann", path));
    expect(codes.map((code) => code === 403)).toEqual([false, true, true, false, true, true]);
    expect(reviews().map(({ resourceAttributes }) => resourceAttributes)).toEqual([
      everything,
      ...["a", "b", "c"].map((name) => ({
        ...everything,
        version: "v1beta2",
        namespace: "shop",
        resource: "pods",
        subresource: "cpu-usageCores",
        name,
      })),
    ]);
  });

  test("each metric is asked for with --authorization-wide-reviews=false", async () => {
    await start("--authorization-wide-reviews=false");
    for (const path of pods) await codeFor("hpa", path);
    expect(reviews().map(({ resourceAttributes }) => resourceAttributes?.["name"])).toEqual(["a", "b", "c"]);
  });

  test("nothing is asked about system:masters, whatever the state of the API [wire 1] [wire 16]", async () => {
    kubernetes.script(accessReviews, stayAway());
    await start();
    for (const path of [custom, external, "/apis", "/openapi/v2", "/metrics"])
      expect(await codeFor("system:kube-aggregator", path, "X-Remote-Group", "system:masters")).toBeLessThan(405);
    expect(reviews()).toEqual([]);
  });

  test("nothing is asked about groups and paths that are always allowed [wire 16]", async () => {
    kubernetes.script(
      accessReviews,
      decide(() => false),
    );
    await start("--authorization-always-allow-groups=ops", "--authorization-always-allow-paths=/version,/openapi/*");
    expect(await codeFor("zed", pods[0] ?? "", "X-Remote-Group", "ops")).not.toBe(403);
    expect([(await ask("/version")).code, (await ask("/openapi/v2")).code]).toEqual([200, 200]);
    expect(reviews()).toEqual([]);
    expect(await codeFor("zed", "/version/x")).toBe(403);
    expect(await codeFor("zed", custom, "X-Remote-Group", "system:masters")).toBe(403);
  });

  test.for(["/healthz", "/livez", "/readyz"])(
    "nothing is asked about %s of anybody [wire 16] [wire 18]",
    async (path) => {
      kubernetes.script(accessReviews, refuse(403));
      await start();
      expect((await ask(path)).code).toBeLessThanOrEqual(500);
      expect((await ask(`${path}/ping`)).code).toBe(500);
      expect(reviews().map(({ nonResourceAttributes }) => nonResourceAttributes)).toEqual([
        { path: `${path}/ping`, verb: "get" },
      ]);
    },
  );

  test.for([
    ["refuses to say", refuse(403, "subjectaccessreviews is forbidden")],
    ["says yes and no", answer({ status: { allowed: true, denied: true } }, 201)],
    ["says something else", answer({ kind: "Status" }, 201)],
  ] as const)("nothing is allowed when the API %s, and one line says so [wire 15]", async ([, step]) => {
    kubernetes.script(accessReviews, step);
    await start();
    const replies = await Promise.all(pods.map((path) => ask(path, ["X-Remote-User", "hpa"], proxy)));
    for (const { code, text } of replies) {
      expect(code).toBe(500);
      expect(JSON.parse(text)).toMatchObject({ kind: "Status", reason: "InternalError" });
    }
    expect(logged("Cannot review the access of a client")).toHaveLength(1);
  });

  test("nothing is allowed while no answer comes, and few questions wait for it [wire 15] [trap 12]", async () => {
    const end = Promise.withResolvers<void>();
    kubernetes.script(accessReviews, heldBy(end.promise, refuse(403)));
    await start("--authorization-wide-reviews=false");
    const paths = Array.from({ length: 60 }, (_, at) => `${custom}/namespaces/shop/pods/p${at}/m?timeout=100ms`);
    expect(new Set(await Promise.all(paths.map((path) => codeFor("hpa", path))))).toEqual(new Set([504]));
    expect(reviews()).toHaveLength(3);
    end.resolve();
    await expect.poll(() => reviews().length).toBe(60);
  });

  test("a permission is asked for again after its time [wire 27]", async () => {
    await start("--authorization-webhook-cache-authorized-ttl=50ms");
    await codeFor("hpa", pods[0] ?? "");
    kubernetes.script(
      accessReviews,
      decide(() => false),
    );
    await expect.poll(() => codeFor("hpa", pods[0] ?? "")).toBe(403);
  });
});
