import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { parseBundle, type ReadTrust, type TrustAnchors } from "../apiservice/trust-anchors.ts";
import type { Clock } from "../cluster/clock.ts";
import type { Flags } from "../config/flags.ts";
import { fail, ok, type Result } from "../result.ts";

/**
 * Reads whom the flags say to trust: `--client-ca-file` for users' certificates, `--requestheader-client-ca-file` and its
 * companions for the front proxy. Empty without such flags; fails when a file holds no certificate.
 */
export function trustFromFlags(flags: Flags): Result<TrustAnchors, readonly string[]> {
  const clientCa = readBundle(flags, "client-ca-file");
  const proxyCa = readBundle(flags, "requestheader-client-ca-file");
  if (!clientCa.ok || !proxyCa.ok)
    return fail([clientCa, proxyCa].flatMap((bundle) => (bundle.ok ? [] : bundle.error)));
  const names = {
    allowedNames: flags["requestheader-allowed-names"],
    usernameHeaders: flags["requestheader-username-headers"],
    uidHeaders: flags["requestheader-uid-headers"],
    groupHeaders: flags["requestheader-group-headers"],
    extraHeaderPrefixes: flags["requestheader-extra-headers-prefix"],
  };
  return ok({
    ...(clientCa.value === "" ? {} : { clientCa: clientCa.value }),
    ...(proxyCa.value === "" ? {} : { requestHeader: { ca: proxyCa.value, ...names } }),
  });
}

/** What the flags say, followed through changes of their files. */
export interface FlagTrust {
  /** The last good content: the same object as long as nothing has changed. */
  readonly current: ReadTrust;
  /** Looks at the files once a minute until `signal` is aborted, then resolves. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Follows the files of the flags, from what was read of them at the start. `warn` is told once of each problem. */
export function followTrustFlags(
  flags: Flags,
  first: TrustAnchors,
  { sleep, warn }: { readonly sleep: Clock["sleep"]; readonly warn: (problem: string) => void },
): FlagTrust {
  let anchors = first;
  let known: readonly string[] = [];

  function refresh(): void {
    const read = trustFromFlags(flags);
    const problems = read.ok ? [] : read.error;
    for (const problem of problems.filter((each) => !known.includes(each))) warn(problem);
    known = problems;
    if (read.ok && !isDeepStrictEqual(read.value, anchors)) anchors = read.value;
  }

  return {
    current: () => anchors,
    start: async (signal) => {
      while (!signal.aborted) {
        await sleep(lookMs, signal);
        refresh();
      }
    },
  };
}

/** As often as k8s.io/apiserver looks at such files (`DynamicFileCAContent`). */
const lookMs = 60_000;

/** Puts what the flags say in the place of what the cluster says. The same object as long as neither has changed. */
export function trustWithFlags(fromFlags: ReadTrust, fromCluster: ReadTrust): ReadTrust {
  let merged: { readonly of: readonly TrustAnchors[]; readonly anchors: TrustAnchors } | undefined;
  return () => {
    const [cluster, given] = [fromCluster(), fromFlags()];
    if (merged?.of[0] !== cluster || merged.of[1] !== given)
      merged = { of: [cluster, given], anchors: { ...cluster, ...given } };
    return merged.anchors;
  };
}

function readBundle(
  flags: Flags,
  name: "client-ca-file" | "requestheader-client-ca-file",
): Result<string, readonly string[]> {
  const path: string = flags[name];
  if (path === "") return ok("");
  try {
    const pem = readFileSync(path, "utf8");
    const problem = `Cannot use --${name} ${JSON.stringify(path)}: it holds no certificate`;
    return parseBundle(pem).length > 0 ? ok(pem) : fail([problem]);
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return fail([`Cannot read --${name} ${JSON.stringify(path)}: ${detail}`]);
  }
}
