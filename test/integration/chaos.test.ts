import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Adapter, startAdapter } from "../../sandbox/adapter.ts";
import { type SmallWorld, startSmallWorld } from "../../sandbox/small-world.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "../support/faulty-proxy.ts";
import { until } from "../support/until.ts";

const api = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/chaos";
const clients = 20;
const ttlSeconds = 0.5;
const maxStaleSeconds = 3;
const maxAgeSeconds = 10;
const deadlineSeconds = 3;
/** For a machine that does other things, too. */
const noiseSeconds = 2;

/** What is asked for, and what is true all the time. */
const truths: Readonly<Record<string, number>> = {
  "virtualmachines.kubevirt.io/web-0/cpu-usageCores": 1,
  "virtualmachines.kubevirt.io/web-1/guest-memoryUsedBytes": 512 * 1024 ** 2,
  "virtualmachinepools.pool.kubevirt.io/web/cpu-usageCores": 2,
  "virtualmachinepools.pool.kubevirt.io/web/network-receiveBytesPerSecond": 40_000,
};

/** What a client heard. */
interface Heard {
  readonly path: string;
  readonly code: number;
  readonly seconds: number;
  /** Absent for a refusal. */
  readonly value?: number;
  readonly ageSeconds?: number;
  /** Why there is no value. */
  readonly message?: string;
}

let supervisor: Supervisor;
let world: SmallWorld;
let proxy: FaultyProxy;
let adapter: Adapter;
const demand = new AbortController();
const heard: Heard[] = [];

beforeAll(async () => {
  supervisor = createSupervisor();
  const directory = await temporaryFolder(supervisor);
  const config = {
    vms: { window: "5s", maxAge: `${maxAgeSeconds}s` },
    cache: { ttl: `${ttlSeconds * 1_000}ms`, maxStale: `${maxStaleSeconds}s` },
    serving: { deadline: `${deadlineSeconds}s`, shutdownDelay: "0s" },
  };
  world = await startSmallWorld({ directory, supervisor, report: () => undefined, config });
  proxy = await supervisor.own(await startFaultyProxy(world.prometheus.url));
  adapter = await startAdapter({
    directory: join(directory, "behind-the-proxy"),
    kubeconfig: world.kubernetes.kubeconfig,
    prometheusUrl: proxy.url,
    config,
    signal: supervisor.signal,
  });
  await supervisor.own(adapter);
  await world.kubevirt.createPool({ namespace: "chaos", name: "web", replicas: 2 });
  const load = { coresPerVm: 1, memoryUsedBytesPerVm: 512 * 1024 ** 2, receiveBytesPerSecondPerVm: 20_000 };
  world.kubevirt.setPoolLoad("chaos", "web", load);
  await delay(8_000); // until they are older than a window, so that questions stay the same
  for (let client = 0; client < clients; client += 1) void keepAsking();
  await answersAreBackWithin(20);
});

afterAll(async () => {
  demand.abort();
  await supervisor.stop();
});

async function keepAsking(): Promise<void> {
  const paths = Object.keys(truths);
  while (!demand.signal.aborted) {
    const path = paths[Math.floor(Math.random() * paths.length)] ?? "";
    heard.push(await ask(path));
    await delay(Math.random() * 300);
  }
}

async function ask(path: string): Promise<Heard> {
  const startMs = performance.now();
  const { code, body } = await adapter.get(`${api}/${path}`, "demo");
  const seconds = (performance.now() - startMs) / 1_000;
  const { items, message } = JSON.parse(body) as {
    readonly items?: readonly [{ readonly value: string; readonly timestamp: string }];
    readonly message?: string;
  };
  if (items === undefined) return { path, code, seconds, ...(message === undefined ? {} : { message }) };
  const [{ value, timestamp }] = items;
  return { path, code, seconds, value: toNumber(value), ageSeconds: (Date.now() - Date.parse(timestamp)) / 1_000 };
}

function toNumber(quantity: string): number {
  const [, number, suffix = ""] = /^(\d+)([mk]?)$/u.exec(quantity) ?? [];
  return Number(number) * ({ m: 0.001, k: 1_000 }[suffix] ?? 1);
}

/** What the clients hear while something goes on. */
async function heardWhile(event: () => Promise<unknown>): Promise<readonly Heard[]> {
  const start = heard.length;
  await event();
  return heard.slice(start);
}

/** Resolves when each of the paths has had a value since the call. */
async function answersAreBackWithin(seconds: number): Promise<void> {
  const start = heard.length;
  const endMs = performance.now() + seconds * 1_000;
  function missing(): readonly string[] {
    return Object.keys(truths).filter(
      (path) => !heard.slice(start).some((each) => each.path === path && isValue(each)),
    );
  }
  while (missing().length > 0) {
    const last = heard.findLast(({ path }) => path === missing()[0]);
    if (performance.now() > endMs) throw new Error(`No value within ${seconds} s: ${JSON.stringify(last)}`);
    await delay(50);
  }
}

function isValue({ value }: Heard): boolean {
  return value !== undefined;
}

/** The first that breaks a promise: a value is true and as old as allowed, a refusal says what is wrong, both in time. */
function dishonest(answers: readonly Heard[]): Heard | undefined {
  const reasons =
    /^unable to fetch metrics: Prometheus |^the server could not find the metric \S+ for .+: .+|within the allotted/u;
  return answers.find(({ path, code, value, ageSeconds = 0, message = "", seconds }) => {
    const truth = truths[path] ?? NaN;
    const isTrue = code === 200 && value !== undefined && Math.abs(value - truth) <= truth * 0.1;
    const isFresh = ageSeconds <= maxAgeSeconds + 1; // timestamps are cut to seconds
    const isRefusal = [404, 500, 503, 504].includes(code) && reasons.test(message);
    return !((isTrue && isFresh) || isRefusal) || seconds > deadlineSeconds + noiseSeconds;
  });
}

/** For so many seconds, then everything is well again. */
async function suffer(fault: Fault, seconds: number): Promise<void> {
  proxy.become(fault);
  await delay(seconds * 1_000);
  proxy.become("none");
}

const faults: readonly Fault[] = [
  "cut",
  "broken",
  "truncated",
  "error",
  "page",
  "login",
  "warnings",
  "partial",
  "slow",
];

describe("while clients go on asking", () => {
  test.for(faults)("a short fault (%s) is not noticed", async (fault) => {
    const before = heard.length;
    const answers = await heardWhile(async () => {
      await suffer(fault, 0.6);
      // What was asked during a slow one is answered after it, and has to be looked at, too.
      await until(
        () => Promise.resolve(heard.length - before),
        (count) => count > clients,
        deadlineSeconds,
      );
    });
    expect(answers.length).toBeGreaterThan(clients);
    expect(dishonest(answers)).toBeUndefined();
    expect(answers.find((answer) => !isValue(answer))).toBeUndefined();
    await delay(1.5 * ttlSeconds * 1_000); // the longest pause, and an answer
  });

  test("a long one is an error that says what is wrong, and does not multiply questions", async () => {
    const questionsBefore = proxy.questions();
    const seconds = maxStaleSeconds + 2;
    const answers = await heardWhile(async () => suffer("cut", seconds));
    expect(dishonest(answers)).toBeUndefined();
    const last = answers.slice(-clients);
    expect(last.filter(({ code }) => code !== 503)).toEqual([]);
    expect(new Set(last.map(({ message }) => message))).toEqual(
      new Set(["unable to fetch metrics: Prometheus cannot be reached; the log of vm-metrics-adapter says more"]),
    );
    // Heartbeats and values of three metrics; pauses are as long as the time to live.
    expect(proxy.questions() - questionsBefore).toBeLessThan(((8 * seconds) / ttlSeconds) * 1.5);
    expect(dishonest(await heardWhile(async () => answersAreBackWithin(ttlSeconds + noiseSeconds)))).toBeUndefined();
  });

  test("a Prometheus that hangs delays nobody beyond the deadline", async () => {
    const answers = await heardWhile(async () => {
      process.kill(world.prometheus.pid(), "SIGSTOP");
      await delay(2_500);
      process.kill(world.prometheus.pid(), "SIGCONT");
      await answersAreBackWithin(deadlineSeconds + noiseSeconds);
    });
    expect(dishonest(answers)).toBeUndefined();
    expect(answers.filter(isValue).length).toBeGreaterThan(clients);
  });

  test("a Prometheus that comes back empty gives no figure until it has one", async () => {
    const answers = await heardWhile(async () => {
      await world.prometheus.stop();
      await rm(join(world.prometheus.directory, "data"), { recursive: true });
      await world.prometheus.restart();
      await delay(5_000); // it scrapes nothing before
      await answersAreBackWithin(20);
    });
    expect(dishonest(answers)).toBeUndefined();
    expect(answers.find((answer) => !isValue(answer))).toBeDefined();
  });

  test("nobody asks Prometheus when the clients have ended", async () => {
    demand.abort();
    await delay((2 * ttlSeconds + noiseSeconds) * 1_000);
    const questions = proxy.questions();
    await delay(4 * ttlSeconds * 1_000);
    expect(proxy.questions()).toBe(questions);
    expect(questions).toBeLessThan(heard.length);
  });
});
