import { setTimeout as delay } from "node:timers/promises";

/** Asks every half second until the answer satisfies; after `seconds` the test fails with the last answer. */
export async function until<T>(ask: () => Promise<T>, satisfies: (answer: T) => boolean, seconds: number): Promise<T> {
  const endMs = performance.now() + seconds * 1_000;
  for (;;) {
    const answer = await ask();
    if (satisfies(answer)) return answer;
    if (performance.now() > endMs) throw new Error(`Not so after ${seconds} s: ${JSON.stringify(answer)}`);
    await delay(500);
  }
}

/** Asks every half second for `seconds`; returns all answers. */
export async function during<T>(ask: () => Promise<T>, seconds: number): Promise<readonly T[]> {
  const endMs = performance.now() + seconds * 1_000;
  const answers: T[] = [];
  while (performance.now() < endMs) {
    answers.push(await ask());
    await delay(500);
  }
  return answers;
}
