import { describe, expect, test } from "vitest";
import type { MetricError } from "../../src/naming/metric-error.ts";
import { known, promql } from "../../src/promql/expression.ts";
import type { Series } from "../../src/query/prometheus.ts";
import type { Plan } from "../../src/query/snapshot.ts";
import { createSnapshots } from "../../src/query/snapshots.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { createFakeTime } from "./fake-time.ts";

const ttlMs = 10_000;
const maxStaleMs = 60_000;
const deadlineMs = 8_000;
const epochMs = 1_700_000_000_000;

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    const mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    const twice = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((twice ^ (twice >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Question {
  readonly expr: string;
  readonly leftMs: number;
  landedMs: number;
  readonly ok: boolean;
}

interface Heard {
  readonly waitedMs: number;
  /** Undefined for an error. */
  readonly ageMs?: number;
  /** How far its clock is from the truth; positive when it is ahead. */
  readonly offMs?: number;
}

/** Some minutes of requests for four expressions, failures, slow answers and rests. */
async function live(seed: number, maxEntries: number) {
  const random = createRandom(seed);
  const time = createFakeTime();
  const questions: Question[] = [];
  const heard: Heard[] = [];
  let backend = { tookMs: 10, ok: true };

  async function query(expr: string): Promise<Result<readonly Series[], MetricError>> {
    const leftMs = time.now();
    const question: Question = { expr, leftMs, landedMs: Infinity, ok: backend.ok && backend.tookMs <= deadlineMs };
    questions.push(question);
    await time.sleep(Math.min(backend.tookMs, deadlineMs));
    question.landedMs = time.now();
    if (!question.ok) return fail({ kind: "timedOut" });
    const point = { timestampMs: epochMs + leftMs, value: leftMs };
    return ok([{ labels: { namespace: "shop", name: "web-0" }, points: [point] }]);
  }
  const get = createSnapshots({
    query,
    ttlMs,
    maxStaleMs,
    maxSubjects: 10,
    maxEntries,
    now: time.now,
    schedule: (ms, task) => time.schedule(ms + Math.floor(random() ** 3 * 500), task), // timers are late
    signal: new AbortController().signal,
  });

  async function ask(plan: Plan): Promise<void> {
    const sinceMs = time.now();
    const answer = await get(plan);
    const nowMs = time.now();
    const waitedMs = nowMs - sinceMs;
    if (!answer.ok) return void heard.push({ waitedMs });
    const ageMs = nowMs - (answer.value.valueOf("shop", "web-0") ?? NaN);
    heard.push({ waitedMs, ageMs, offMs: (answer.value.timeMs() ?? NaN) - epochMs - nowMs });
  }

  const names = ["a", "b", "c", "d"].map(known);
  for (let step = 0; step < 150; step += 1) {
    const [name = known("a")] = names.slice(Math.floor(random() * names.length));
    if (random() < 0.1) backend = { ok: random() < 0.5, tookMs: Math.floor(random() ** 4 * 12_000) };
    else void ask({ expr: promql`${name}`, namespaceLabel: "namespace", nameLabel: "name" });
    await time.advance(Math.floor(random() ** 3 * 20_000));
  }
  const demandEndedMs = time.now();
  await time.advance(600_000);
  return { questions, heard, time, demandEndedMs };
}

describe("createSnapshots()", () => {
  test.for(Array.from({ length: 60 }, (_, seed) => ({ seed, maxEntries: seed % 2 === 0 ? 10 : 2 })))(
    "keeps its promises whatever happens: %j",
    async ({ seed, maxEntries }) => {
      const { questions, heard, time, demandEndedMs } = await live(seed, maxEntries);
      // What had to be forgotten may be asked for at once.
      const shortest = maxEntries > 4 ? { answer: ttlMs / 2, failure: 1_000 } : { answer: 0, failure: 0 };

      expect(heard.filter(({ ageMs = 0, waitedMs }) => ageMs > maxStaleMs || waitedMs > deadlineMs)).toEqual([]);
      expect(heard.filter(({ offMs = 0 }) => offMs !== 0)).toEqual([]);

      for (const flights of Object.values(Object.groupBy(questions, ({ expr }) => expr))) {
        const rests = (flights ?? []).slice(1).map(({ leftMs }, index) => {
          const before = flights?.[index];
          return { restMs: leftMs - (before?.landedMs ?? 0), ok: before?.ok };
        });
        // A negative rest would be two questions at a time.
        expect(rests.filter((rest) => rest.restMs < (rest.ok === true ? shortest.answer : shortest.failure))).toEqual(
          [],
        );
      }

      expect(time.pending()).toBe(0);
      expect(questions.filter(({ leftMs }) => leftMs > demandEndedMs + 2 * (ttlMs + deadlineMs))).toEqual([]);
    },
  );
});
