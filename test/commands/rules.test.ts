import { describe, expect, test, vi } from "vitest";
import type { KubernetesClient } from "../../src/cluster/kubernetes-client.ts";
import { type RuleFindings, type ServedRules, serveRules } from "../../src/commands/rules.ts";
import { parseConfig } from "../../src/config/file.ts";
import { createQuery } from "../../src/query/prometheus.ts";
import { createPrometheusHttp } from "../../src/query/prometheus-http.ts";
import { fail, ok } from "../../src/result.ts";
import { createFakeClock, type FakeClock } from "../cluster/fake-clock.ts";
import { ignore } from "../support/ignore.ts";
import { inventory } from "../support/inventory.ts";
import { listen } from "../support/listen.ts";
import { prometheusAt } from "../support/provider.ts";
import { requestFor } from "../support/rule-scene.ts";

const config = `
rules:
- seriesQuery: up
  resources: {template: "<<.Resource>>"}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
- seriesQuery: things
  resources: {overrides: {thing: {resource: thing}}}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>}) by (<<.GroupBy>>)
externalRules:
- seriesQuery: up
  resources: {namespaced: false}
  name: {as: all_up}
  metricsQuery: sum(<<.Series>>{<<.LabelMatchers>>})
`;

/** What Prometheus says to a path of its API; undefined for no answer. */
type Say = (path: string, form: URLSearchParams) => object | undefined;

/** In place of an answer that does not come. */
const never = {};

const good: Say = (path, form) => {
  if (path === "/api/v1/series") {
    const name = form.get("match[]") ?? "";
    return { status: "success", data: [{ __name__: name, namespace: "shop", pod: "a", thing: "t" }] };
  }
  return { status: "success", data: { resultType: "vector", result: [{ metric: { pod: "a" }, value: [1, "2"] }] } };
};

interface Scene {
  readonly served: ServedRules;
  readonly clock: FakeClock;
  readonly lines: readonly string[];
  readonly asked: readonly string[];
  readonly say: (say: Say) => void;
  /** Adds resources to those that the cluster serves. */
  readonly install: (...resources: readonly string[]) => void;
}

async function scene(file = config, first: Say = good, found?: RuleFindings): Promise<Scene> {
  const parsed = parseConfig(file, () => undefined);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  let say = first;
  const asked: string[] = [];
  const url = await listen((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://prometheus");
    asked.push(`${pathname} ${searchParams.get("match[]") ?? searchParams.get("query") ?? ""}`);
    const answer = say(pathname, searchParams);
    if (answer === undefined) response.destroy();
    else if (answer !== never) response.writeHead("error" in answer ? 400 : 200).end(JSON.stringify(answer));
  });
  const prometheus = { ...prometheusAt(url), method: "GET" } as const;
  const resources = ["pods", "namespaces"];
  const clock = createFakeClock();
  const lines: string[] = [];
  const served = serveRules(
    { config: parsed.value, relist: { intervalMs: 60_000, maxAgeMs: 60_000 }, discoveryIntervalMs: 60_000 },
    {
      client: cluster(resources),
      inventory: inventory(),
      clock,
      wallClock: Date.now,
      log: (level, message, fields = {}) => lines.push([level, message, ...Object.values(fields)].join(" ")),
      query: createQuery(prometheus, "accept"),
      ask: createPrometheusHttp(prometheus),
      signal: new AbortController().signal,
    },
    found,
  );
  return {
    served,
    clock,
    lines,
    asked,
    say: (next) => {
      say = next;
    },
    install: (...more) => resources.push(...more),
  };
}

/** A Kubernetes API that serves these resources of the core group, and lists object `a` of each. */
function cluster(resources: readonly string[]): KubernetesClient {
  return {
    request: ({ path }) => {
      const named = resources.map((name) => ({ name, singularName: name.slice(0, -1), kind: name, namespaced: true }));
      const documents: Readonly<Record<string, unknown>> = {
        "/api": { versions: ["v1"] },
        "/api/v1": { resources: named },
        "/apis": { groups: [] },
        "/api/v1/namespaces/shop/pods": { items: [{ metadata: { name: "a" } }] },
      };
      const body = documents[path];
      return Promise.resolve(body === undefined ? fail({ kind: "notFound", detail: path }) : ok({ status: 200, body }));
    },
    stream: () => Promise.reject(new Error("nothing is watched")),
  };
}

function names({ provider }: ServedRules): readonly string[] {
  return provider.list().map(({ resource, metric }) => `${resource.resource}/${metric}`);
}

function failures(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.includes("Cannot list the series of a rule"));
}

describe("serveRules()", () => {
  test("serves metrics once resources and series are known", async () => {
    const { served } = await scene();
    expect([names(served), served.problem()]).toEqual([[], "the first list of series is on its way"]);
    await served.settled;
    expect([names(served), served.problem()]).toEqual([["namespaces/up", "pods/up"], undefined]);
    expect(served.provider.listExternal()).toEqual(["all_up"]);
    const request = requestFor({ resource: "pods", namespace: "shop", name: "*", metric: "up" });
    expect(await served.provider.read(request, ignore)).toMatchObject({ value: [{ object: { name: "a" }, value: 2 }] });
  });

  test("lists what both sections look for once", async () => {
    const { served, asked } = await scene();
    await served.settled;
    expect(asked.toSorted()).toEqual(["/api/v1/series things", "/api/v1/series up"]);
  });

  test("asks nobody anything without rules", async () => {
    const { served, asked } = await scene("{}");
    await served.settled;
    expect([served.problem(), asked]).toEqual([undefined, []]);
  });

  test("is settled by a query that Prometheus refuses: the others are served", async () => {
    const { served, lines } = await scene(config, (path, form) =>
      form.get("match[]") === "things" ? { status: "error", errorType: "bad_data", error: "parse" } : good(path, form),
    );
    await served.settled;
    expect(names(served)).toEqual(["namespaces/up", "pods/up"]);
    expect(lines).toContainEqual(expect.stringContaining("error Cannot list the series of a rule things"));
  });

  test("serves what has been listed while a slow query is on its way", async () => {
    const { served, clock, asked } = await scene(config, (path, form) =>
      form.get("match[]") === "things" ? never : good(path, form),
    );
    await vi.waitUntil(() => asked.length === 2 && clock.pauses.includes(1_000));
    expect(served.problem()).toBeDefined();
    clock.advance(1_000);
    await expect.poll(() => names(served)).toEqual(["namespaces/up", "pods/up"]);
  });

  test("begins with what was found before, whatever Prometheus does", async () => {
    const { served: before } = await scene();
    await before.settled;
    const { served } = await scene(config, () => never, before.findings());
    await served.settled;
    expect([names(served), served.problem()]).toEqual([["namespaces/up", "pods/up"], undefined]);
  });

  test("hands on what was found before by way of a configuration without rules", async () => {
    const { served: before } = await scene();
    await before.settled;
    const { served: between } = await scene("{}", good, before.findings());
    expect(between.findings().groups).toEqual(before.findings().groups);
  });

  test("is settled after half a minute when Prometheus does not answer, and serves what it can later", async () => {
    const { served, clock, say, lines } = await scene(config, () => undefined);
    await vi.waitUntil(() => failures(lines).length === 2);
    expect(served.problem()).toBeDefined();
    say(good);
    clock.advance(29_000);
    await vi.waitUntil(() => names(served).length > 0);
    expect(served.problem()).toBeUndefined();
  });

  test("is settled after half a minute when nothing answers", async () => {
    const { served, clock, lines } = await scene(config, () => undefined);
    await vi.waitUntil(() => failures(lines).length === 2);
    clock.advance(30_000);
    await served.settled;
    expect([names(served), served.problem()]).toEqual([[], undefined]);
  });

  test("waits for a resource that does not exist yet, and says so", async () => {
    const { served, clock, lines, install } = await scene();
    await served.settled;
    const warning = "A rule names a resource that the cluster does not have";
    expect(lines.filter((line) => line.includes(warning))).toHaveLength(1);
    install("things");
    await vi.waitUntil(() => clock.pauses.includes(10_000));
    clock.advance(10_000);
    await vi.waitUntil(() => clock.pauses.includes(50_000));
    clock.advance(50_000);
    await expect.poll(() => names(served)).toContain("things/things");
  });

  test("looks for a resource at once when somebody asks for it", async () => {
    const { served, clock, install } = await scene();
    await served.settled;
    await vi.waitUntil(() => clock.pauses.includes(10_000));
    clock.advance(10_000);
    await vi.waitUntil(() => clock.pauses.includes(50_000));
    install("things");
    await served.provider.read(
      requestFor({ resource: "things", namespace: "shop", name: "t", metric: "things" }),
      ignore,
    );
    await expect.poll(() => names(served)).toContain("things/things");
  });
});
