import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { fail, ok, type Result } from "../result.ts";
import { createCertificateAuthority, issueCertificate, type KeyPair } from "./certificates.ts";
import type { Log } from "./log.ts";

/** Where a certificate and its key lie, both PEM. */
export interface KeyPairFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** Where the serving certificate comes from. */
export interface ServingCertificateOptions {
  /** Files that somebody else writes; absent to make a certificate here. */
  readonly files?: KeyPairFiles;
  /** Where a certificate made here is kept, as `apiserver.crt` and `apiserver.key`. */
  readonly certDir: string;
  /** Names and addresses, beside localhost, for a certificate made here: `{service}.{namespace}.svc` and the like. */
  readonly hosts: readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** The certificate that is served. */
export interface ServingCertificate {
  readonly keyPair: KeyPair;
  /**
   * Looks again: the new pair, or undefined when nothing has changed. A pair in files that cannot be used is logged once
   * and the old one stays. Contents are compared, so a swapped symbolic link (a mounted Secret) is noticed.
   */
  readonly refresh: () => Promise<KeyPair | undefined>;
  /** Why clients cannot trust `keyPair` yet; absent where they always can. */
  readonly problem?: () => string | undefined;
  /** Until `refresh` should be called again, in milliseconds; absent: ten seconds. */
  readonly pauseMs?: () => number;
}

/** How long a certificate made here is valid, and how long before its end it is made anew, a running server or not. */
const [validDays, renewalDays] = [365, 90];

/**
 * Finds the certificate to serve: the given files; else a pair in `certDir` that is valid for long enough; else a new one,
 * by an authority that is forgotten at once. One that was made here is renewed before it ends. Fails only when files were
 * given and cannot be used. A `certDir` that cannot be written is no failure.
 */
export async function loadServingCertificate(
  options: ServingCertificateOptions,
): Promise<Result<ServingCertificate, string>> {
  const { files, log } = options;
  if (files !== undefined) {
    const given = await readKeyPair(files);
    return given.ok ? ok(watched(given.value, files, log)) : given;
  }
  return ok(await ownCertificate(options));
}

/** A new pair for `localhost` and `hosts`, valid for a year, by an authority that is forgotten at once. */
export async function makeUntrustedPair(hosts: readonly string[], nowMs: number): Promise<KeyPair> {
  const validity = { nowMs, days: validDays };
  const authority = await createCertificateAuthority(`vm-metrics-adapter-ca-${Math.floor(nowMs / 1_000)}`, validity);
  const names = [...new Set(["localhost", "127.0.0.1", ...hosts])];
  const leaf = await issueCertificate(
    authority,
    { commonName: "vm-metrics-adapter", hosts: names, usages: ["serverAuth"] },
    validity,
  );
  return { certPem: leaf.certPem + authority.certPem, keyPem: leaf.keyPem };
}

async function ownCertificate({ certDir, hosts, log, now }: ServingCertificateOptions): Promise<ServingCertificate> {
  const own = { certFile: join(certDir, "apiserver.crt"), keyFile: join(certDir, "apiserver.key") };
  async function make(): Promise<KeyPair> {
    const made = await makeUntrustedPair(hosts, now());
    const written = await writeKeyPair(made, certDir, own);
    if (!written.ok) log("info", "The serving certificate is kept in memory only", { detail: written.error });
    return made;
  }
  async function latest(current?: KeyPair): Promise<KeyPair> {
    const kept = await readKeyPair(own);
    if (kept.ok && isCurrent(kept.value, now())) return kept.value;
    return current !== undefined && isCurrent(current, now()) ? current : make();
  }
  let served = await latest();
  return {
    keyPair: served,
    refresh: async () => {
      const [before, after] = [served, await latest(served)];
      served = after;
      return isSame(before, after) ? undefined : after;
    },
  };
}

function watched(first: KeyPair, files: KeyPairFiles, log: Log): ServingCertificate {
  let current = first;
  let problem = "";
  return {
    keyPair: first,
    refresh: async () => {
      const latest = await readKeyPair(files);
      if (!latest.ok && latest.error !== problem)
        log("error", "The old serving certificate stays", { detail: latest.error });
      problem = latest.ok ? "" : latest.error;
      if (!latest.ok || isSame(latest.value, current)) return undefined;
      current = latest.value;
      return current;
    },
  };
}

function isSame(a: KeyPair, b: KeyPair): boolean {
  return a.certPem === b.certPem && a.keyPem === b.keyPem;
}

/** A door to files and OpenSSL's parsers, which throw. */
async function readKeyPair({ certFile, keyFile }: KeyPairFiles): Promise<Result<KeyPair, string>> {
  try {
    const [certPem, keyPem] = await Promise.all([readFile(certFile, "utf8"), readFile(keyFile, "utf8")]);
    const matches = new X509Certificate(certPem).checkPrivateKey(createPrivateKey(keyPem));
    createSecureContext({ cert: certPem, key: keyPem }); // reads the whole chain, and throws where a server would
    if (matches) return ok({ certPem, keyPem });
    return fail(
      `Cannot use certificate ${JSON.stringify(certFile)}: key ${JSON.stringify(keyFile)} does not belong to it`,
    );
  } catch (thrown) {
    return fail(`Cannot read certificate ${JSON.stringify(certFile)} and its key: ${describe(thrown)}`);
  }
}

async function writeKeyPair(
  { certPem, keyPem }: KeyPair,
  directory: string,
  { certFile, keyFile }: KeyPairFiles,
): Promise<Result<void, string>> {
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(keyFile, keyPem, { mode: 0o600 });
    await writeFile(certFile, certPem);
    return ok(undefined);
  } catch (thrown) {
    return fail(`Cannot write certificate ${JSON.stringify(certFile)}: ${describe(thrown)}`);
  }
}

function isCurrent({ certPem }: KeyPair, nowMs: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certPem);
  return validFromDate.getTime() <= nowMs && nowMs < validToDate.getTime() - renewalDays * 86_400_000;
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
