import { parseCipherSuites } from "../apiservice/cipher-suites.ts";
import type { TrustAnchors } from "../apiservice/trust-anchors.ts";
import type { Problem } from "../config/problem.ts";
import type { Config } from "../config/schema.ts";
import { type Flags, parseFlags } from "../config/flags.ts";
import type { PrometheusOptions } from "../query/prometheus.ts";
import { fail, ok, type Result } from "../result.ts";
import { readConfig } from "./config-text.ts";
import { prometheusOptions } from "./prometheus-options.ts";
import { trustFromFlags } from "./trust-flags.ts";

/** Everything that the command line and its files say, checked. */
export interface Settings {
  readonly flags: Flags;
  /** Flags that were given and change nothing here. */
  readonly withoutEffect: readonly string[];
  readonly config: Config;
  /** What in the configuration file changes nothing. */
  readonly idle: readonly Problem[];
  readonly prometheus: PrometheusOptions;
  readonly tls: { readonly ciphers: string | undefined; readonly minVersion: "TLSv1.2" | "TLSv1.3" };
  /** Whom the flags say to trust, beside what the cluster says. */
  readonly trust: TrustAnchors;
}

/** Reads the command line and the files that it names, or lists everything that is wrong with them. */
export async function readSettings(argv: readonly string[]): Promise<Result<Settings, readonly string[]>> {
  const commandLine = parseFlags(argv);
  if (!commandLine.ok) return commandLine;
  const { flags, withoutEffect } = commandLine.value;
  const config = readConfig(flags.config);
  const prometheus = await prometheusOptions(flags);
  const tls = tlsOptions(flags);
  const trust = trustFromFlags(flags);
  if (config.ok && prometheus.ok && tls.ok && trust.ok) {
    const values = { ...config.value, prometheus: prometheus.value, tls: tls.value, trust: trust.value };
    return ok({ flags, withoutEffect, ...values });
  }
  return fail([config, prometheus, tls, trust].flatMap((part) => (part.ok ? [] : part.error)));
}

const minVersions = new Map([
  ["", "TLSv1.2"],
  ["VersionTLS12", "TLSv1.2"],
  ["VersionTLS13", "TLSv1.3"],
] as const);

function tlsOptions(flags: Flags): Result<Settings["tls"], readonly string[]> {
  const ciphers = parseCipherSuites(flags["tls-cipher-suites"]);
  const wanted: string = flags["tls-min-version"];
  const minVersion = [...minVersions].find(([name]) => name === wanted)?.[1];
  if (!ciphers.ok) return fail([ciphers.error]);
  if ((flags["tls-cert-file"] === "") !== (flags["tls-private-key-file"] === "")) {
    return fail(["Cannot use --tls-cert-file and --tls-private-key-file: each needs the other"]);
  }
  if ((flags["tls-secret"] === "") !== (flags["tls-service"] === "")) {
    return fail(["Cannot use --tls-secret and --tls-service: each needs the other"]);
  }
  if (minVersion !== undefined) return ok({ ciphers: ciphers.value, minVersion });
  return fail([`Cannot use --tls-min-version ${JSON.stringify(wanted)}: expected VersionTLS12 or VersionTLS13`]);
}
