import { createAuthorizer, type ReviewAccess } from "../../src/apiservice/access.ts";
import { type ApiGroup, customMetrics } from "../../src/apiservice/api-group.ts";
import { createApp } from "../../src/apiservice/app.ts";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import { createHealth, type HealthCheck } from "../../src/apiservice/health.ts";
import { createInFlightLimit } from "../../src/apiservice/in-flight.ts";
import { createAuthenticator, type User } from "../../src/apiservice/identity.ts";
import type { Log } from "../../src/apiservice/log.ts";
import { createPeerReader } from "../../src/apiservice/peer.ts";
import { type ApiServer, createApiServer } from "../../src/apiservice/server.ts";
import type { TrustAnchors } from "../../src/apiservice/trust-anchors.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import { fail, ok } from "../../src/result.ts";
import { ignore } from "./ignore.ts";

/** What a test decides of a server; the rest is as in production. */
export interface ServingOptions {
  readonly provider: MetricsProvider;
  readonly reviewAccess: ReviewAccess;
  readonly keyPair: KeyPair;
  /** Default: custom metrics only. */
  readonly groups?: readonly ApiGroup[];
  /** Default: nobody. */
  readonly readTrust?: () => TrustAnchors;
  readonly log?: Log;
  /** What `/readyz` asks beside itself; default nothing. */
  readonly ready?: readonly HealthCheck[];
  /** Default 8,000. */
  readonly deadlineMs?: number;
  /** Default 30,000. */
  readonly readMs?: number;
  /** Default 400. */
  readonly maxInFlight?: number;
  /** Default: takes no time. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Default 32,000. */
  readonly headersMs?: number;
}

const carol: User = { name: "carol", uid: "u-carol", groups: ["ops"], extra: {} };

/** A server that listens. */
export interface Serving {
  readonly server: ApiServer;
  readonly port: number;
}

/**
 * Serves on a free port of loopback, with real TLS. Token `good` is that of user carol, UID u-carol, in group ops; `broken`
 * cannot be reviewed.
 */
export async function startApiServer(options: ServingOptions): Promise<Serving> {
  const { readTrust = () => ({}), sleep = () => Promise.resolve() } = options;
  const health = createHealth([], options.ready ?? []);
  const listener = createApp({
    groups: options.groups ?? [customMetrics],
    provider: options.provider,
    productVersion: "0.1.0",
    health,
    authenticate: createAuthenticator({
      readTrust,
      readPeer: createPeerReader(readTrust, Date.now),
      reviewToken: (token) => {
        if (token === "broken") return Promise.resolve(fail("no answer"));
        return Promise.resolve(ok(token === "good" ? carol : undefined));
      },
    }),
    authorize: createAuthorizer(options.reviewAccess, { groups: ["system:masters"], paths: [] }),
    deadlineMs: options.deadlineMs ?? 8_000,
    ...(options.readMs === undefined ? {} : { readMs: options.readMs }),
    enter: createInFlightLimit(options.maxInFlight ?? 400),
    now: () => performance.now(),
    newAuditId: () => "made-here",
    recordFor: () => ignore,
    recordRequest: ignore,
    expose: () => Promise.resolve({ body: "vms 3\n" }),
    log: options.log ?? (() => {}),
  });
  const server = createApiServer({
    listener,
    address: "127.0.0.1",
    port: 0,
    keyPair: options.keyPair,
    readTrust,
    minVersion: "TLSv1.2",
    ciphers: undefined,
    beginShutdown: health.beginShutdown,
    shutdownDelayMs: 1,
    drainMs: 1_000,
    sleep,
    ...(options.headersMs === undefined ? {} : { headersMs: options.headersMs }),
  });
  const started = await server.start();
  if (!started.ok) throw new Error(started.error);
  return { server, port: started.value };
}
