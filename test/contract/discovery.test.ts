import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { AccessSpec } from "../../src/apiservice/access.ts";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { askApi, type Reply } from "../support/api-client.ts";
import { type Serving, startApiServer } from "../support/api-server.ts";
import { authority, client } from "../support/test-pki.ts";

/** How a kube-apiserver finds out what is served, and whether it is there, while everything behind the server is away. */

const v2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const v2beta1 = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";
const groupVersions = [
  "/apis/custom.metrics.k8s.io/v1beta2",
  "/apis/custom.metrics.k8s.io/v1beta1",
  "/apis/external.metrics.k8s.io/v1beta1",
];
const aggregator = ["X-Remote-User", "system:kube-aggregator"];
const aggregatorAsMaster = [...aggregator, "X-Remote-Group", "system:masters"];

/** Has no backend that would ever answer. */
const provider: MetricsProvider = {
  list: () => [{ resource: { group: "", resource: "pods" }, namespaced: true, metric: "load" }],
  listExternal: () => ["depth"],
  notice: () => undefined,
  read: () => new Promise(() => {}),
  readExternal: () => new Promise(() => {}),
};

let proxy: KeyPair;
let serving: Serving;
let review: Result<{ allowed: boolean; reason: string }, string>;
let specs: AccessSpec[];

beforeAll(async () => {
  const [servingCa, proxyCa] = [await authority("serving-ca"), await authority("proxy-ca")];
  proxy = await client(proxyCa, "front-proxy-client");
  serving = await startApiServer({
    provider,
    reviewAccess: (spec) => {
      specs.push(spec);
      return Promise.resolve(review);
    },
    keyPair: await client(servingCa, "adapter", { usages: ["serverAuth"] }),
    groups: [customMetrics, externalMetrics],
    readTrust: () => ({
      requestHeader: {
        ca: proxyCa.certPem,
        allowedNames: ["front-proxy-client"],
        usernameHeaders: ["X-Remote-User"],
        uidHeaders: [],
        groupHeaders: ["X-Remote-Group"],
        extraHeaderPrefixes: [],
      },
    }),
  });
});

beforeEach(() => {
  review = fail("connection refused");
  specs = [];
});

afterAll(async () => {
  await serving.server.stop();
});

function ask(path: string, headers: readonly string[]): Promise<Reply> {
  return askApi(serving.port, path, { as: proxy, headers });
}

describe("the availability probe", () => {
  test.for(groupVersions)(
    "of %s gets 200 without metrics backend and without reviews [wire 1] [wire 16]",
    async (path) => {
      const started = performance.now();
      const replies = await Promise.all(
        Array.from({ length: 5 }, () => ask(path, [...aggregatorAsMaster, "User-Agent", "Go-http-client/1.1"])),
      );
      expect(performance.now() - started).toBeLessThan(1_000);
      expect(replies.map(({ code }) => code)).toEqual([200, 200, 200, 200, 200]);
      expect(specs).toEqual([]);
    },
  );
});

describe("the aggregator's discovery", () => {
  test.for([
    ["as it is asked for", v2],
    ["as it is asked for by kube-apiservers that know an older form, too", `${v2},${v2beta1}`],
    ["whichever comes first", `${v2beta1},${v2}`],
  ] as const)("is aggregated, %s [wire 19]", async ([, accept]) => {
    const reply = await ask("/apis", [...aggregatorAsMaster, "Accept", accept]);
    expect(reply).toMatchObject({ code: 200, headers: { "content-type": v2 } });
    expect(JSON.parse(reply.text)).toMatchObject({
      kind: "APIGroupDiscoveryList",
      apiVersion: "apidiscovery.k8s.io/v2",
      items: [{ versions: [{ freshness: "Current" }, { freshness: "Current" }] }, { versions: [{ resources: [] }] }],
    });
  });

  test("of the older form alone is refused in a way that leads to the fallback [wire 19]", async () => {
    const reply = await ask("/apis", [...aggregatorAsMaster, "Accept", v2beta1]);
    expect(reply).toMatchObject({ code: 406, headers: { "content-type": "application/json" } });
  });

  test.for(groupVersions)(
    "falls back to %s as a user without groups, who may because everybody known may [wire 13] [wire 19]",
    async (path) => {
      review = ok({ allowed: true, reason: "" });
      const reply = await ask(path, [...aggregator, "Accept", "application/json"]);
      expect(JSON.parse(reply.text)).toMatchObject({ kind: "APIResourceList", apiVersion: "v1" });
      expect(specs).toMatchObject([
        {
          user: "system:kube-aggregator",
          groups: ["system:authenticated"],
          nonResourceAttributes: { path, verb: "get" },
        },
      ]);
    },
  );

  test("of OpenAPI is allowed to a user without groups in the same way [wire 13] [wire 20]", async () => {
    review = ok({ allowed: true, reason: "" });
    for (const path of ["/openapi/v2", "/openapi/v3"]) {
      const reply = await ask(path, ["X-Remote-User", "system:aggregator", "Accept", "application/json"]);
      expect(reply).toMatchObject({ code: 200, headers: { "content-type": "application/json" } });
    }
    expect(specs.map(({ groups }) => groups)).toEqual([["system:authenticated"], ["system:authenticated"]]);
  });
});
