import { randomBytes, randomUUID } from "node:crypto";
import { createAuthorizer } from "../apiservice/access.ts";
import { cachedAccessReview, cachedTokenReview } from "../apiservice/cached-review.ts";
import { wideAccessReview } from "../apiservice/wide-review.ts";
import { createHealth } from "../apiservice/health.ts";
import { createAuthenticator } from "../apiservice/identity.ts";
import { createPeerReader } from "../apiservice/peer.ts";
import { type ApiServer, createApiServer } from "../apiservice/server.ts";
import { createBoundedCache } from "../bounded-cache.ts";
import { loadKubernetesClient } from "../cluster/client.ts";
import type { KubernetesClient, ObserveExchange } from "../cluster/kubernetes-client.ts";
import { limitRate } from "../cluster/rate-limit.ts";
import { createReviews } from "../cluster/reviews.ts";
import { createClusterTrust } from "../cluster/trust.ts";
import { servedApis } from "../config/config.ts";
import { describeFlags } from "../config/flags.ts";
import { formatProblem } from "../config/problem.ts";
import { metricsApis } from "../naming/metrics-api.ts";
import { ok, type Result } from "../result.ts";
import { findServingCertificate, followServingCertificate } from "./certificate-source.ts";
import type { Context } from "./context.ts";
import { decisionLog } from "./decision-log.ts";
import { beginGeneration, type GenerationDeps } from "./generation.ts";
import { createLog, type WriteLog } from "./log.ts";
import { createMonitoring } from "./monitoring.ts";
import { observedAuthenticate, observedAuthorize, observeKubernetes } from "./observed.ts";
import { processClock, unhurried } from "./process-clock.ts";
import { prometheusNotes } from "./prometheus-options.ts";
import { createReload } from "./reload.ts";
import { readSettings, type Settings } from "./settings.ts";
import { followTrustFlags, trustWithFlags } from "./trust-flags.ts";
import { version } from "./version.ts";
import { createWatches } from "./watches.ts";

const usage = `Usage: vm-metrics-adapter [serve] [flags]
       vm-metrics-adapter catalogue [flags]   lists the metrics: what they mean, where they come from
       vm-metrics-adapter check FILE          checks a configuration file, alone or beside a Prometheus
       vm-metrics-adapter diff FILE           compares its answers with those of a running prometheus-adapter
       vm-metrics-adapter lint [FILE]         checks the built-in catalogue, or a file as check does

Serves custom.metrics.k8s.io and external.metrics.k8s.io: rules of prometheus-adapter's, and metrics of virtual machines. The
flags are those of prometheus-adapter.
The other commands have flags of their own, which --help after the command names.

`;

const drainMs = 20_000;

// A timer that nobody waits for any more must not keep the process alive.
const clock = processClock({ keepsAlive: false });

/** Serves until SIGTERM or SIGINT. Exit codes: 0 after a stop, 1 when it cannot start, 2 for wrong flags or files. */
export async function serve({ argv, env, out, err, onSignal, exit }: Context): Promise<number> {
  if (argv.includes("--help") || argv.includes("-h")) {
    out(usage + describeFlags());
    return 0;
  }
  const settings = await readSettings(argv);
  if (!settings.ok) {
    err(`${settings.error.join("\n")}\nRun with --help for the flags.\n`);
    return 2;
  }
  const log = createLog({ write: err, verbosity: settings.value.flags.v, now: Date.now });
  warnOfWhatIsIgnored(settings.value, log);

  const background = new AbortController();
  const server = await start(settings.value, env, log, background.signal);
  if (!server.ok) {
    log("error", server.error);
    background.abort();
    return 1;
  }
  await firstSignal(onSignal, () => exit(1));
  log("info", "Stopping");
  await server.value.stop();
  background.abort();
  log("info", "Stopped");
  return 0;
}

function warnOfWhatIsIgnored({ flags, withoutEffect, config, findings }: Settings, log: WriteLog): void {
  if (withoutEffect.length > 0) log("info", "These flags have no effect here", { flags: withoutEffect.join(" ") });
  for (const detail of prometheusNotes(flags)) log("warning", "A flag may not do what was meant", { detail });
  for (const { level, ...problem } of findings) {
    const detail = formatProblem(flags.config, problem);
    if (level === "error") log("error", "A rule cannot be served", { detail });
    else log("warning", "Something in the configuration file may not do what was meant", { detail });
  }
  for (const api of metricsApis.filter((each) => !servedApis(config).includes(each))) {
    log("warning", "This API is not served; while it is registered, no namespace can be deleted", { api });
  }
}

/** A second signal means that whoever sent the first one does not want to wait. */
async function firstSignal(onSignal: Context["onSignal"], onSecond: () => void): Promise<void> {
  const first = Promise.withResolvers<void>();
  let signals = 0;
  onSignal(() => {
    signals += 1;
    if (signals === 1) first.resolve();
    else onSecond();
  });
  await first.promise;
}

/** Puts the adapter together and lets it listen. What runs beside requests ends when `signal` is aborted. */
async function start(
  settings: Settings,
  env: Context["env"],
  log: WriteLog,
  signal: AbortSignal,
): Promise<Result<ApiServer, string>> {
  const { flags, config, tls } = settings;
  const { recorders, expose } = createMonitoring({ now: clock.nowMs, wallClock: Date.now, signal });

  const clients = loadClients(settings, env, observeKubernetes(recorders));
  if (!clients.ok) return clients;
  const certificate = await findServingCertificate({
    flags,
    client: clients.value.lister,
    apis: servedApis(config),
    clock,
    now: Date.now,
    log,
  });
  if (!certificate.ok) return certificate;

  const trust = createClusterTrust({
    client: clients.value.authentication,
    clock,
    warn: (message) => log("warning", message),
  });
  const flagTrust = followTrustFlags(flags, settings.trust, {
    sleep: clock.sleep,
    warn: (problem) => log("warning", problem),
  });
  const readTrust = trustWithFlags(flagTrust.current, trust.current);
  function knowsWhomToTrust(): boolean {
    return flags["authentication-skip-lookup"] || trust.loaded();
  }
  const health = createHealth(
    [],
    [
      { name: "certificate", problem: () => certificate.value.problem?.() },
      { name: "trust", problem: () => (knowsWhomToTrust() ? undefined : "the trust anchors are not read yet") },
      { name: "rules", problem: () => reload.current().problems.rules() },
      { name: "objects", problem: () => reload.current().problems.objects() },
    ],
    [{ name: "configuration", problem: () => reload.problem() }],
  );
  const accessTtl = {
    allowedMs: flags["authorization-webhook-cache-authorized-ttl"],
    refusedMs: flags["authorization-webhook-cache-unauthorized-ttl"],
  };
  const reviewCaches = { createCache: createBoundedCache, now: clock.nowMs, hashKey: randomBytes(32) };
  const rememberReviews = flags["authorization-wide-reviews"] ? wideAccessReview : cachedAccessReview;
  const { reviewToken } = createReviews({ client: clients.value.authentication, clock });
  const { reviewAccess } = createReviews({ client: clients.value.authorization, clock });
  const authenticate = createAuthenticator({
    readTrust,
    readPeer: createPeerReader(readTrust, Date.now),
    reviewToken: cachedTokenReview(reviewToken, flags["authentication-token-webhook-cache-ttl"], reviewCaches),
    useCertificate: ({ validToDate }) => recorders.useCertificate(validToDate.getTime()),
  });
  const authorize = createAuthorizer(rememberReviews(reviewAccess, accessTtl, reviewCaches), {
    groups: flags["authorization-always-allow-groups"],
    paths: flags["authorization-always-allow-paths"],
  });

  const generationDeps: GenerationDeps = {
    watch: createWatches({ client: clients.value.lister, clock, log, signal }),
    client: clients.value.lister,
    log,
    observe: recorders.askPrometheus,
    recorders,
    clock,
    wallClock: Date.now,
    schedule: unhurried,
    signal,
    app: {
      productVersion: version,
      log,
      health,
      authenticate: observedAuthenticate(authenticate, recorders.authenticate, clock.nowMs),
      authorize: observedAuthorize(authorize, recorders.authorize, clock.nowMs),
      expose,
      now: clock.nowMs,
      newAuditId: randomUUID,
      recordFor: decisionLog(log, flags.v),
      recordRequest: recorders.finishRequest,
    },
  };
  const reload = createReload(settings, {
    begin: (next, found) => beginGeneration(next, generationDeps, found),
    tell: (next) => warnOfWhatIsIgnored(next, log),
    sleep: clock.sleep,
    log,
  });

  const server = createApiServer({
    listener: (request, response) => reload.current().listener(request, response),
    address: flags["bind-address"],
    port: flags["secure-port"],
    keyPair: certificate.value.keyPair,
    readTrust,
    ...tls,
    beginShutdown: health.beginShutdown,
    shutdownDelayMs: config.serving.shutdownDelay,
    drainMs,
    sleep: clock.sleep,
    onTlsFailure: recorders.failTls,
  });

  void reload.start(signal);
  if (!flags["authentication-skip-lookup"]) void trust.start(signal);
  void flagTrust.start(signal);
  void followServingCertificate({ certificate: certificate.value, server, clock, log, signal });
  const port = await server.start();
  if (!port.ok) return port;
  log("info", "Serving", { address: flags["bind-address"], port: port.value, version });
  return ok(server);
}

type Clients = Readonly<Record<"lister" | "authentication" | "authorization", KubernetesClient>>;

/** A client for each purpose; those that no kubeconfig is given for share the lister's. */
function loadClients(
  { flags, clientLimit }: Settings,
  env: Context["env"],
  observe: ObserveExchange,
): Result<Clients, string> {
  function load(kubeconfig: string): Result<KubernetesClient, string> {
    const userAgent = `vm-metrics-adapter/${version}`;
    return loadKubernetesClient({ env, userAgent, observe, ...(kubeconfig === "" ? {} : { kubeconfig }) });
  }
  const lister = load(flags["lister-kubeconfig"]);
  if (!lister.ok) return lister;
  const others = (["authentication", "authorization"] as const).map((purpose) => {
    const kubeconfig = flags[`${purpose}-kubeconfig`];
    return kubeconfig === "" || kubeconfig === flags["lister-kubeconfig"] ? lister : load(kubeconfig);
  });
  const [authentication = lister, authorization = lister] = others;
  if (!authentication.ok) return authentication;
  if (!authorization.ok) return authorization;
  return ok({
    lister: clientLimit === undefined ? lister.value : limitRate(lister.value, clientLimit, clock),
    authentication: authentication.value,
    authorization: authorization.value,
  });
}
