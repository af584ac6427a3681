import type { RequestTarget } from "./request-target.ts";

/** One thing that must be well. */
export interface HealthCheck {
  readonly name: string;
  /** What is wrong, for the log; undefined when nothing is. Must not ask the metrics backend: its outage is not ours. */
  readonly problem: () => string | undefined;
}

/** The answer to a health request: 200 or 500, plain text. */
export interface HealthReport {
  readonly code: 200 | 500;
  readonly text: string;
  /** What is wrong, by check, for the log. */
  readonly problems: Readonly<Record<string, string>>;
}

/** What is answered under `/healthz`, `/livez` and `/readyz`. */
export interface Health {
  /** Undefined when the target is no health path, or names a check that does not exist. */
  readonly report: (target: RequestTarget) => HealthReport | undefined;
  /** From now on `/readyz` fails, so that nobody new is sent here. */
  readonly beginShutdown: () => void;
}

/** Whether anonymous clients may ask: the three paths themselves, which kubelets probe, but not single checks. */
export function isOpenHealthPath(path: string): boolean {
  return path === "/healthz" || path === "/livez" || path === "/readyz";
}

/**
 * `live` checks count for all three endpoints, `ready` ones for `/readyz` only. `notes` fail nothing: the long form of
 * `/readyz` says which of them have something to say.
 */
export function createHealth(
  live: readonly HealthCheck[],
  ready: readonly HealthCheck[],
  notes: readonly HealthCheck[] = [],
): Health {
  let shuttingDown = false;
  const ping: HealthCheck = { name: "ping", problem: () => undefined };
  const shutdown: HealthCheck = { name: "shutdown", problem: () => (shuttingDown ? "shutting down" : undefined) };
  const checksByEndpoint = new Map([
    ["healthz", [ping, ...live]],
    ["livez", [ping, ...live]],
    ["readyz", [ping, ...live, ...ready, shutdown]],
  ]);

  return {
    report: ({ segments: [endpoint = "", name, ...rest], query }) => {
      const checks = checksByEndpoint.get(endpoint);
      if (checks === undefined || rest.length > 0) return undefined;
      if (name === undefined) return reportAll(endpoint, checks, endpoint === "readyz" ? notes : [], query);
      const check = checks.find((candidate) => candidate.name === name);
      return check && reportOne(check);
    },
    beginShutdown: () => {
      shuttingDown = true;
    },
  };
}

function reportAll(
  endpoint: string,
  checks: readonly HealthCheck[],
  notes: readonly HealthCheck[],
  query: URLSearchParams,
): HealthReport {
  const excluded = new Set(query.getAll("exclude"));
  const outcomes = checks.map(({ name, problem }) => ({ name, problem: excluded.has(name) ? "excluded" : problem() }));
  const failed = outcomes.filter(({ problem }) => problem !== undefined && problem !== "excluded");
  const unknown = [...excluded].filter((name) => checks.every((check) => check.name !== name));
  const lines = [
    ...outcomes.map(({ name, problem }) => describeOutcome(name, problem)),
    ...notes.flatMap(({ name, problem }) =>
      problem() === undefined ? [] : [`warn: ${name}: the log says what is wrong`],
    ),
    ...(unknown.length === 0 ? [] : [describeUnknown(unknown)]),
    `${endpoint} check ${failed.length === 0 ? "passed" : "failed"}`,
  ];
  const verbose = failed.length > 0 || query.has("verbose");
  return {
    code: failed.length === 0 ? 200 : 500,
    text: verbose ? `${lines.join("\n")}\n` : "ok",
    problems: Object.fromEntries(failed.map(({ name, problem = "" }) => [name, problem])),
  };
}

function reportOne({ name, problem }: HealthCheck): HealthReport {
  const found = problem();
  if (found === undefined) return { code: 200, text: "ok", problems: {} };
  return { code: 500, text: "internal server error: reason withheld\n", problems: { [name]: found } };
}

function describeOutcome(name: string, problem: string | undefined): string {
  if (problem === undefined) return `[+]${name} ok`;
  return problem === "excluded" ? `[+]${name} excluded: ok` : `[-]${name} failed: reason withheld`;
}

function describeUnknown(names: readonly string[]): string {
  return `warn: some health checks cannot be excluded: no matches for ${names.map((name) => JSON.stringify(name)).join(", ")}`;
}
