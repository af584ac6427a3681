import { randomBytes, randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { createAuthorizer } from "../apiservice/access.ts";
import { apiGroups } from "../apiservice/api-group.ts";
import { createApp } from "../apiservice/app.ts";
import { cachedAccessReview, cachedTokenReview } from "../apiservice/cached-review.ts";
import { wideAccessReview } from "../apiservice/wide-review.ts";
import { createHealth } from "../apiservice/health.ts";
import { createInFlightLimit } from "../apiservice/in-flight.ts";
import { createAuthenticator } from "../apiservice/identity.ts";
import { createPeerReader } from "../apiservice/peer.ts";
import { metricKinds } from "../apiservice/request-kind.ts";
import { type ApiServer, createApiServer } from "../apiservice/server.ts";
import { createBoundedCache } from "../bounded-cache.ts";
import { loadKubernetesClient } from "../cluster/client.ts";
import type { Clock } from "../cluster/clock.ts";
import { createInventory } from "../cluster/inventory.ts";
import type { KindName } from "../cluster/kind.ts";
import type { KubernetesClient, ObserveExchange } from "../cluster/kubernetes-client.ts";
import { createReviews } from "../cluster/reviews.ts";
import { createClusterTrust } from "../cluster/trust.ts";
import { unservedSections } from "../config/file.ts";
import { describeFlags, type Flags } from "../config/flags.ts";
import { formatProblem } from "../config/problem.ts";
import { formatGroupResource } from "../naming/group-resource.ts";
import { type MetricsApi, metricsApis } from "../naming/metrics-api.ts";
import type { Schedule } from "../query/snapshots.ts";
import { ok, type Result } from "../result.ts";
import { findServingCertificate, followServingCertificate } from "./certificate-source.ts";
import type { Context } from "./context.ts";
import { decisionLog } from "./decision-log.ts";
import { createLog, type WriteLog } from "./log.ts";
import { createMonitoring } from "./monitoring.ts";
import {
  observedAuthenticate,
  observedAuthorize,
  observedEnter,
  observedProvider,
  observeKubernetes,
} from "./observed.ts";
import { createProvider } from "./provider.ts";
import { readSettings, type Settings } from "./settings.ts";
import { followTrustFlags, trustWithFlags } from "./trust-flags.ts";
import { version } from "./version.ts";

const usage = `Usage: vm-metrics-adapter [serve] [flags]
       vm-metrics-adapter catalogue [flags]   lists the metrics: what they mean, where they come from
       vm-metrics-adapter lint [FILE]         checks a configuration file, or the built-in catalogue

Serves custom.metrics.k8s.io and external.metrics.k8s.io for virtual machines. The flags are those of prometheus-adapter.
catalogue and lint have flags of their own, which --help after the command names.

`;

const drainMs = 20_000;

/** The process' own time and chance. */
const clock: Clock = {
  nowMs: () => performance.now(),
  random: Math.random,
  // A timer that nobody waits for any more must not keep the process alive.
  sleep: (ms, signal) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined),
};

/** A timer that is set does not keep the process alive either. */
const unhurried: Schedule = (ms, task) => {
  const timer = setTimeout(task, ms).unref();
  return () => clearTimeout(timer);
};

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

function warnOfWhatIsIgnored({ flags, withoutEffect, config, idle }: Settings, log: WriteLog): void {
  if (withoutEffect.length > 0) log("info", "These flags have no effect here", { flags: withoutEffect.join(" ") });
  for (const setting of idle) {
    const detail = formatProblem(flags.config, setting);
    log("warning", "A setting of the configuration file has no effect", { detail });
  }
  for (const section of unservedSections(config)) {
    log("warning", "This section of the configuration file is not served by this version", { section });
  }
  for (const api of metricsApis.filter((each) => !config.vms.apis.includes(each))) {
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
  const groups = apiGroups(config.vms.apis);
  const { recorders, expose } = createMonitoring({ now: clock.nowMs, wallClock: Date.now, signal });
  recorders.expectRequests(metricKinds(groups));

  const clients = loadClients(flags, env, observeKubernetes(recorders));
  if (!clients.ok) return clients;
  const certificate = await findServingCertificate({
    flags,
    client: clients.value.lister,
    apis: config.vms.apis,
    clock,
    now: Date.now,
    log,
  });
  if (!certificate.ok) return certificate;

  const objects = createInventory({
    client: clients.value.lister,
    clock,
    ...kindsFor(config.vms.apis),
    onState: ({ resource, state, detail }) =>
      log(state === "synced" ? "info" : "warning", "What is known of a kind of object has changed", {
        resource: formatGroupResource(resource),
        state,
        detail,
      }),
  });
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
      { name: "objects", problem: () => (objects.firstListsDone() ? undefined : "the first lists are on their way") },
    ],
  );
  const accessTtl = {
    allowedMs: flags["authorization-webhook-cache-authorized-ttl"],
    refusedMs: flags["authorization-webhook-cache-unauthorized-ttl"],
  };
  const reviewCaches = { createCache: createBoundedCache, now: clock.nowMs, hashKey: randomBytes(32) };
  const rememberReviews = flags["authorization-wide-reviews"] ? wideAccessReview : cachedAccessReview;
  const { reviewToken } = createReviews({ client: clients.value.authentication, clock });
  const { reviewAccess } = createReviews({ client: clients.value.authorization, clock });
  const provider = createProvider(settings, {
    inventory: objects.inventory,
    log,
    observe: recorders.askPrometheus,
    now: clock.nowMs,
    wallClock: Date.now,
    schedule: unhurried,
    signal,
  });
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

  const server = createApiServer({
    listener: createApp({
      groups,
      provider: observedProvider(provider, recorders.answerValue),
      productVersion: version,
      log,
      health,
      authenticate: observedAuthenticate(authenticate, recorders.authenticate, clock.nowMs),
      authorize: observedAuthorize(authorize, recorders.authorize, clock.nowMs),
      expose,
      deadlineMs: config.serving.deadline,
      enter: observedEnter(createInFlightLimit(config.serving.maxInFlight), recorders.changeInFlight),
      now: clock.nowMs,
      newAuditId: randomUUID,
      recordFor: decisionLog(log, flags.v),
      recordRequest: recorders.finishRequest,
    }),
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

  void objects.start(signal);
  if (!flags["authentication-skip-lookup"]) void trust.start(signal);
  void flagTrust.start(signal);
  void followServingCertificate(certificate.value, server, clock, signal);
  const port = await server.start();
  if (!port.ok) return port;
  log("info", "Serving", { address: flags["bind-address"], port: port.value, version });
  return ok(server);
}

/** External metrics are values of VirtualMachineInstances, whose VirtualMachine may be stopped; metrics of objects are those of every kind. */
function kindsFor(apis: readonly MetricsApi[]): { readonly kinds?: readonly KindName[] } {
  if (apis.includes("custom.metrics.k8s.io")) return {};
  return { kinds: apis.includes("external.metrics.k8s.io") ? ["virtualMachineInstances", "virtualMachines"] : [] };
}

type Clients = Readonly<Record<"lister" | "authentication" | "authorization", KubernetesClient>>;

/** A client for each purpose; those that no kubeconfig is given for share the lister's. */
function loadClients(flags: Flags, env: Context["env"], observe: ObserveExchange): Result<Clients, string> {
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
  return ok({ lister: lister.value, authentication: authentication.value, authorization: authorization.value });
}
