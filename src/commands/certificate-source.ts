import { hostname } from "node:os";
import { apiGroups } from "../apiservice/api-group.ts";
import { createCredentials } from "../apiservice/credentials.ts";
import type { RotationTimes } from "../apiservice/rotation-step.ts";
import type { ApiServer } from "../apiservice/server.ts";
import { loadServingCertificate, type ServingCertificate } from "../apiservice/serving-certificate.ts";
import { createSharedCertificate } from "../apiservice/shared-certificate.ts";
import { createCertificateObjects } from "../cluster/certificate-objects.ts";
import type { Clock } from "../cluster/clock.ts";
import type { KubernetesClient } from "../cluster/kubernetes-client.ts";
import type { Flags } from "../config/flags.ts";
import type { MetricsApi } from "../naming/metrics-api.ts";
import { ok, type Result } from "../result.ts";
import type { WriteLog } from "./log.ts";

/** What the serving certificate is found with. */
export interface CertificateSourceOptions {
  readonly flags: Flags;
  /** Reads and writes the Secret and the APIServices, if the flags name a Secret. */
  readonly client: KubernetesClient;
  /** The APIs whose APIServices are to trust it. */
  readonly apis: readonly MetricsApi[];
  readonly clock: Pick<Clock, "random">;
  /** Unix, in milliseconds. */
  readonly now: () => number;
  readonly log: WriteLog;
}

const dayMs = 86_400_000;

/** `roundMs` is the pause between two looks at the Secret and the APIServices. */
const usualTimes = { authorityMs: 365 * dayMs, leafMs: 30 * dayMs, agingMs: 5 * 60_000, roundMs: 10_000 };

const checkMs = 10_000;

/**
 * The certificate of the files in `--tls-cert-file`; else of the Secret in `--tls-secret`; else one that is made in
 * `--cert-dir` or in memory. Fails only when files were given and cannot be used.
 */
export async function findServingCertificate(
  options: CertificateSourceOptions,
): Promise<Result<ServingCertificate, string>> {
  const { flags, now, log } = options;
  const [certFile, keyFile] = [flags["tls-cert-file"], flags["tls-private-key-file"]];
  if (certFile === "" && flags["tls-secret"] !== "") return ok(await sharedCertificate(options));
  return loadServingCertificate({
    ...(certFile === "" ? {} : { files: { certFile, keyFile } }),
    certDir: flags["cert-dir"],
    hosts: [hostname()],
    now,
    log,
  });
}

async function sharedCertificate({
  flags,
  client,
  apis,
  clock,
  now,
  log,
}: CertificateSourceOptions): Promise<ServingCertificate> {
  const [namespace = "", name = ""] = flags["tls-secret"].split("/");
  const [serviceNamespace = "", serviceName = ""] = flags["tls-service"].split("/");
  const { roundMs, ...times } = timesOf(flags);
  const { readSecret, readApiServices } = createCertificateObjects({
    client,
    secret: { namespace, name },
    apiServices: apiGroups(apis).flatMap((group) => group.versions.map((version) => `${version}.${group.name}`)),
  });
  return createSharedCertificate({
    readSecret,
    readApiServices,
    service: flags["tls-service"],
    credentials: createCredentials(`${serviceName}.${serviceNamespace}.svc`, times),
    times,
    roundMs,
    now,
    random: clock.random,
    log,
  });
}

function timesOf(flags: Flags): RotationTimes & { readonly roundMs: number } {
  const { authorityMs, leafMs, agingMs, roundMs } = usualTimes;
  const [authority = authorityMs, leaf = leafMs, aging = agingMs, round = roundMs] = flags["tls-secret-times"];
  return { authorityMs: authority, leafMs: leaf, agingMs: aging, roundMs: round };
}

/** What keeps a server's certificate up to date. */
export interface FollowOptions {
  readonly certificate: ServingCertificate;
  readonly server: Pick<ApiServer, "replaceCertificate">;
  readonly clock: Pick<Clock, "sleep">;
  readonly log: WriteLog;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Keeps what `server` serves up to date until `signal` is aborted. Whatever a look throws is logged when it changes, and
 * the old certificate stays: a certificate that OpenSSL refuses ends no server.
 */
export async function followServingCertificate(options: FollowOptions): Promise<void> {
  const { certificate, server, clock, log, signal } = options;
  let told = "";
  while (!signal.aborted) {
    await clock.sleep(certificate.pauseMs?.() ?? checkMs, signal);
    if (signal.aborted) return;
    const detail = await look(certificate, server);
    if (detail !== "" && detail !== told) log("error", "The old serving certificate stays", { detail });
    told = detail;
  }
}

/** A door to OpenSSL, which throws. What it threw, or "". */
async function look({ refresh }: ServingCertificate, server: FollowOptions["server"]): Promise<string> {
  try {
    const replaced = await refresh();
    if (replaced !== undefined) server.replaceCertificate(replaced);
    return "";
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}
