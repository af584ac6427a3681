/** Writes a line for the person at the terminal. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const startedMs = performance.now();

/** Writes a line of progress, with the seconds since the command was started. */
export function say(line: string): void {
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  process.stderr.write(`[${seconds.padStart(5)} s] ${line}\n`);
}

/** The time of day: `12:30:05`. */
export function clockTime(): string {
  return new Date().toTimeString().slice(0, 8);
}

/** `1.50 cores`. */
export function cores(value: number): string {
  return `${value.toFixed(2)} cores`;
}
