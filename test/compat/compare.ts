import { isDeepStrictEqual } from "node:util";
import { fieldAt, isJsonObject } from "../../sandbox/kubernetes-object.ts";
import type { Answer } from "./contestant.ts";
import type { Question } from "./questions.ts";

/** A place at which two answers differ. */
export interface Difference {
  /** `code`, `body.items[0].value`, `promql`. */
  readonly at: string;
  readonly peer: unknown;
  readonly ours: unknown;
}

/** A question, both answers and where they differ. */
export interface Comparison {
  readonly question: Question;
  readonly peer: Answer;
  readonly ours: Answer;
  readonly differences: readonly Difference[];
  /** What this adapter has asked Prometheus so far, for this question and before. */
  readonly known: ReadonlySet<string>;
}

/**
 * Compares two answers to one question: code, body, and what Prometheus was asked for them. Times within that of the request
 * are equal, lists of resources are compared as sets, and a question to Prometheus whose answer is still remembered counts
 * as asked; `known` holds all that this adapter has asked so far.
 */
export function compareAnswers(question: Question, peer: Answer, ours: Answer, known: ReadonlySet<string>): Comparison {
  const differences = [
    ...differencesOf("code", peer.code, ours.code),
    ...differencesOf("body", comparable(peer), comparable(ours)),
    ...orderDifferences(ours),
    ...promqlDifferences(queriesOf(peer), queriesOf(ours), known),
  ];
  return { question, peer, ours, differences, known };
}

/** The PromQL that was asked for an answer. */
export function queriesOf({ asked }: Answer): readonly string[] {
  return asked.filter(({ path }) => path === "/api/v1/query").map(({ text }) => text);
}

/** All places at which two JSON values differ; lists of different lengths differ as a whole. */
export function differencesOf(at: string, peer: unknown, ours: unknown): readonly Difference[] {
  if (isDeepStrictEqual(peer, ours)) return [];
  if (Array.isArray(peer) && Array.isArray(ours) && peer.length === ours.length) {
    return peer.flatMap((item, index) => differencesOf(`${at}[${index}]`, item, ours[index]));
  }
  if (!isJsonObject(peer) || !isJsonObject(ours)) return [{ at, peer, ours }];
  const fields = new Set([...Object.keys(peer), ...Object.keys(ours)]);
  return [...fields].flatMap((field) => differencesOf(`${at}.${field}`, peer[field], ours[field]));
}

function promqlDifferences(
  peer: readonly string[],
  ours: readonly string[],
  known: ReadonlySet<string>,
): readonly Difference[] {
  const isSame = peer.every((text) => known.has(text)) && ours.every((text) => peer.includes(text));
  return isSame ? [] : [{ at: "promql", peer, ours }];
}

/** prometheus-adapter lists metrics in an order that changes; this adapter's is that of the names. */
function orderDifferences({ body }: Answer): readonly Difference[] {
  const resources = fieldAt(body, "resources");
  const names = Array.isArray(resources) ? resources.map((resource) => String(fieldAt(resource, "name"))) : [];
  const inOrder = names.toSorted((a, b) => (a < b ? -1 : 1));
  return isDeepStrictEqual(names, inOrder) ? [] : [{ at: "order", peer: inOrder, ours: names }];
}

function comparable(answer: Answer): unknown {
  const { body } = answer;
  if (fieldAt(body, "kind") === "APIResourceList")
    return { ...(body as object), resources: sorted(fieldAt(body, "resources")) };
  const items = fieldAt(body, "items");
  return Array.isArray(items) ? { ...(body as object), items: items.map((item) => withoutNow(item, answer)) } : body;
}

function sorted(list: unknown): unknown {
  if (!Array.isArray(list)) return list;
  const texts = list.map((value) => JSON.stringify(value)).toSorted();
  return texts.map((text): unknown => JSON.parse(text));
}

/** Times are written in whole seconds. */
function withoutNow(item: unknown, { fromMs, toMs }: Answer): unknown {
  const timestampMs = Date.parse(String(fieldAt(item, "timestamp")));
  const isNow = timestampMs >= Math.floor(fromMs / 1_000) * 1_000 && timestampMs <= toMs;
  return isNow && isJsonObject(item) ? { ...item, timestamp: "now" } : item;
}
