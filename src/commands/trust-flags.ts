import { readFileSync } from "node:fs";
import type { ReadTrust, TrustAnchors } from "../apiservice/trust-anchors.ts";
import type { Flags } from "../config/flags.ts";

/**
 * Puts what the flags say in the place of what the cluster says: `--client-ca-file` for users' certificates,
 * `--requestheader-client-ca-file` and its companions for the front proxy. Throws when a file cannot be read.
 */
export function trustWithFlags(flags: Flags, fromCluster: ReadTrust): ReadTrust {
  const given = anchorsOf(flags);
  if (Object.keys(given).length === 0) return fromCluster;
  let merged: { readonly of: TrustAnchors; readonly anchors: TrustAnchors } | undefined;
  return () => {
    const cluster = fromCluster();
    if (merged?.of !== cluster) merged = { of: cluster, anchors: { ...cluster, ...given } };
    return merged.anchors;
  };
}

function anchorsOf(flags: Flags): TrustAnchors {
  const clientCa = flags["client-ca-file"];
  const proxyCa = flags["requestheader-client-ca-file"];
  return {
    ...(clientCa === "" ? {} : { clientCa: readFileSync(clientCa, "utf8") }),
    ...(proxyCa === ""
      ? {}
      : {
          requestHeader: {
            ca: readFileSync(proxyCa, "utf8"),
            allowedNames: flags["requestheader-allowed-names"],
            usernameHeaders: flags["requestheader-username-headers"],
            uidHeaders: [],
            groupHeaders: flags["requestheader-group-headers"],
            extraHeaderPrefixes: flags["requestheader-extra-headers-prefix"],
          },
        }),
  };
}
