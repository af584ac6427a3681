import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ok } from "../../src/result.ts";
import { startApiServer } from "../support/api-server.ts";
import { askApi } from "../support/api-client.ts";
import { type ExposedFamily, type ExposedSample, valuesOf } from "../support/exposition.ts";
import { anyRequest } from "../support/fuzz-requests.ts";
import { accessReviews, type ObservedScene, startObservedScene, tokenReviews } from "../support/observed-scene.ts";
import { openConnection } from "../support/raw-client.ts";
import { answer, breakConnection, heldBy, refuse } from "../support/scripted-kubernetes.ts";
import { createWireClient } from "../support/wire-client.ts";

/** What the adapter says of itself: the whole of it, over TLS, in a cluster that answers by script. */

const custom = "/apis/custom.metrics.k8s.io/v1beta2";
const web = `${custom}/namespaces/shop/virtualmachineinstances.kubevirt.io/web-0/cpu-usageCores`;
const external = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop/cpu-usagecores";

let scene: ObservedScene;

beforeEach(async () => {
  scene = await startObservedScene();
});
afterEach(async () => scene[Symbol.asyncDispose]());

function bearer(token: string): { readonly headers: readonly string[] } {
  return { headers: ["Authorization", `Bearer ${token}`] };
}

async function valueOf(name: string, labels = ""): Promise<number | undefined> {
  return valuesOf(await scene.scrape(), name)[labels];
}

/** The sum over all series of a family that say this. */
async function total(name: string, part: string): Promise<number> {
  const values = Object.entries(valuesOf(await scene.scrape(), name));
  return values.reduce((sum, [labels, value]) => sum + (labels.includes(part) ? value : 0), 0);
}

/** Something that no review is remembered of. */
const late = `${custom}/namespaces/late/pods/a/cpu-usageCores`;

/** Does something while reviews are under way, which come to nothing before it has ended. */
async function whileReviewing(work: () => Promise<unknown>): Promise<void> {
  const reviewed = Promise.withResolvers<void>();
  scene.kubernetes.script(accessReviews, heldBy(reviewed.promise, answer({ status: { allowed: true } }, 201)));
  await work();
  scene.kubernetes.script(accessReviews, answer({ status: { allowed: true } }, 201));
  reviewed.resolve();
}

/** Leaves without an answer. */
async function leaveEarly(): Promise<void> {
  const before = scene.kubernetes.of(accessReviews).length;
  const socket = await openConnection(scene.adapter.port);
  socket.write(`GET ${late} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await expect.poll(() => scene.kubernetes.of(accessReviews).length).toBe(before + 1);
  socket.destroy();
  await once(socket, "close");
}

/** Speaks something else than TLS. */
async function breakHandshake(): Promise<void> {
  const socket = connect(scene.adapter.port, "127.0.0.1", () => socket.write("GET / HTTP/1.1\r\n\r\n"));
  socket.on("error", () => undefined).resume();
  await once(socket, "close");
}

describe("/metrics", () => {
  test("is for whoever may get it, and says who may not what [wire 32]", async () => {
    const refused = await scene.ask("/metrics");
    expect(refused.code).toBe(403);
    expect(refused.text).toContain('User \\"system:anonymous\\" cannot get path \\"/metrics\\"');
    const [review] = scene.kubernetes.of(accessReviews).slice(-1);
    expect(JSON.parse(review?.body ?? "")).toMatchObject({
      spec: { user: "system:anonymous", nonResourceAttributes: { path: "/metrics", verb: "get" } },
    });
    expect((await scene.ask("/metrics", bearer("bad"))).code).toBe(401);
    expect((await scene.ask("/metrics", bearer("good"))).code).toBe(200);
  });

  test("comes in the text format, with the start of the process", async () => {
    const { headers } = await scene.ask("/metrics", bearer("good"));
    expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
    const startedMs = Number(headers["process-start-time-unix"]) * 1_000;
    expect(Math.abs(startedMs - (Date.now() - process.uptime() * 1_000))).toBeLessThan(5_000);
    expect(await valueOf("process_start_time_seconds")).toBeCloseTo(startedMs / 1_000, -1);
  });

  test.for(["text/plain", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", "*/*"])(
    "is got by who accepts %s",
    async (accept) => {
      const { code } = await scene.ask("/metrics", { headers: [...bearer("good").headers, "Accept", accept] });
      expect(code).toBe(200);
    },
  );

  test.for(["POST", "HEAD", "PUT"])("is not for %s", async (method) => {
    expect((await scene.ask("/metrics", { ...bearer("good"), method })).code).toBe(405);
  });

  test("needs no Prometheus", async () => {
    scene.prometheus.become(() => undefined);
    expect((await scene.ask(web, { as: scene.alice })).code).toBe(503);
    expect((await scene.ask("/metrics", bearer("good"))).code).toBe(200);
    const failed = await total("custom_metrics_adapter_backend_requests_total", 'code="<error>"');
    expect(failed).toBeGreaterThan(0);
  });

  test("needs no room among the requests for metrics", async () => {
    const full = await startApiServer({
      provider: {
        list: () => [],
        listExternal: () => [],
        notice: () => undefined,
        read: () => Promise.resolve(ok([])),
        readExternal: () => Promise.resolve(ok([])),
      },
      reviewAccess: () => Promise.resolve(ok({ allowed: true, reason: "" })),
      keyPair: scene.alice,
      maxInFlight: 0,
    });
    expect((await askApi(full.port, web, bearer("good"))).code).toBe(429);
    expect((await askApi(full.port, "/metrics", bearer("good"))).text).toBe("vms 3\n");
    await full.server.stop();
  });
});

describe("what is told", () => {
  test("names, types, labels and buckets are as dashboards know them [wire 32]", async () => {
    await scene.ask(web, { as: scene.alice });
    await scene.ask(`${custom}/namespaces/shop/pods/none/none-such`, { as: scene.alice });
    await scene.ask(`${custom}/nodes/n1/cpu-usageCores`, { as: scene.alice });
    await scene.ask(external, { as: scene.alice });
    await scene.ask(web, { as: scene.alice, method: "POST" });
    await scene.ask(web);
    await scene.ask(web, bearer("bad"));
    for (const path of ["/livez", "/version", "/apis", custom, "/secret"]) await scene.ask(path, { as: scene.alice });
    const known = { authenticated: true, user: { username: "prometheus" } };
    scene.kubernetes.script(tokenReviews, refuse(403), answer({ status: known }, 201));
    await scene.ask("/version", bearer("unknown"));
    scene.kubernetes.script(accessReviews, breakConnection(), answer({ status: { allowed: true } }, 201));
    await scene.ask("/version", bearer("good"));
    scene.prometheus.become(() => undefined);
    await scene.ask(`${custom}/namespaces/shop/virtualmachineinstances.kubevirt.io/web-0/guest-memoryUsedBytes`, {
      as: scene.alice,
    });
    await whileReviewing(async () => {
      await leaveEarly();
      await scene.ask(`${late}?timeout=20ms`);
    });
    await expect.poll(async () => total("apiserver_request_aborts_total", "")).toBe(1);
    await expect(described(await scene.scrape())).toMatchFileSnapshot("../golden/own-metrics.txt");
  });

  test("ages of values are those of their samples [wire 32]", async () => {
    const answered = await scene.ask(web, { as: scene.alice });
    await scene.ask(external, { as: scene.alice });
    const { items } = JSON.parse(answered.text) as { items: readonly { timestamp: string }[] };
    const ageSeconds = (Date.now() - Date.parse(items[0]?.timestamp ?? "")) / 1_000;
    const name = "metrics_apiserver_metric_freshness_seconds";
    for (const group of ["custom", "external"].map((each) => `group="${each}.metrics.k8s.io"`)) {
      expect(await valueOf(`${name}_count`, group)).toBe(1);
      // The timestamp in the answer is in whole seconds.
      expect(Math.abs(((await valueOf(`${name}_sum`, group)) ?? NaN) - ageSeconds)).toBeLessThan(2);
    }
  });

  test("a request that is allowed is in flight, and is so no more when it has ended", async () => {
    async function inFlight(): Promise<number | undefined> {
      return valueOf("apiserver_current_inflight_requests", 'request_kind="readOnly"');
    }
    const answered = Promise.withResolvers<void>();
    scene.prometheus.become(async (good) => {
      await answered.promise;
      return good;
    });
    const reply = scene.ask(web, { as: scene.alice });
    await expect.poll(inFlight).toBe(1);
    answered.resolve();
    expect((await reply).code).toBe(200);
    expect(await inFlight()).toBe(0);
  });

  test("connections whose handshake fails", async () => {
    expect(await valueOf("apiserver_tls_handshake_errors_total")).toBe(0);
    await breakHandshake();
    await expect.poll(async () => valueOf("apiserver_tls_handshake_errors_total")).toBe(1);
  });

  test("who was known how, and by a certificate that ends when", async () => {
    const before = await scene.scrape();
    await scene.ask("/version", { as: scene.alice });
    await scene.ask("/version", bearer("bad"));
    expect(await total("authentication_attempts", "failure")).toBe(1);
    const succeeded = valuesOf(before, "authentication_attempts")['result="success"'] ?? 0;
    // Alice, and the scrapes themselves.
    expect(await total("authentication_attempts", "success")).toBeGreaterThan(succeeded);
    expect(await valueOf("apiserver_client_certificate_expiration_seconds_count")).toBe(1);
    const twoDays = 2 * 86_400;
    expect(await valueOf("apiserver_client_certificate_expiration_seconds_sum")).toBeGreaterThan(twoDays - 3_600);
    expect(await valueOf("apiserver_client_certificate_expiration_seconds_sum")).toBeLessThanOrEqual(twoDays);
  });

  test("remembered reviews are authorizations, but no reviews", async () => {
    const names = ["authorization_attempts_total", "apiserver_delegated_authz_request_total"] as const;
    async function counts(): Promise<readonly number[]> {
      const families = await scene.scrape();
      return names.map((name) => Object.values(valuesOf(families, name)).reduce((sum, each) => sum + each, 0));
    }
    await scene.ask(web, { as: scene.alice });
    const [attempts = 0, reviews = 0] = await counts();
    for (let again = 0; again < 3; again += 1) await scene.ask(web, { as: scene.alice });
    expect(await counts()).toEqual([attempts + 4, reviews]); // and one scrape
  });
});

describe("labels", () => {
  const words: Readonly<Record<string, RegExp>> = {
    verb: /^(?:GET|LIST|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|other)$/u,
    subresource: /^(?:\*|other|\/(?:healthz|livez|readyz|metrics|version|apis|openapi\/v[23])|)$/u,
    code: /^(?:[1-5]\d\d|<error>)$/u,
    group: /^(?:custom\.metrics\.k8s\.io|external\.metrics\.k8s\.io|)$/u,
    version: /^(?:v1beta[12]|0\.1\.0|)$/u,
  };

  test("have few values, whatever clients send", { timeout: 60_000 }, async () => {
    const client = createWireClient(scene.adapter.port);
    for (const { bytes, method } of fc.sample(anyRequest, { seed: 32, numRuns: 1_000 })) {
      await client.ask(bytes, { hasBody: method !== "HEAD", keep: false });
    }
    client.close();
    const samples = (await scene.scrape()).flatMap((family) => family.samples);
    const strange = samples.flatMap(({ labels }) =>
      Object.entries(labels).filter(([label, value]) => words[label]?.test(servedPath(value)) === false),
    );
    expect(strange).toEqual([]);
    expect(samples.length).toBeLessThan(2_500);
  });

  /** Paths of groups that are served are among the paths that there are. */
  function servedPath(value: string): string {
    const groups = /^(?:\/openapi\/v3)?\/apis\/(?:custom|external)\.metrics\.k8s\.io(?:\/v1beta[12])?$/u;
    return groups.test(value) ? "/apis" : value;
  }
});

/** Names, types, help, bounds of buckets and label sets, without what differs from run to run. */
function described(families: readonly ExposedFamily[]): string {
  const blocks = families.map(({ name, type, help, samples }) => {
    const bounds = [...new Set(samples.flatMap(({ labels: { le } }) => le ?? []))];
    const series = new Set(samples.map(({ labels }) => labelSet(labels)).filter((labels) => labels !== ""));
    return [
      `${name} (${type})`,
      `  ${help}`,
      ...(bounds.length === 0 ? [] : [`  buckets ${bounds.join(" ")}`]),
      ...[...series].toSorted().map((labels) => `  {${labels}}`),
    ].join("\n");
  });
  return `${blocks.toSorted().join("\n\n")}\n`;
}

function labelSet({ le: _bound, ...labels }: ExposedSample["labels"]): string {
  const same: Readonly<Record<string, string>> = { ...labels, ...("host" in labels ? { host: "kubernetes" } : {}) };
  return Object.entries({ ...same, ...("node_version" in same ? { node_version: "node" } : {}) })
    .map(([label, value]) => `${label}="${value}"`)
    .join(",");
}
