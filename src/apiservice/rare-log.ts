import type { Log } from "./log.ts";

/**
 * Writes a line that requests could bring about by the thousand. `cause` is one of few words, never a client's: of lines
 * with the same message and cause one is written a minute. Its field `repeated` says how many like it were left out since
 * the one before; absent when none was.
 */
export type LogRarely = (cause: string, ...line: Parameters<Log>) => void;

const minuteMs = 60_000;
const maxTextLength = 2_000;

/** Makes such a log. `now` is a monotonic clock, in milliseconds. Texts are cut to 2,000 characters, room for a stack. */
export function createRareLog(log: Log, now: () => number): LogRarely {
  const lastByCause = new Map<string, { readonly writtenMs: number; readonly repeated: number }>();

  return (cause, level, message, fields = {}) => {
    const key = JSON.stringify([message, cause]);
    const last = lastByCause.get(key);
    if (last !== undefined && now() - last.writtenMs < minuteMs) {
      lastByCause.set(key, { ...last, repeated: last.repeated + 1 });
      return;
    }
    lastByCause.set(key, { writtenMs: now(), repeated: 0 });
    const repeated = last?.repeated ?? 0;
    log(level, message, { ...shorten(fields), ...(repeated === 0 ? {} : { repeated }) });
  };
}

function shorten(fields: Readonly<Record<string, string | number>>): Readonly<Record<string, string | number>> {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" ? value.slice(0, maxTextLength) : value,
  ]);
  return Object.fromEntries(entries) as Readonly<Record<string, string | number>>;
}
