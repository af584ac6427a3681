/** Tells people one line of what is going on. */
export type Report = (line: string) => void;

const everyMs = 10_000;

/** Does work that may take long: says so at once, and every ten seconds that it is still at it. */
export async function withProgress<T>(report: Report, doing: string, work: () => Promise<T>): Promise<T> {
  report(doing);
  let elapsedMs = 0;
  const timer = setInterval(() => {
    elapsedMs += everyMs;
    report(`${doing}: ${elapsedMs / 1_000} s`);
  }, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
