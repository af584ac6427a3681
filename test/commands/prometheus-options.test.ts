import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prometheusNotes, prometheusOptions } from "../../src/commands/prometheus-options.ts";
import { parseFlags } from "../../src/config/flags.ts";
import { createPrometheusHttp } from "../../src/query/prometheus-http.ts";
import { createSeriesClient } from "../../src/query/rules/series-client.ts";
import { ok } from "../../src/result.ts";
import { type AdapterVector, adapterVectors } from "../support/adapter-vectors.ts";
import { listen } from "../support/listen.ts";
import { authority } from "../support/test-pki.ts";

const folder = mkdtempSync(join(tmpdir(), "prometheus-options-"));
let caPem = "";

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function kubeconfigWith(ca: string): string {
  return JSON.stringify({
    clusters: [
      {
        name: "c",
        cluster: { server: "https://kubernetes", "certificate-authority-data": Buffer.from(ca).toString("base64") },
      },
    ],
    users: [{ name: "u", user: { token: "t1" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

beforeAll(async () => {
  const { certPem, keyPem } = await authority("Prometheus");
  caPem = certPem;
  write("ca.crt", certPem);
  write("tls.crt", certPem);
  write("tls.key", keyPem);
  write("token", "first\n");
  write("kubeconfig", kubeconfigWith(certPem));
  write("no-certificate", "PEM");
  write("bad-kubeconfig", kubeconfigWith("CA"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

const [ca, cert, key, token, kubeconfig] = ["ca.crt", "tls.crt", "tls.key", "token", "kubeconfig"].map((name) =>
  join(folder, name),
);

/** The folder holds what a ServiceAccount has, too. */
async function optionsFor(...argv: readonly string[]) {
  const commandLine = parseFlags(argv);
  if (!commandLine.ok) throw new Error(commandLine.error.join());
  return prometheusOptions(commandLine.value.flags, folder);
}

async function authorizationFor(...argv: readonly string[]): Promise<string | undefined> {
  const options = await optionsFor(...argv);
  if (!options.ok) throw new Error(options.error.join("\n"));
  return options.value.authorization();
}

describe("prometheusOptions()", () => {
  test("reads address, method, headers and trust", async () => {
    const options = await optionsFor(
      "--prometheus-url=https://p:9090/base?dedup=true",
      "--prometheus-verb=POST",
      "--prometheus-header=X-Scope-OrgID=a=b",
      `--prometheus-ca-file=${ca}`,
    );
    expect(options).toMatchObject({
      ok: true,
      value: {
        url: "https://p:9090/base?dedup=true",
        method: "POST",
        headers: { "X-Scope-Orgid": ["a=b"] },
        tls: { ca: caPem },
      },
    });
  });

  test("reads the token anew for each question, because tokens rotate", async () => {
    const options = await optionsFor(`--prometheus-token-file=${token}`);
    const read = options.ok ? options.value.authorization : undefined;
    expect(await read?.()).toBe("Bearer first");
    write("token", "second\n");
    expect(await read?.()).toBe("Bearer second");
    write("token", "first\n");
  });

  test("takes the credentials of a kubeconfig, but not its server", async () => {
    const options = await optionsFor("--prometheus-url=http://p:9090", `--prometheus-auth-config=${kubeconfig}`);
    expect(options).toMatchObject({ ok: true, value: { url: "http://p:9090", tls: { ca: caPem } } });
    expect(options.ok && (await options.value.authorization())).toBe("Bearer t1");
  });

  test("takes the token and the CA of the ServiceAccount", async () => {
    const options = await optionsFor("--prometheus-auth-incluster");
    expect(options).toMatchObject({ ok: true, value: { tls: { ca: caPem } } });
    expect(options.ok && (await options.value.authorization())).toBe("Bearer first");
  });

  test.for<[string, readonly string[], string | undefined]>([
    ["nothing", [], undefined],
    ["a CA file and a ServiceAccount", ["--prometheus-auth-incluster", `--prometheus-ca-file=${ca}`], "Bearer first"],
    [
      "a CA file and a kubeconfig",
      [`--prometheus-auth-config=${kubeconfig}`, `--prometheus-ca-file=${ca}`],
      "Bearer t1",
    ],
    [
      "a kubeconfig and a token file",
      [`--prometheus-auth-config=${kubeconfig}`, `--prometheus-token-file=${token}`],
      "Bearer first",
    ],
    ["a password in the address", ["--prometheus-url=https://me:p%40ss@p:9090"], "Basic bWU6cEBzcw=="],
    [
      "a password in the address and a token file",
      ["--prometheus-url=https://me:p@p", `--prometheus-token-file=${token}`],
      "Basic bWU6cA==",
    ],
    [
      "a header and a token file",
      ["--prometheus-header=authorization=Token x", `--prometheus-token-file=${token}`],
      undefined,
    ],
  ])("with %s says who it is", async ([, argv, expected]) => {
    expect(await authorizationFor(...argv)).toBe(expected);
  });

  test("shows no password of an address", async () => {
    const options = await optionsFor("--prometheus-url=https://user:s3cret@p:9090/base?a=b");
    expect(options).toMatchObject({ ok: true, value: { url: "https://p:9090/base?a=b" } });
    expect(JSON.stringify(await optionsFor("--prometheus-url=ftp://user:s3cret@p"))).not.toContain("s3cret");
    expect(JSON.stringify(await optionsFor("--prometheus-header=bad name=s3cret"))).not.toContain("s3cret");
  });

  test("a certificate without its key is nothing, as in prometheus-adapter", async () => {
    const options = await optionsFor(`--prometheus-client-tls-cert-file=${cert}`);
    expect(options).toMatchObject({ ok: true, value: { tls: {} } });
  });

  test("takes a certificate and its key, with a CA file or without", async () => {
    const pair = [`--prometheus-client-tls-cert-file=${cert}`, `--prometheus-client-tls-key-file=${key}`];
    const options = await optionsFor(...pair);
    expect(options.ok && Object.keys(options.value.tls)).toEqual(["cert", "key"]);
  });

  test.for(["prometheus:9090", "ftp://prometheus"])("refuses --prometheus-url=%s", async (url) => {
    const message = `Cannot use --prometheus-url "${url}": expected an address such as "https://prometheus:9090"`;
    expect(await optionsFor(`--prometheus-url=${url}`)).toEqual({ ok: false, error: [message] });
  });

  test("refuses an address whose password cannot be decoded, without showing it", async () => {
    const message =
      'Cannot use --prometheus-url "http://…@h:9090": expected an address such as "https://prometheus:9090"';
    expect(await optionsFor("--prometheus-url=http://a:b%zz@h:9090")).toEqual({ ok: false, error: [message] });
  });

  test("lists every problem", async () => {
    const options = await optionsFor(
      "--prometheus-url=nowhere",
      "--prometheus-verb=PUT",
      "--prometheus-header=X Scope=1",
      "--prometheus-ca-file=/nonexistent/ca.crt",
      "--prometheus-token-file=/nonexistent/token",
    );
    expect(options.ok ? [] : options.error).toEqual([
      'Cannot use --prometheus-url "nowhere": expected an address such as "https://prometheus:9090"',
      'Cannot use --prometheus-verb "PUT": expected GET or POST (unsupported Prometheus HTTP verb "PUT")',
      'Cannot use --prometheus-header "X Scope=…": expected name=value',
      expect.stringMatching(/^Cannot read "\/nonexistent\/ca\.crt": ENOENT/u),
      expect.stringMatching(/^Cannot read "\/nonexistent\/token": ENOENT/u),
    ]);
  });

  test.for(adapterVectors<AuthVector>("prom-auth"))("$id", async ({ flags, expect: { ok: good } }) => {
    const argv = Object.entries(flags).map(
      ([name, value]) => `--${name}=${typeof value === "string" ? fileOf(name, value) : value}`,
    );
    expect((await optionsFor(...argv)).ok).toBe(good);
  });

  test.for(adapterVectors<HeadersVector>("prom-headers"))("$id", async ({ inputs = [], expect: { headers } }) => {
    const options = await optionsFor(...inputs.map((input) => `--prometheus-header=${input}`));
    expect(options.ok && options.value.headers).toEqual(headers);
  });
});

test.for([
  [["--prometheus-ca-file=a"], []],
  [["--prometheus-ca-file=a", "--prometheus-auth-incluster"], [/prometheus-adapter ignores them there$/u]],
  [["--prometheus-ca-file=a", "--prometheus-auth-config=b"], [/prometheus-adapter ignores them there$/u]],
  [["--prometheus-client-tls-key-file=a"], [/have no effect without each other$/u]],
  [["--prometheus-client-tls-key-file=a", "--prometheus-client-tls-cert-file=b"], []],
] as const)("prometheusNotes() of %j", ([argv, notes]) => {
  const commandLine = parseFlags(argv);
  expect(commandLine.ok && prometheusNotes(commandLine.value.flags)).toEqual(
    notes.map((note) => expect.stringMatching(note) as unknown),
  );
});

interface AuthVector extends AdapterVector {
  readonly flags: Readonly<Record<string, string | boolean>>;
  readonly expect: { readonly ok: boolean };
}

/** `<valid>` and `<no cert in it>` stand for files. */
function fileOf(flag: string, value: string): string {
  if (!value.startsWith("<")) return value;
  const isGood = value.startsWith("<valid");
  if (flag === "prometheus-auth-config") return join(folder, isGood ? "kubeconfig" : "bad-kubeconfig");
  if (!isGood) return join(folder, "no-certificate");
  return join(folder, flag.includes("key") ? "tls.key" : flag.includes("token") ? "token" : "tls.crt");
}

interface HeadersVector extends AdapterVector {
  readonly inputs?: readonly string[];
  readonly expect: { readonly headers: Readonly<Record<string, readonly string[]>> };
}

interface HttpVector extends AdapterVector {
  readonly url?: string;
  readonly verb?: string;
  readonly endpoint?: string;
  readonly inputsMs?: readonly number[];
  readonly expect: {
    readonly path?: string;
    readonly baseQueryKept?: boolean;
    readonly bodyType?: string;
    readonly strings?: readonly string[];
  };
}

describe("what prometheus-adapter sends", () => {
  const vectors = adapterVectors<HttpVector>("prom-http");

  test.for(vectors.filter(({ url }) => url !== undefined))("$id", async ({ url = "", verb = "GET", expect: sent }) => {
    const { pathname, search, type } = await received(url, verb);
    expect(pathname).toBe(sent.path);
    // Section 9, row 12: the address keeps its query with GET, too.
    expect(search.includes(new URL(url).search.slice(1))).toBe(true);
    expect(type).toBe(sent.bodyType);
  });

  test.for(vectors.filter(({ inputsMs }) => inputsMs !== undefined))(
    "$id",
    async ({ inputsMs = [], expect: { strings } }) => {
      const starts: (string | null)[] = [];
      const list = createSeriesClient(
        async (question) => {
          starts.push(question.form.get("start"));
          return { ok: false, error: { kind: "timedOut" } };
        },
        { timeoutMs: 1_000, partialAnswers: "accept" },
      );
      for (const ms of inputsMs) await list("up", ms, new AbortController().signal);
      expect(starts).toEqual(strings);
    },
  );
});

/** What a server receives of a query to an address, whatever host it names. */
async function received(url: string, verb: string) {
  const arrived = Promise.withResolvers<IncomingMessage>();
  const loopback = await listen((request, response) => {
    arrived.resolve(request);
    response.end("{}");
  });
  const address = new URL(url);
  address.protocol = "http:";
  address.host = new URL(loopback).host;
  const options = await optionsFor(`--prometheus-url=${address.href}`, `--prometheus-verb=${verb}`);
  if (!options.ok) throw new Error(options.error.join());
  const form = new URLSearchParams({ query: "up" });
  await createPrometheusHttp(options.value)({ path: "query", form }, async () => ok(undefined));
  const { url: target = "", headers } = await arrived.promise;
  const { pathname, search } = new URL(target, "http://p");
  return { pathname, search, type: headers["content-type"] };
}
