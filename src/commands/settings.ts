import { readFile } from "node:fs/promises";
import { parseCipherSuites } from "../apiservice/cipher-suites.ts";
import type { TrustAnchors } from "../apiservice/trust-anchors.ts";
import type { RateLimit } from "../cluster/rate-limit.ts";
import type { Config } from "../config/config.ts";
import { type Flags, parseFlags } from "../config/flags.ts";
import type { PrometheusOptions } from "../query/prometheus.ts";
import { fail, ok, type Result } from "../result.ts";
import { type CheckedConfig, readConfig } from "./config-text.ts";
import { prometheusOptions } from "./prometheus-options.ts";
import { trustFromFlags } from "./trust-flags.ts";

/** Everything that the command line and its files say, checked. */
export interface Settings extends Reloadable {
  readonly flags: Flags;
  /** How often the Kubernetes API is asked for objects and resources; absent for no limit. */
  readonly clientLimit?: RateLimit;
  /** Flags that were given and change nothing here. */
  readonly withoutEffect: readonly string[];
  readonly tls: { readonly ciphers: string | undefined; readonly minVersion: "TLSv1.2" | "TLSv1.3" };
  /** Whom the flags say to trust, beside what the cluster says. */
  readonly trust: TrustAnchors;
  /** How often the series of rules are listed after the last time, and how old they may be, in milliseconds. */
  readonly relist: { readonly intervalMs: number; readonly maxAgeMs: number };
  /** How often the cluster is asked which resources it has, in milliseconds. */
  readonly discoveryIntervalMs: number;
}

/** What changes while the adapter runs: the files that flags name. */
export interface Reloadable extends CheckedConfig {
  readonly prometheus: PrometheusOptions;
  /** The kubeconfig of `--prometheus-auth-config`, whose credentials `prometheus` has; empty without one. */
  readonly authConfig: string;
}

/** Reads the command line and the files that it names, or lists everything that is wrong with them. */
export async function readSettings(argv: readonly string[]): Promise<Result<Settings, readonly string[]>> {
  const commandLine = parseFlags(argv);
  if (!commandLine.ok) return commandLine;
  const { flags, given, withoutEffect } = commandLine.value;
  const reloadable = await readReloadable(flags);
  const tls = tlsOptions(flags);
  const trust = trustFromFlags(flags);
  if (!reloadable.ok || !tls.ok || !trust.ok) {
    return fail([reloadable, tls, trust].flatMap((part) => (part.ok ? [] : part.error)));
  }
  return ok({
    ...reloadable.value,
    flags,
    ...(given.some((name) => name === "client-qps" || name === "client-burst")
      ? { clientLimit: { qps: flags["client-qps"], burst: flags["client-burst"] } }
      : {}),
    withoutEffect,
    tls: tls.value,
    trust: trust.value,
    relist: relistTimes(flags),
    discoveryIntervalMs: flags["discovery-interval"] || 60_000,
  });
}

/** Reads the files whose content counts from the moment that it changes, or lists everything that is wrong with them. */
export async function readReloadable(flags: Flags): Promise<Result<Reloadable, readonly string[]>> {
  const config = readConfig(flags.config);
  // Read first: when it changes meanwhile, it differs from what comes next.
  const authConfig = await readFile(flags["prometheus-auth-config"], "utf8").catch(() => "");
  const prometheus = await prometheusOptions(flags);
  const age = config.ok ? checkMaxAge(flags, config.value.config) : ok(undefined);
  if (!config.ok || !prometheus.ok || !age.ok) {
    return fail([config, prometheus, age].flatMap((part) => (part.ok ? [] : part.error)));
  }
  return ok({ ...config.value, prometheus: prometheus.value, authConfig });
}

/** How often the series of rules are listed, and how old they may be. */
export function relistTimes(flags: Flags): Settings["relist"] {
  const intervalMs = flags["metrics-relist-interval"];
  return { intervalMs, maxAgeMs: flags["metrics-max-age"] || intervalMs };
}

/** Series that end between two lists would never be found. */
function checkMaxAge(flags: Flags, { rules }: Config): Result<undefined, readonly string[]> {
  const { intervalMs, maxAgeMs } = relistTimes(flags);
  if (rules.length === 0 || maxAgeMs >= intervalMs) return ok(undefined);
  const state = `${maxAgeMs / 1_000} s is less than --metrics-relist-interval, ${intervalMs / 1_000} s`;
  return fail([`Cannot use --metrics-max-age: ${state} (max age must not be less than relist interval)`]);
}

const minVersions = new Map([
  ["", "TLSv1.2"],
  ["VersionTLS10", "TLSv1.2"],
  ["VersionTLS11", "TLSv1.2"],
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
