import { isDeepStrictEqual } from "node:util";
import type { Clock } from "../cluster/clock.ts";
import type { Flags } from "../config/flags.ts";
import { formatProblem } from "../config/problem.ts";
import { followFiles } from "./follow-files.ts";
import type { Generation } from "./generation.ts";
import type { WriteLog } from "./log.ts";
import { serviceAccountFolder } from "./prometheus-options.ts";
import type { RuleFindings } from "./rules.ts";
import { type Reloadable, readReloadable, type Settings } from "./settings.ts";

/** What changing the configuration needs. */
export interface ReloadDeps {
  /** Puts a configuration in service, beside the one that is and with what that one has found out. */
  readonly begin: (settings: Settings, found?: RuleFindings) => Generation;
  /** Says what is to be said of a configuration when it is taken. */
  readonly tell: (settings: Settings) => void;
  readonly sleep: Clock["sleep"];
  readonly log: WriteLog;
}

/** The configuration that is served, through changes of its files. */
export interface Reload {
  readonly current: () => Generation;
  /** Why the files as they are now are not served; undefined while they are. */
  readonly problem: () => string | undefined;
  /** Follows the files until `signal` is aborted, then resolves. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/**
 * Begins with the first settings, and changes to what the files say whenever they can be served as a whole: a rule that is in
 * error is refused here, because what is served has better ones. Requests go to the new configuration once it knows its
 * series; the flags stay.
 */
export function createReload(first: Settings, { begin, tell, sleep, log }: ReloadDeps): Reload {
  const { flags } = first;
  let current = begin(first);

  const files = followFiles<Reloadable>({
    files: filesOf(flags),
    read: () => readReloadable(flags),
    isServed: (next) => isSame(next, current.settings),
    objections: ({ findings }) =>
      findings.flatMap(({ level, ...problem }) => (level === "error" ? [formatProblem(flags.config, problem)] : [])),
    take: async (next) => {
      const settings = { ...current.settings, ...next };
      const successor = begin(settings, current.findings());
      await successor.settled;
      current.end();
      current = successor;
      log("info", "The configuration has changed", { file: flags.config });
      tell(settings);
    },
    refused: (problems) =>
      log("error", "The configuration has changed and cannot be served; the last good one goes on", {
        detail: problems.join("\n"),
      }),
    sleep,
  });
  return { current: () => current, problem: files.problem, start: files.start };
}

/** The files whose content counts from the moment that it changes; tokens are read for each question. */
function filesOf(flags: Flags): readonly string[] {
  const inCluster = flags["prometheus-auth-incluster"] ? `${serviceAccountFolder}/ca.crt` : "";
  const files = [
    flags.config,
    flags["prometheus-auth-config"],
    flags["prometheus-ca-file"],
    flags["prometheus-client-tls-cert-file"],
    flags["prometheus-client-tls-key-file"],
    inCluster,
  ];
  return files.filter((file) => file !== "");
}

function isSame(next: Reloadable, served: Reloadable): boolean {
  return isDeepStrictEqual(contentOf(next), contentOf(served));
}

function contentOf({ config, prometheus, authConfig }: Reloadable): readonly unknown[] {
  return [config, prometheus.tls, authConfig];
}
