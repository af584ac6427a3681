type Level = "debug" | "info" | "warning" | "error";

/** Writes one line of the log. */
export type WriteLog = (level: Level, message: string, fields?: Readonly<Record<string, string | number>>) => void;

export interface LogOptions {
  readonly write: (line: string) => void;
  /** The value of `-v`; from 2 on lines of level debug are written, one for each request among them. */
  readonly verbosity: number;
  /** Wall clock, in milliseconds since the Unix epoch. */
  readonly now: () => number;
}

/** Makes a log of JSON lines. JSON escapes what clients sent, so that no text of theirs can look like a line of ours. */
export function createLog({ write, verbosity, now }: LogOptions): WriteLog {
  return (level, message, fields = {}) => {
    if (level === "debug" && verbosity < 2) return;
    const line = JSON.stringify({ time: new Date(now()).toISOString(), level, message, ...fields });
    write(`${line.replace(unprintable, escape)}\n`);
  };
}

/** What JSON lets through and a terminal may obey: DEL, C1 controls, line separators, marks that reverse the direction of text. */
const unprintable = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
