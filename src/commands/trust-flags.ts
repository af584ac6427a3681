import { readFileSync } from "node:fs";
import { parseBundle, type ReadTrust, type TrustAnchors } from "../apiservice/trust-anchors.ts";
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
    uidHeaders: [],
    groupHeaders: flags["requestheader-group-headers"],
    extraHeaderPrefixes: flags["requestheader-extra-headers-prefix"],
  };
  return ok({
    ...(clientCa.value === "" ? {} : { clientCa: clientCa.value }),
    ...(proxyCa.value === "" ? {} : { requestHeader: { ca: proxyCa.value, ...names } }),
  });
}

/** Puts what the flags say in the place of what the cluster says. The same object as long as nothing has changed. */
export function trustWithFlags(given: TrustAnchors, fromCluster: ReadTrust): ReadTrust {
  if (Object.keys(given).length === 0) return fromCluster;
  let merged: { readonly of: TrustAnchors; readonly anchors: TrustAnchors } | undefined;
  return () => {
    const cluster = fromCluster();
    if (merged?.of !== cluster) merged = { of: cluster, anchors: { ...cluster, ...given } };
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
