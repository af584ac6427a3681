import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createClusterTrust, type ClusterTrust } from "../../src/cluster/trust.ts";
import {
  listOf,
  refuse,
  startScriptedKubernetes,
  watchOf,
  type ScriptedKubernetes,
} from "../support/scripted-kubernetes.ts";
import { authority } from "../support/test-pki.ts";
import { clientOf } from "./client-of.ts";
import { createFakeClock } from "./fake-clock.ts";

const [list, watch] = [
  "GET /api/v1/namespaces/kube-system/configmaps",
  "WATCH /api/v1/namespaces/kube-system/configmaps",
];

const [pem, otherPem] = (await Promise.all(["ca", "other-ca"].map(authority))).map(({ certPem }) => certPem);
if (pem === undefined || otherPem === undefined) throw new Error("unreachable");
const noCertificate = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";

const whole = {
  "client-ca-file": pem,
  "requestheader-client-ca-file": pem,
  "requestheader-username-headers": '["X-Remote-User"]',
  "requestheader-uid-headers": '["X-Remote-Uid"]',
  "requestheader-group-headers": '["X-Remote-Group"]',
  "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
  "requestheader-allowed-names": '["front-proxy-client"]',
};

let kubernetes: ScriptedKubernetes;
let warnings: string[];
let stop: AbortController;

beforeEach(async () => {
  kubernetes = await startScriptedKubernetes();
  kubernetes.script(watch, watchOf([]));
  warnings = [];
  stop = new AbortController();
});
afterEach(async () => {
  stop.abort();
  await kubernetes.close();
});

function start(): ClusterTrust {
  const trust = createClusterTrust({
    client: clientOf(kubernetes),
    clock: createFakeClock(),
    warn: (message) => void warnings.push(message),
  });
  void trust.start(stop.signal);
  return trust;
}

function configMap(data: object): object {
  return {
    metadata: { namespace: "kube-system", name: "extension-apiserver-authentication", resourceVersion: "2" },
    data,
  };
}

function problem(what: string): string {
  return `Cannot read ConfigMap "kube-system/extension-apiserver-authentication": ${what}; what was trusted before stays trusted`;
}

const headers = { allowedNames: [], usernameHeaders: [], uidHeaders: [], groupHeaders: [], extraHeaderPrefixes: [] };

describe("createClusterTrust()", () => {
  test("asks for the one ConfigMap only, as the reader Role demands", async () => {
    kubernetes.script(list, listOf([], "1"));
    start();
    await expect.poll(() => kubernetes.of(watch).length).toBe(1);
    const fieldSelector = "metadata.name=extension-apiserver-authentication";
    expect(kubernetes.requests.map(({ query }) => query["fieldSelector"])).toEqual([fieldSelector, fieldSelector]);
  });

  test.for([
    [
      "everything",
      whole,
      {
        clientCa: pem,
        requestHeader: {
          ca: pem,
          allowedNames: ["front-proxy-client"],
          usernameHeaders: ["X-Remote-User"],
          uidHeaders: ["X-Remote-Uid"],
          groupHeaders: ["X-Remote-Group"],
          extraHeaderPrefixes: ["X-Remote-Extra-"],
        },
      },
    ],
    ["a client CA only", { "client-ca-file": pem }, { clientCa: pem }],
    ["a proxy without lists", { "requestheader-client-ca-file": pem }, { requestHeader: { ca: pem, ...headers } }],
    ["lists without a proxy", { "requestheader-allowed-names": '["a"]', "client-ca-file": "" }, {}],
  ] as const)("reads %s", async ([, data, expected]) => {
    kubernetes.script(list, listOf([configMap(data)], "1"));
    const trust = start();
    await expect.poll(() => trust.loaded()).toBe(true);
    expect(trust.current()).toEqual(expected);
    expect(warnings).toEqual([]);
  });

  test("trusts nobody when the ConfigMap does not exist", async () => {
    kubernetes.script(list, listOf([], "1"));
    const trust = start();
    await expect.poll(() => trust.loaded()).toBe(true);
    expect(trust.current()).toEqual({});
    expect(warnings).toEqual([problem("it does not exist")]);
  });

  test("is not loaded while it is forbidden to look", async () => {
    kubernetes.script(list, refuse(403));
    const trust = start();
    await expect.poll(() => trust.state()).toMatchObject({ kind: "failing", failure: { kind: "forbidden" } });
    expect([trust.loaded(), trust.current()]).toEqual([false, {}]);
  });

  test("follows changes [wire 17]", async () => {
    kubernetes.script(list, listOf([configMap({})], "1"));
    kubernetes.script(watch, watchOf([{ type: "MODIFIED", object: configMap({ "client-ca-file": pem }) }]));
    const trust = start();
    await expect.poll(() => trust.current()).toEqual({ clientCa: pem });
  });

  test.for([
    ["vanishes", { type: "DELETED", object: configMap(whole) }, "it does not exist"],
    [
      "has a list that is none",
      { type: "MODIFIED", object: configMap({ ...whole, "requestheader-allowed-names": "front-proxy-client" }) },
      '"requestheader-allowed-names" is not a list of strings',
    ],
    [
      "has a list of something else",
      { type: "MODIFIED", object: configMap({ ...whole, "requestheader-group-headers": "[1]" }) },
      '"requestheader-group-headers" is not a list of strings',
    ],
    [
      "has a bundle that is none",
      { type: "MODIFIED", object: configMap({ ...whole, "client-ca-file": "nothing" }) },
      '"client-ca-file" holds no certificate',
    ],
    [
      "has a bundle whose certificates cannot be read",
      { type: "MODIFIED", object: configMap({ ...whole, "requestheader-client-ca-file": noCertificate }) },
      '"requestheader-client-ca-file" holds no certificate',
    ],
    [
      "is empty",
      { type: "MODIFIED", object: configMap({}) },
      'it has lost "client-ca-file" and "requestheader-client-ca-file"',
    ],
  ] as const)("keeps what it had when the ConfigMap %s [wire 17]", async ([, event, what]) => {
    kubernetes.script(list, listOf([configMap(whole)], "1"));
    kubernetes.script(watch, watchOf([event]));
    const trust = start();
    await expect.poll(() => warnings).toEqual([problem(what)]);
    expect(trust.current()).toMatchObject({ clientCa: pem, requestHeader: { allowedNames: ["front-proxy-client"] } });
  });

  test("replaces what is there and keeps what is lost", async () => {
    kubernetes.script(list, listOf([configMap(whole)], "1"));
    kubernetes.script(watch, watchOf([{ type: "MODIFIED", object: configMap({ "client-ca-file": otherPem }) }]));
    const trust = start();
    await expect.poll(() => warnings).toEqual([problem('it has lost "requestheader-client-ca-file"')]);
    expect(trust.current()).toMatchObject({ clientCa: otherPem, requestHeader: { ca: pem } });
  });

  test("leaves out of a bundle what cannot be read", async () => {
    kubernetes.script(list, listOf([configMap({ "client-ca-file": `# mine\n${noCertificate}${pem}` })], "1"));
    const trust = start();
    await expect.poll(() => trust.current().clientCa).toContain(pem);
    expect(warnings).toEqual([]);
  });

  test("is the same object as long as nothing changes", async () => {
    kubernetes.script(list, listOf([configMap(whole)], "1"));
    kubernetes.script(watch, watchOf([{ type: "MODIFIED", object: configMap(whole) }], "end"), watchOf([]));
    const trust = start();
    await expect.poll(() => trust.loaded()).toBe(true);
    const before = trust.current();
    await expect.poll(() => kubernetes.of(watch).length).toBe(2);
    expect(trust.current()).toBe(before);
  });
});
