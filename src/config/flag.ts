import { parseDuration } from "../naming/duration.ts";
import { fail, ok, type Result } from "../result.ts";
import { parseGoInteger } from "./go-number.ts";

/** How a flag is written and read. (Its functions are methods, so that a table can hold flags of several types.) */
export interface Flag<T> {
  readonly default: T;
  /** Reads one occurrence; `previous` is what the flag holds so far. Undefined when the text does not fit. */
  read(text: string, previous: T): T | undefined;
  /** What is expected, for the message. */
  readonly expects: string;
  /** Says what is wrong with a value that could be read; absent where none can be. */
  problem?(value: T): string | undefined;
  /** A switch may be given without a value. */
  readonly isSwitch?: true;
  /** The letter that may stand for the name, after one dash; a name of one letter does so itself. */
  readonly letter?: string;
  readonly help: string;
  /** Absent for a flag that is accepted for compatibility and has nothing to change here. */
  readonly used?: true;
  /** For tests: `--help` does not show it. */
  readonly hidden?: true;
}

/** Any text. */
export function text(byDefault: string, help: string): Flag<string> {
  return {
    default: byDefault,
    read: (value) => value,
    expects: "text",
    help,
  };
}

/** Yes or no. */
export function onOff(byDefault: boolean, help: string): Flag<boolean> {
  return {
    default: byDefault,
    // Go's words for it (strconv.ParseBool).
    read: (value) =>
      /^(?:1|t|T|TRUE|true|True)$/u.test(value) || (/^(?:0|f|F|FALSE|false|False)$/u.test(value) ? false : undefined),
    expects: "true or false",
    isSwitch: true,
    help,
  };
}

/** A whole number, as Go writes them: `10`, `0x1f`. */
export function count(byDefault: number, help: string): Flag<number> {
  return {
    default: byDefault,
    read: parseGoInteger,
    expects: "a whole number",
    help,
  };
}

/** A TCP port; 0 is any that is free. */
export function port(byDefault: number, help: string): Flag<number> {
  return {
    ...count(byDefault, help),
    read: (value) => [parseGoInteger(value)].find((number) => number !== undefined && number >= 0 && number <= 65_535),
    expects: "a port, from 0 to 65535",
  };
}

/** A number. */
export function decimal(byDefault: number, help: string): Flag<number> {
  return {
    default: byDefault,
    read: (value) => (/^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/iu.test(value) ? Number(value) : undefined),
    expects: "a number",
    help,
  };
}

/** A span of time, in milliseconds; `leastMs` is the shortest that makes sense. */
export function span(byDefaultMs: number, help: string, leastMs = 0): Flag<number> {
  return {
    default: byDefaultMs,
    read: (value) => {
      const ms = parseDuration(value);
      return ms === undefined || ms < leastMs ? undefined : ms;
    },
    expects: `a duration${leastMs === 0 ? "" : ` of at least ${leastMs / 1_000}s,`} such as "30s" or "1h15m"`,
    help,
  };
}

/** Spans of time, separated by commas, in milliseconds. */
export function spans(help: string): Flag<readonly number[]> {
  return {
    default: [],
    read: (value) => {
      const read = value.split(",").map(parseDuration);
      const known = read.filter((ms) => ms !== undefined);
      return known.length === read.length ? known : undefined;
    },
    expects: 'durations such as "30s,1h15m"',
    help,
  };
}

/** Repeatable and separated by commas; the first occurrence replaces the default. */
export function list(byDefault: readonly string[], help: string): Flag<readonly string[]> {
  return {
    default: byDefault,
    read: (value, previous) => [...(previous === byDefault ? [] : previous), ...value.split(",").filter(Boolean)],
    expects: "a list",
    help,
  };
}

/** Repeatable; commas belong to the value. */
export function each(help: string): Flag<readonly string[]> {
  return {
    default: [],
    read: (value, previous) => [...previous, value],
    expects: "text",
    help,
  };
}

/** One of some words. */
export function choice<const Word extends string>(words: readonly Word[], byDefault: Word, help: string): Flag<Word> {
  return {
    default: byDefault,
    read: (value) => words.find((word) => word === value),
    expects: words.join(", ").replace(/, ([^,]*)$/u, " or $1"),
    help,
  };
}

/** A flag that changes what the program does. */
export function used<T>(flag: Flag<T>): Flag<T> {
  return { ...flag, used: true };
}

/** A flag for tests, which changes what the program does and is not shown. */
export function hidden<T>(flag: Flag<T>): Flag<T> {
  return { ...used(flag), hidden: true };
}

/** Flags by name. */
export type FlagTable = Readonly<Record<string, Flag<unknown>>>;

/** The value of each flag of a table, given or by default; durations are in milliseconds. */
export type FlagValues<Table> = { readonly [Name in keyof Table]: Table[Name] extends Flag<infer T> ? T : never };

/** What a command line says. */
export interface GivenFlags<Table> {
  readonly flags: FlagValues<Table>;
  /** The names of the flags that were given. */
  readonly given: readonly string[];
  /** The words that are no flags, and everything after `--`. */
  readonly positionals: readonly string[];
}

/**
 * Reads flags as pflag does: `--name=value`, `--name value`, `--switch`, `-v=2`, `-v2`; `--` ends them. Every problem is
 * listed; `adviceOn` says what to do about a flag that is not in the table, by its name.
 */
export function readFlags<Table extends FlagTable>(
  table: Table,
  argv: readonly string[],
  adviceOn: (name: string) => string | undefined = () => undefined,
): Result<GivenFlags<Table>, readonly string[]> {
  const values = new Map(Object.entries(table).map(([name, flag]) => [name, flag.default]));
  const given = new Set<string>();
  const positionals: string[] = [];
  const problems: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined && word !== "--"; word = rest.shift()) {
    const [spelling, inline] = splitFlag(word);
    if (spelling === undefined) {
      positionals.push(word);
      continue;
    }
    const [name, flag] = Object.entries(table).find((entry) => isSpelled(entry, spelling)) ?? [];
    if (name === undefined || flag === undefined) {
      const advice = adviceOn(spelling.replace(/^--?/u, ""));
      problems.push(
        `Cannot read ${JSON.stringify(spelling)}: unknown flag${advice === undefined ? "" : `; ${advice}`}`,
      );
      continue;
    }
    const read = readValue(name, flag, inline ?? (flag.isSwitch ? "true" : rest.shift()), values.get(name));
    if (read.ok) values.set(name, read.value);
    else problems.push(read.error);
    given.add(name);
  }
  if (problems.length > 0) return fail(problems);
  // The table gives each name its default and its reader, so the values have the types that it says.
  const flags = Object.fromEntries(values) as FlagValues<Table>;
  return ok({ flags, given: [...given], positionals: [...positionals, ...rest] });
}

/** The dashes and the name, and the value that follows an equal sign, or a letter; nothing for a word that is no flag. */
function splitFlag(word: string): readonly [spelling: string | undefined, inline: string | undefined] {
  const [, spelling, inline] = /^(--?[^=]+)(?:=(.*))?$/su.exec(word) ?? [];
  const [, letter, digits] = /^(-[a-z])(\d+)$/u.exec(word) ?? [];
  return letter === undefined ? [spelling, inline] : [letter, digits];
}

function isSpelled([name, { letter }]: readonly [string, Flag<unknown>], spelling: string): boolean {
  return spelling === `--${name}` || [letter, name].some((short) => short?.length === 1 && spelling === `-${short}`);
}

function readValue(
  name: string,
  flag: Flag<unknown>,
  given: string | undefined,
  previous: unknown,
): Result<unknown, string> {
  const value = given === undefined ? undefined : flag.read(given, previous);
  if (value === undefined) {
    return fail(`Cannot read --${name} ${JSON.stringify(given ?? "")}: expected ${flag.expects}`);
  }
  const problem = flag.problem?.(value);
  return problem === undefined ? ok(value) : fail(`Cannot use --${name} ${JSON.stringify(given)}: ${problem}`);
}

/** Two lines for each flag of a table that changes something: its name and default, and what it does. */
export function describeFlagTable(table: FlagTable): string {
  const effective = Object.entries(table).filter(([, flag]) => flag.used && !flag.hidden);
  return effective
    .map(([name, flag]) => `  ${spellings(name, flag)}${describeDefault(flag)}\n        ${flag.help}\n`)
    .join("");
}

function spellings(name: string, { letter }: Flag<unknown>): string {
  return letter === undefined || letter === name ? `--${name}` : `-${letter}, --${name}`;
}

function describeDefault({ default: value, expects }: Flag<unknown>): string {
  if (value === "" || value === false || (Array.isArray(value) && value.length === 0)) return "";
  if (expects.startsWith("a duration")) return ` (default ${Number(value) / 1_000}s)`;
  return ` (default ${Array.isArray(value) ? value.join(",") : String(value)})`;
}
