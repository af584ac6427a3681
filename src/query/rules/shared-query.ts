import type { QueryText } from "../prometheus.ts";

export interface SharingOptions {
  /** How long an answer is remembered, in milliseconds. */
  readonly rememberMs: number;
  /** So many series are remembered in all, and at most as many answers; an answer that would be beyond that is shared only while it is on its way. */
  readonly maxSeries: number;
  /** Resolves early, and never rejects, when its own signal is aborted. */
  readonly sleep: (ms: number) => Promise<void>;
}

/**
 * Asks equal queries once: who comes while one is under way shares it, and its answer serves whoever comes shortly after; then
 * it leaves memory. A failure is shared, too, but not remembered.
 */
export function shareQueries(query: QueryText, { rememberMs, maxSeries, sleep }: SharingOptions): QueryText {
  const answers = new Map<string, ReturnType<QueryText>>();
  let remembered = 0;

  async function ask(text: string): ReturnType<QueryText> {
    const answer = await query(text);
    const size = answer.ok && "series" in answer.value ? Math.max(1, answer.value.series.length) : 1;
    if (answer.ok && remembered + size <= maxSeries) void forget(text, size);
    else answers.delete(text);
    return answer;
  }

  async function forget(text: string, size: number): Promise<void> {
    remembered += size;
    await sleep(rememberMs);
    remembered -= size;
    answers.delete(text);
  }

  return async (text) => {
    const answer = answers.get(text) ?? ask(text);
    answers.set(text, answer);
    return answer;
  };
}
