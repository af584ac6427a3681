import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { MetricsProvider, Reading } from "../../src/query/provider.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { askApi, type Reply } from "../support/api-client.ts";
import { type Serving, startApiServer } from "../support/api-server.ts";
import { decodeProtobuf } from "../support/protobuf.ts";
import { authority, client } from "../support/test-pki.ts";

/** The forms of an answer: JSON always, YAML and protobuf for whoever asks for it, packed when it is long. */

const protobuf = "application/vnd.kubernetes.protobuf";
const yaml = "application/yaml";
const v1beta1 = "/apis/custom.metrics.k8s.io/v1beta1";
const v1beta2 = "/apis/custom.metrics.k8s.io/v1beta2";
const external = "/apis/external.metrics.k8s.io/v1beta1";
const timestampMs = Date.parse("2024-01-02T03:04:05Z");

let answer: Result<readonly Reading[], MetricError>;
let allowed: boolean;
let serving: Serving;

const provider: MetricsProvider = {
  list: () => [{ resource: { group: "", resource: "pods" }, namespaced: true, metric: "load" }],
  listExternal: () => ["depth"],
  notice: () => undefined,
  read: () => Promise.resolve(answer),
  readExternal: () => Promise.resolve(ok([{ labels: { vm: "a", zone: "b" }, value: -2.5, timestampMs }])),
};

beforeAll(async () => {
  const keyPair = await client(await authority("serving-ca"), "adapter", { usages: ["serverAuth"] });
  serving = await startApiServer({
    provider,
    reviewAccess: () => Promise.resolve(ok({ allowed, reason: "" })),
    keyPair,
    groups: [customMetrics, externalMetrics],
  });
});

beforeEach(() => {
  answer = ok([reading("a"), reading("b")]);
  allowed = true;
});

afterAll(async () => {
  await serving.server.stop();
});

function reading(name: string): Reading {
  return {
    object: { apiVersion: "v1", kind: "Pod", namespace: "shop", name },
    value: 1.5,
    timestampMs,
    windowSeconds: 60,
  };
}

function ask(path: string, ...headers: readonly string[]): Promise<Reply> {
  return askApi(serving.port, path, { headers: ["Authorization", "Bearer good", ...headers] });
}

function readJson({ text }: Reply): unknown {
  return JSON.parse(text);
}

/** The headers that are about the body's form. */
function formOf({ headers }: Reply): object {
  return {
    type: headers["content-type"],
    encoding: headers["content-encoding"],
    vary: headers["vary"],
    tagged: headers["etag"] !== undefined,
  };
}

function plain(type: string): object {
  return { type, encoding: undefined, vary: undefined, tagged: false };
}

describe("the forms of an answer", () => {
  const paths = [
    ["metrics of v1beta1", `${v1beta1}/namespaces/shop/pods/*/load?metricLabelSelector=a%3Db%2Cc+in+%28d%29`, 200],
    ["metrics of v1beta2", `${v1beta2}/namespaces/shop/pods/*/load?metricLabelSelector=a%3Db%2Cc+in+%28d%29`, 200],
    ["external metrics", `${external}/namespaces/shop/depth`, 200],
    ["the metrics of a version", v1beta1, 200],
    ["the external metrics", external, 200],
    ["a group", "/apis/custom.metrics.k8s.io", 200],
    ["a path that does not exist", "/apis/custom.metrics.k8s.io/v1", 404],
    ["a selector that cannot be read", `${v1beta1}/namespaces/shop/pods/*/load?labelSelector=%21`, 400],
  ] as const;

  test.for(paths)(
    "%s: the same object in JSON, YAML and protobuf [wire 5] [wire 29] [wire 33]",
    async ([, path, code]) => {
      const [json, inYaml, inProtobuf] = await Promise.all([
        ask(path),
        ask(path, "Accept", yaml),
        ask(path, "Accept", protobuf),
      ]);
      expect([json.code, inYaml.code, inProtobuf.code]).toEqual([code, code, code]);
      expect([json, inYaml, inProtobuf].map(formOf)).toEqual([plain("application/json"), plain(yaml), plain(protobuf)]);
      expect(readJson(json)).toMatchObject({
        kind: expect.any(String) as unknown,
        apiVersion: expect.any(String) as unknown,
      });
      expect(parse(inYaml.text, { version: "1.1" })).toEqual(readJson(json));
      expect(decodeProtobuf(inProtobuf.body)).toEqual(readJson(json));
    },
  );

  test("the groups are, too, and caches are told that clients get different ones [wire 29] [wire 33]", async () => {
    const [json, inYaml, inProtobuf] = await Promise.all([
      ask("/apis"),
      ask("/apis", "Accept", yaml),
      ask("/apis", "Accept", protobuf),
    ]);
    expect([json, inYaml, inProtobuf].map(({ headers }) => headers["vary"])).toEqual(["Accept", "Accept", "Accept"]);
    expect(parse(inYaml.text)).toEqual(readJson(json));
    expect(decodeProtobuf(inProtobuf.body)).toEqual(readJson(json));
  });

  test("a refusal comes in the form that was asked for [wire 10] [wire 33]", async () => {
    allowed = false;
    const reply = await ask(`${v1beta2}/namespaces/shop/pods/a/load`, "Accept", `${protobuf}, */*`);
    expect(reply).toMatchObject({ code: 403, headers: { "content-type": protobuf } });
    expect(decodeProtobuf(reply.body)).toMatchObject({ kind: "Status", reason: "Forbidden", code: 403 });
  });

  test.for([
    { kind: "backendUnavailable", detail: "x" },
    { kind: "timedOut" },
    { kind: "unknownMetric", metric: "load", resource: { group: "", resource: "pods" }, known: [] },
  ] as const)("so does an error: $kind [wire 10] [wire 33]", async (error) => {
    answer = fail(error);
    const path = `${v1beta2}/namespaces/shop/pods/a/load`;
    const [json, inProtobuf] = await Promise.all([ask(path), ask(path, "Accept", protobuf)]);
    expect(decodeProtobuf(inProtobuf.body)).toEqual(readJson(json));
    expect(inProtobuf.code).toBe(json.code);
  });

  test.for([
    "text/html",
    "application/json;as=Table;v=v1;g=meta.k8s.io",
    `${protobuf};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`,
    "application/cbor",
    `${protobuf};q=0`,
  ])("Accept: %s gets 406, and what there is, in JSON [wire 10]", async (accept) => {
    const reply = await ask(`${v1beta2}/namespaces/shop/pods/a/load`, "Accept", accept);
    expect(reply).toMatchObject({ code: 406, headers: { "content-type": "application/json" } });
    expect(readJson(reply)).toMatchObject({
      kind: "Status",
      reason: "NotAcceptable",
      code: 406,
      message: `only the following media types are accepted: application/json, ${yaml}, ${protobuf}`,
    });
  });

  test.for([
    ["application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "application/json"],
    ["text/html, application/*;q=0.1", "application/json"],
    [`${protobuf}, */*`, protobuf],
    [`application/json;q=0.5, ${yaml}`, yaml],
  ] as const)("Accept: %s gets %s", async ([accept, type]) => {
    const reply = await ask(`${v1beta2}/namespaces/shop/pods/a/load`, "Accept", accept);
    expect(reply).toMatchObject({ code: 200, headers: { "content-type": type } });
  });

  test.for(["/version", "/openapi/v2", "/openapi/v3", `/openapi/v3${v1beta2}`])(
    "%s is JSON whatever is asked for, as it is no object of Kubernetes [wire 20]",
    async (path) => {
      const reply = await ask(path, "Accept", `${protobuf},${yaml}`);
      expect(reply).toMatchObject({ code: 200, headers: { "content-type": "application/json" } });
      expect(readJson(reply)).toBeTypeOf("object");
    },
  );

  test.for([
    ["pretty=true", "", "kubectl/v1.36", true],
    ["pretty=1", "", "kubectl/v1.36", true],
    ["pretty=false", "application/json;pretty=1", "curl/8", false],
    ["pretty=0", "", "curl/8", false],
    ["", "application/json;pretty=1", "kubectl/v1.36", true],
    ["", "", "curl/8", true],
    ["", "", "Wget/1.2", true],
    ["", "", "Mozilla/5.0 (X11)", true],
    ["", "", "kubectl/v1.36", false],
  ] as const)("?%s with Accept %j from %s is indented: %s [wire 29]", async ([query, accept, agent, indented]) => {
    const path = `${v1beta2}/namespaces/shop/pods/a/load?${query}`;
    const { text } = await ask(path, "User-Agent", agent, "Accept", accept);
    expect(text.startsWith('{\n  "kind": "')).toBe(indented);
    expect(text.endsWith("}\n")).toBe(true);
  });
});

describe("a long answer", () => {
  const path = `${v1beta2}/namespaces/shop/pods/*/load`;

  beforeEach(() => {
    answer = ok(Array.from({ length: 2_500 }, (_, index) => reading(`pod-${index}`)));
  });

  test.for(["application/json", yaml, protobuf])("of %s is packed for whoever takes it [wire 34]", async (type) => {
    const [whole, packed] = await Promise.all([
      ask(path, "Accept", type),
      ask(path, "Accept", type, "Accept-Encoding", "deflate, gzip"),
    ]);
    expect(whole.body.length).toBeGreaterThan(131_072);
    expect(formOf(whole)).toEqual(plain(type));
    expect(formOf(packed)).toEqual({ type, encoding: "gzip", vary: "Accept-Encoding", tagged: false });
    expect(packed.headers["content-length"]).toBe(String(packed.body.length));
    expect(gunzipSync(packed.body).equals(whole.body)).toBe(true);
  });

  test("is sent as it is to whoever refuses gzip [wire 34]", async () => {
    expect(formOf(await ask(path, "Accept-Encoding", "gzip;q=0, *"))).toEqual(plain("application/json"));
  });

  test("is the only one that is packed [wire 34]", async () => {
    answer = ok([reading("a")]);
    expect(formOf(await ask(path, "Accept-Encoding", "gzip"))).toEqual(plain("application/json"));
  });
});

describe("what a client has already", () => {
  const discovery = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

  test.for([
    ["/apis", discovery],
    ["/openapi/v2", "application/json"],
    ["/openapi/v3", "*/*"],
  ] as const)("of %s is not sent again [wire 31]", async ([path, accept]) => {
    const first = await ask(path, "Accept", accept);
    const etag = String(first.headers["etag"]);
    expect(etag).toMatch(/^"[0-9a-f]{64}"$/u);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await ask(path, "Accept", accept, "If-None-Match", known);
      expect(again).toMatchObject({ code: 304, text: "", headers: { etag } });
    }
    expect(await ask(path, "Accept", accept, "If-None-Match", '"other"')).toMatchObject({
      code: 200,
      text: first.text,
    });
  });

  test("does not count for what has no tag: figures and plain lists [wire 31] [trap 7]", async () => {
    for (const path of [v1beta2, "/apis", `${v1beta2}/namespaces/shop/pods/a/load`]) {
      const reply = await ask(path, "If-None-Match", "*");
      expect([reply.code, reply.headers["etag"]]).toEqual([200, undefined]);
    }
  });
});
