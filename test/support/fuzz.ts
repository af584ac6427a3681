import fc from "fast-check";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import { issueCertificate, type KeyPair } from "../../src/apiservice/certificates.ts";
import type { Log } from "../../src/apiservice/log.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { MetricsProvider, Reading } from "../../src/query/provider.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { type Serving, startApiServer } from "./api-server.ts";
import { anyFault, type Fault } from "./fuzz-answers.ts";
import { faultOf } from "./fuzz-judge.ts";
import { anyRequest, type FuzzedRequest } from "./fuzz-requests.ts";
import { inventory, launcherPod, meta, store, vm, vmi } from "./inventory.ts";
import { providerOn } from "./provider.ts";
import { type Question, startScriptedPrometheus } from "./scripted-prometheus.ts";
import { authority, validity } from "./test-pki.ts";
import { createWireClient, type WireAnswer, type WireClient } from "./wire-client.ts";

/** How much is tried, and from which seed; the same seed tries the same. */
export interface FuzzOptions {
  readonly requests: number;
  readonly seed: number;
}

/** What came of it. */
export interface FuzzReport {
  readonly requests: number;
  /** How many answers there were of each code. */
  readonly codes: Readonly<Record<string, number>>;
  /** The first thing that was wrong: what, the request and the answer; empty when nothing is. */
  readonly counterexample: string;
}

const batch = 25;

/** The questions that a fault concerns. */
const places: readonly (readonly Question[])[] = [["values"], ["values"], ["times"], ["samples", "times", "values"]];

/** Asks a server anything, in front of a provider that answers in every way that it may. */
export async function fuzzRequests(options: FuzzOptions): Promise<FuzzReport> {
  return fuzz(options, fc.array(anyRequest, { minLength: batch, maxLength: batch }), async ({ serve }) => {
    const ask = await serve(anyProvider);
    return async (requests) => {
      for (const request of requests) await ask(request);
    };
  });
}

/** Asks for metrics while Prometheus answers anything. */
export async function fuzzBackend(options: FuzzOptions): Promise<FuzzReport> {
  const some = fc.array(fc.constantFrom(...targets), { minLength: 5, maxLength: 5 });
  const anyPlace = fc.constantFrom<ReadonlySet<Question>>(...places.map((questions) => new Set(questions)));
  const cases = fc.array(fc.tuple(anyFault, anyPlace, some), { minLength: batch / 5, maxLength: batch / 5 });
  return fuzz(options, cases, async ({ serve, own }) => {
    const subjects = ["web-0", "web-1"].map((name) => ({ namespace: "shop", name }));
    const prometheus = own(await startScriptedPrometheus(subjects));
    let provider = providerOn(prometheus.url, world());
    const ask = await serve({
      list: () => provider.list(),
      listExternal: () => provider.listExternal(),
      notice: (metric) => provider.notice(metric),
      read: (...asked) => provider.read(...asked),
      readExternal: (...asked) => provider.readExternal(...asked),
    });
    return async (tries) => {
      for (const [fault, place, asked] of tries) {
        // A new one remembers nothing of what was answered before the fault.
        provider = providerOn(prometheus.url, world());
        prometheus.become((good, question) => (place.has(question) ? fault.apply(good) : good));
        for (const target of asked) {
          const bytes = `GET ${target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good\r\n\r\n`;
          mustBeTrue(await ask({ method: "GET", target, bytes, damaged: false }, fault.what), fault);
        }
      }
    };
  });
}

/** What a run has: a server for a provider, and things that are disposed of at its end. */
interface Run {
  readonly serve: (
    provider: MetricsProvider,
  ) => Promise<(request: FuzzedRequest, given?: string) => Promise<WireAnswer | undefined>>;
  readonly own: <T extends AsyncDisposable>(thing: T) => T;
}

async function fuzz<T>(
  { requests, seed }: FuzzOptions,
  cases: fc.Arbitrary<T>,
  setUp: (run: Run) => Promise<(value: T) => Promise<void>>,
): Promise<FuzzReport> {
  await using stack = new AsyncDisposableStack();
  const [codes, bugs]: [Record<string, number>, string[]] = [{}, []];
  const log: Log = (_level, message, fields) => {
    if (message === "Cannot answer a request") bugs.push(String(fields?.["error"]));
  };
  let asked = 0;
  const trial = await setUp({
    own: (thing) => stack.use(thing),
    serve: async (provider) => {
      const serving = await startServing(provider, log);
      stack.defer(async () => serving.server.stop());
      const client: WireClient = createWireClient(serving.port);
      stack.defer(client.close);
      return async (request, given) => {
        const { method, damaged, bytes } = request;
        const answer = await client.ask(bytes, { hasBody: method !== "HEAD", keep: !damaged });
        asked += 1;
        codes[answer?.code ?? "none"] = (codes[answer?.code ?? "none"] ?? 0) + 1;
        const fault = bugs.pop() ?? faultOf(request, answer);
        if (fault === undefined) return answer;
        throw new Error(`${fault}: ${JSON.stringify({ request, given, answer: answer?.body.toString() })}`);
      };
    },
  });
  const property = fc.asyncProperty(cases, trial);
  const outcome = await fc.check(property, { seed, numRuns: Math.ceil(requests / batch), endOnFailure: true });
  return { requests: asked, codes, counterexample: outcome.failed ? String(outcome.errorInstance) : "" };
}

async function startServing(provider: MetricsProvider, log: Log): Promise<Serving> {
  return startApiServer({
    provider,
    log,
    keyPair: await servingKeyPair(),
    groups: [customMetrics, externalMetrics],
    reviewAccess: () => Promise.resolve(ok({ allowed: true, reason: "" })),
  });
}

async function servingKeyPair(): Promise<KeyPair> {
  const subject = { commonName: "adapter", hosts: ["localhost"], usages: ["serverAuth"] } as const;
  return issueCertificate(await authority("serving-ca"), subject, validity);
}

const values = [0, 1, -2.5, 1e-9, 1 / 3, 2 ** 53, 1e300, -1e300, Number.MIN_VALUE];
const times = [0, 1_704_164_645_678, 253_402_300_799_000];

/** Answers each metric in a way of its own: a value of any size, or one of the errors. */
const anyProvider: MetricsProvider = {
  list: () => [{ resource: { group: "", resource: "pods" }, namespaced: true, metric: "cpu-usageCores" }],
  listExternal: () => ["cpu-usageCores", "guest-memoryUsedBytes"],
  notice: (metric) =>
    (metric.includes("Ratio") ? { since: "0.1", replacedBy: "x", text: "deprecated" } : undefined) as never,
  read: ({ metric, namespace, target, resource }) => {
    const name = target.by === "name" ? target.name : "web-0";
    const object = { apiVersion: "v1", kind: "Pod", name, ...(namespace === undefined ? {} : { namespace }) };
    return answerTo(metric, { kind: "objectNotFound", resource, name }, (figure) => ({ object, ...figure }));
  },
  readExternal: ({ metric, namespace }) => {
    const error: MetricError = { kind: "noExternalValues", metric, namespace, absence: { why: "noMatch" } };
    return answerTo(metric, error, (figure) => ({ labels: { vm: metric }, ...figure }));
  },
};

function answerTo<T>(
  metric: string,
  error: MetricError,
  make: (figure: Omit<Reading, "object">) => T,
): Promise<Result<readonly T[], MetricError>> {
  const hash = Buffer.from(metric).reduce((sum, byte) => (sum * 31 + byte) % 9_973, 7);
  const errors: readonly MetricError[] = [
    error,
    { kind: "backendUnavailable", detail: metric },
    { kind: "backendRejected", detail: metric },
    { kind: "timedOut" },
    { kind: "objectsUnknown", resource: { group: "", resource: "pods" }, detail: "nobody knows" },
    { kind: "unknownExternalMetric", metric, known: ["cpu-usageCores"] },
  ];
  const failed = hash % 3 === 0 ? errors[hash % errors.length] : undefined;
  if (failed !== undefined) return Promise.resolve(fail(failed));
  const [value = 0, timestampMs = 0] = [values[hash % values.length], times[hash % times.length]];
  return Promise.resolve(ok([make({ value, timestampMs, windowSeconds: hash % 100 })]));
}

const custom = "/apis/custom.metrics.k8s.io/v1beta2";
const external = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop";

/** What is asked while Prometheus answers anything: each form, each way to a figure. */
const targets = [
  `${custom}/namespaces/shop/pods/launcher-web-0/cpu-usageCores`,
  `${custom}/namespaces/shop/pods/*/cpu-usageCores`,
  `${custom}/namespaces/shop/virtualmachineinstances.kubevirt.io/web-0/cpu-usageMillicores`,
  `${custom}/namespaces/shop/virtualmachines.kubevirt.io/web-0/guest-memoryUsedBytes`,
  `${custom}/namespaces/shop/virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores`,
  `${custom}/namespaces/shop/virtualmachinepools.pool.kubevirt.io/web/cpu-usageAverageRatio`,
  `${custom}/namespaces/shop/metrics/cpu-usageCores`,
  `${custom}/nodes/node01/cpu-usageCores`,
  `${external}/cpu-usagecores`,
  `${external}/network-receivebytespersecond?labelSelector=vm%3Dweb-0`,
  `${external}/disk_vda-readbytespersecond`,
];

function world() {
  const hourAgo = Date.now() - 3_600_000;
  const old = { createdAtMs: hourAgo, runningSinceMs: hourAgo + 10_000 };
  const names = ["web-0", "web-1"];
  return inventory({
    virtualMachineInstances: store(names.map((name) => vmi(name, old))),
    virtualMachines: store(names.map((name) => vm(name, "pool-web"))),
    virtualMachinePools: store([meta("web", "pool-web")]),
    launcherPods: store(names.map((name) => launcherPod(`launcher-${name}`, name))),
    namespaces: store([{ ...meta("shop", "ns-shop"), namespace: "" }]),
    nodes: store([{ ...meta("node01", "node-1"), namespace: "" }]),
  });
}

/** Where no number has changed on the way, a value is what Prometheus says, or there is none. */
function mustBeTrue(answer: WireAnswer | undefined, fault: Fault): void {
  if (fault.changesNumbers || answer?.code !== 200) return;
  const found = [...answer.body.toString().matchAll(/"value":"([^"]*)"/gu)].map(([, value = ""]) => value);
  const untrue = found.filter((value) => !truths.has(value));
  if (untrue.length > 0) throw new Error(`untrue ${untrue.join()} of ${fault.what}: ${answer.body.toString()}`);
}

/** 1.5 in each form: as it is, in thousandths, of two virtual machines. */
const truths: ReadonlySet<string> = new Set(["1500m", "1500", "3"]);
