import { isDeepStrictEqual } from "node:util";
import { expect, test } from "vitest";
import { encodeExternalMetricValues, encodeMetricValues } from "../../../src/apiservice/encode.ts";
import { statusFor } from "../../../src/apiservice/metric-status.ts";
import type { MetricError } from "../../../src/naming/metric-error.ts";
import type { ExternalMetricRequest, MetricRequest } from "../../../src/naming/metric-request.ts";
import { parseGroupResource } from "../../../src/naming/group-resource.ts";
import type { Compatibility } from "../../../src/naming/rules/compatibility.ts";
import { createRestMapper } from "../../../src/naming/rules/rest-mapper.ts";
import type { ExternalReading } from "../../../src/query/provider.ts";
import { seriesQueriesOf } from "../../../src/query/rules/live-book.ts";
import { type AdapterVector, adapterFacts, adapterVectors } from "../../support/adapter-vectors.ts";
import { ignore } from "../../support/ignore.ts";
import { type AskedMetric, requestFor, ruleScene, type SceneFacts, selectorOf } from "../../support/rule-scene.ts";

/** What prometheus-adapter answered to whole requests. */

interface Expected {
  readonly status?: unknown;
  readonly items?: unknown;
  readonly queries: readonly string[];
  readonly list?: string;
}

interface GetVector extends AdapterVector, SceneFacts, AskedMetric {
  readonly kind: "get";
  readonly expect: Expected;
}

interface QueryVector extends AdapterVector, SceneFacts, AskedMetric {
  readonly kind: "query";
  readonly names: readonly string[];
  readonly expect: { readonly query?: string; readonly found?: boolean };
}

interface ExternalVector extends AdapterVector, SceneFacts {
  readonly kind: "get-external";
  readonly namespace: string;
  readonly metric: string;
  readonly selector?: string;
  readonly expect: Expected;
}

interface DiscoveryVector extends AdapterVector, SceneFacts {
  readonly kind: "discovery";
  readonly api: "custom" | "external";
  readonly expect: { readonly seriesCalls?: readonly string[] };
}

interface Outcome {
  readonly queries: readonly string[];
  readonly items?: readonly object[];
  readonly status?: object;
}

async function get(vector: SceneFacts & AskedMetric, names = vector.objects): Promise<Outcome> {
  const scene = ruleScene({ ...vector, ...(names === undefined ? {} : { objects: names }) });
  const request = requestFor(vector);
  const answer = await scene.provider.read(request, ignore);
  return {
    queries: scene.queries,
    ...(answer.ok
      ? { items: itemsOf(request, encodeMetricValues("v1beta1", request, answer.value)) }
      : statusOf(answer.error, request)),
  };
}

async function getExternal(vector: ExternalVector, compatibility: Partial<Compatibility> = {}): Promise<Outcome> {
  const scene = ruleScene({ ...vector, compatibility });
  const request = { metric: vector.metric, namespace: vector.namespace, selector: selectorOf(vector.selector) };
  const answer = await scene.provider.readExternal(request, ignore);
  const body = answer.ok ? { items: externalItems(request, answer.value) } : statusOf(answer.error, request);
  return { queries: scene.queries, ...body };
}

function statusOf(error: MetricError, request: MetricRequest | ExternalMetricRequest): Pick<Outcome, "status"> {
  const { code, reason = "", message } = statusFor(error, request);
  return { status: { code, reason, message } };
}

/*
 * Vectors that are answered otherwise are skipped with the row of the peer's defects that says so. What belongs to a row is
 * told by what is asked and answered, not by the vector's name.
 */

/** Values without a quantity are left out; the peer's depend on its processor, and say so in their ids. */
function isRow15({ id }: AdapterVector): boolean {
  return id.includes("amd64");
}

/** The peer cannot write `!=` into its answer. */
function isRow16({ expect: { status } }: GetVector): boolean {
  return JSON.stringify(status ?? "").includes("is not a valid label selector operator");
}

/** Other cluster-scoped resources than the peer's three answer on the root path, too. */
function isRow20({ namespace = "", mapper, resource }: SceneFacts & AskedMetric): boolean {
  const groups = typeof mapper === "string" ? (adapterFacts().mappers[mapper] ?? []) : mapper;
  const found = createRestMapper(groups).resourceFor(parseGroupResource(resource));
  return namespace === "" && found?.namespaced === false && found.group !== "";
}

/** Objects are asked by the label that series have, where the peer asks by one that they do not have. */
function isRow22(theirs: readonly string[], { seriesSet = "" }: SceneFacts, ours: readonly string[]): boolean {
  const [asked, usual] = [wordsOf(ours), wordsOf(theirs)];
  const set = typeof seriesSet === "string" ? (adapterFacts().seriesSets[seriesSet] ?? {}) : seriesSet;
  const series = Object.values(set)
    .flat()
    .filter(({ __name__: name = "" }) => usual.has(name));
  const [label, ...others] = [...usual].filter((word) => !asked.has(word));
  return label !== undefined && others.length === 0 && series.every((labels) => !(label in labels));
}

function wordsOf(texts: readonly string[]): ReadonlySet<string> {
  return new Set(texts.join(" ").match(/\w+/gu));
}

/** A rule that does not say by which label namespaces are told apart works; with the setting for it the answer is the peer's. */
async function isRow26(vector: ExternalVector, { queries }: Outcome): Promise<boolean> {
  const asPeer = await getExternal(vector, { externalNamespaceLabel: "error" });
  return isDeepStrictEqual(asPeer, vector.expect) && queries.length > asPeer.queries.length;
}

test.for(adapterVectors<GetVector>("get"))("get: $id", async (vector, { skip }) => {
  const { list: _, ...expected } = vector.expect;
  const outcome = await get(vector);
  skip(isRow15(vector), "row 15");
  skip(isRow16(vector), "row 16");
  skip(isRow20(vector), "row 20");
  skip(isRow22(expected.queries, vector, outcome.queries), "row 22");
  expect(outcome).toEqual(expected);
});

test.for(adapterVectors<GetVector>("get").filter((vector) => vector.expect.list !== undefined))(
  "list: $id",
  async (vector) => {
    const { provider, lists } = ruleScene(vector);
    await provider.read(requestFor(vector), ignore);
    // Whether the resource is namespaced is said by the path.
    expect(lists).toEqual([vector.expect.list?.replace(/ nsd=\w+/u, "")]);
  },
);

function itemsOf({ metric }: MetricRequest, body: object): readonly object[] {
  const { items } = body as { readonly items: readonly Item[] };
  return items.map(({ describedObject, value, selector }) => {
    return { ...describedObject, metric, value, ...(selector === null ? {} : { selector }) };
  });
}

interface Item {
  readonly describedObject: object;
  readonly value: string;
  readonly selector: object | null;
}

test.for(adapterVectors<QueryVector>("query"))("query: $id", async (vector, { skip }) => {
  const { names, expect: expected } = vector;
  const theirs = expected.query === undefined ? [] : [expected.query];
  const { queries } = await get({ ...vector, name: names.length === 1 ? (names[0] ?? "") : "*" }, names);
  skip(isRow20(vector), "row 20");
  skip(isRow22(theirs, vector, queries), "row 22");
  expect(queries).toEqual(theirs);
});

test.for(adapterVectors<ExternalVector>("get-external"))("get-external: $id", async (vector, { skip }) => {
  const outcome = await getExternal(vector);
  skip(isRow15(vector), "row 15");
  skip(await isRow26(vector, outcome), "row 26");
  expect(outcome).toEqual(vector.expect);
});

/** Times are encoded in whole seconds. */
function externalItems(request: ExternalMetricRequest, readings: readonly ExternalReading[]): readonly object[] {
  const { items } = encodeExternalMetricValues(request, readings) as { readonly items: readonly object[] };
  return readings.map(({ timestampMs }, index) => {
    const { timestamp: _, ...item } = { timestamp: "", ...items[index] };
    return { ...item, timestampMs };
  });
}

test.for(adapterVectors<DiscoveryVector>("discovery").filter((vector) => vector.expect.seriesCalls !== undefined))(
  "seriesCalls: $id",
  (vector) => {
    const { rules, externalRules } = ruleScene(vector).rules;
    const ofApi = vector.api === "custom" ? { rules, externalRules: [] } : { rules: [], externalRules };
    expect(seriesQueriesOf(ofApi).toSorted()).toEqual(vector.expect.seriesCalls?.toSorted());
  },
);
