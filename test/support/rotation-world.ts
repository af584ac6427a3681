import { setImmediate } from "node:timers/promises";
import type { Leaf } from "../../src/apiservice/credentials.ts";
import type { Refusal, Registration, SharedSecret } from "../../src/apiservice/registration.ts";
import { rotationRound } from "../../src/apiservice/rotation-round.ts";
import type { RotationTimes } from "../../src/apiservice/rotation-step.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { createFakeCredentials, issuerOf } from "./fake-credentials.ts";

/** What can happen next. Numbers choose among what there is. */
export type Event =
  /** So many requests of a replica, or their answers, arrive. */
  | { readonly kind: "go"; readonly which: number; readonly turns: number }
  | { readonly kind: "pass"; readonly ms: number }
  /** A replica dies and another one starts. */
  | { readonly kind: "crash"; readonly which: number }
  | { readonly kind: "register" }
  | { readonly kind: "tell" }
  /** A key of the Secret is lost or garbled, or all of them are lost; not before every APIService trusts something. */
  | { readonly kind: "spoil"; readonly which: number; readonly how: "lost" | "garbled" | "all" };

/** A Secret, APIServices and two replicas whose requests and answers arrive in any order. */
export interface RotationWorld {
  readonly happen: (event: Event) => Promise<void>;
  /** Everything that is on its way arrives. */
  readonly settle: () => Promise<void>;
  /**
   * Served certificates that are valid and that some API server refuses, though it trusted something valid before.
   */
  readonly untrusted: () => readonly string[];
  /** Replicas without a certificate that is valid. */
  readonly bare: () => number;
  readonly data: () => Readonly<Record<string, string>>;
  readonly bundles: () => readonly string[];
}

interface Replica {
  served: Leaf | undefined;
  /** What it waits for. */
  waiting: (() => void) | undefined;
}

interface ApiService {
  version: number;
  caBundle: string;
  /** What it was, and until when: API servers that have not heard of the change verify by it. */
  readonly past: { readonly caBundle: string; readonly untilMs: number }[];
}

const service = "monitoring/adapter";

/** Requests have a deadline, which is short beside the age of an authority. */
const deadlineMs = 1_000;

/** How long it takes at most until every API server has heard of a change; less than the age of an authority. */
const lagMs = 10_000;

/** Makes a world with an empty Secret and one APIService. */
export function createRotationWorld(times: RotationTimes): RotationWorld {
  const credentials = createFakeCredentials(times);
  const secret = { version: 0, data: {} as Readonly<Record<string, string>> };
  const annotations: Record<string, string> = {};
  const apiServices = new Map<string, ApiService>([["v0", unregistered()]]);
  /** What was in the Secret to be served. */
  const kept: { readonly issuer: string; readonly endsMs: number }[] = [];
  let nowMs = 1_000_000;
  let replicas: readonly Replica[] = [];

  function start(): Replica {
    const replica: Replica = { served: undefined, waiting: undefined };
    void run(replica);
    return replica;
  }
  async function run(replica: Replica): Promise<void> {
    /** The request takes its time, and so does the answer; one that is too late does nothing. */
    async function exchange<T>(act: () => Result<T, Refusal>): Promise<Result<T, Refusal>> {
      const sentMs = nowMs;
      await turn(replica);
      const answer: Result<T, Refusal> =
        nowMs - sentMs > deadlineMs ? fail({ kind: "unreachable", detail: "late" }) : act();
      await turn(replica);
      return answer;
    }
    for (;;) {
      const outcome = await rotationRound(
        {
          readSecret: async () => exchange(() => ok(readSecret(exchange))),
          readApiServices: async () => {
            const answers = await Promise.all(
              [...apiServices.keys()].map(async (name) => ({
                name,
                answer: await exchange(() => ok(readApiService(name, exchange))),
              })),
            );
            return {
              found: answers.flatMap(({ answer }) => (answer.ok ? [answer.value] : [])),
              unread: answers.flatMap(({ name, answer }) => (answer.ok ? [] : [{ name, ...answer.error }])),
            };
          },
          service,
          credentials,
          times,
          now: () => nowMs,
        },
        replica.served,
      );
      if (outcome.ok) replica.served = outcome.value.leaf;
      await turn(replica);
    }
  }
  type Exchange = <T>(act: () => Result<T, Refusal>) => Promise<Result<T, Refusal>>;

  function readSecret(exchange: Exchange): SharedSecret {
    const { version, data } = secret;
    return {
      data,
      annotations: { ...annotations },
      replace: async (next) =>
        exchange(() => {
          if (secret.version !== version) return conflict;
          Object.assign(secret, { version: version + 1, data: next });
          kept.push(...leavesIn(next));
          return ok(undefined);
        }),
    };
  }
  function leavesIn(next: SharedSecret["data"]): typeof kept {
    const read = credentials.readLeaf({ certPem: next["tls.crt"] ?? "", keyPem: next["tls.key"] ?? "" });
    return read.ok ? [{ issuer: issuerOf(read.value), endsMs: read.value.endsMs }] : [];
  }
  function readApiService(name: string, exchange: Exchange): Registration {
    const { version, caBundle } = apiServices.get(name) ?? unregistered();
    return {
      name,
      service,
      annotations: {},
      caBundle,
      replaceBundle: async (next) =>
        exchange(() => {
          const current = apiServices.get(name) ?? unregistered();
          if (current.version !== version) return conflict;
          current.past.push({ caBundle, untilMs: nowMs });
          Object.assign(current, { version: version + 1, caBundle: next });
          return ok(undefined);
        }),
    };
  }
  function spoil(which: number, how: "lost" | "garbled" | "all"): void {
    const keys = Object.keys(secret.data);
    const key = keys[which % keys.length];
    if (key === undefined || [...apiServices.values()].some(({ caBundle }) => caBundle === "")) return;
    const left = Object.entries(secret.data).filter(([name]) => how !== "all" && name !== key);
    const data = { ...Object.fromEntries(left), ...(how === "garbled" ? { [key]: "garbled" } : {}) };
    Object.assign(secret, { version: secret.version + 1, data });
  }
  async function happen(event: Event): Promise<void> {
    switch (event.kind) {
      case "go":
        for (let turns = 0; turns < event.turns; turns += 1) {
          go(replicas[event.which % replicas.length]);
          await setImmediate();
        }
        break;
      case "pass":
        nowMs += event.ms;
        break;
      case "crash":
        replicas = replicas.map((replica, index) => (index === event.which % replicas.length ? start() : replica));
        break;
      case "register":
        if (apiServices.size < 3) apiServices.set(`v${apiServices.size}`, unregistered());
        break;
      case "tell":
        annotations["vm-metrics-adapter/rotate-after"] = new Date(nowMs).toISOString();
        break;
      case "spoil":
        spoil(event.which, event.how);
        break;
    }
    await setImmediate();
  }

  replicas = [start(), start()];
  return {
    happen,
    settle: async () => {
      for (let turns = 0; turns < 40; turns += 1) {
        replicas.forEach(go);
        await setImmediate();
      }
    },
    untrusted: () => {
      const valid = new Set(kept.filter(({ endsMs }) => endsMs > nowMs).map(({ issuer }) => issuer));
      const trusting = [...apiServices.values()].flatMap(({ caBundle, past }) => {
        const seen = [...past.filter(({ untilMs }) => untilMs > nowMs - lagMs).map((each) => each.caBundle), caBundle];
        const versions = seen.map((pem) => new Set(credentials.readBundle(pem).map(({ id }) => id)));
        // Where nothing valid was trusted, no client gets an answer that it could lose.
        return versions.filter((ids, index) => [...ids, ...(versions[index - 1] ?? [])].some((id) => valid.has(id)));
      });
      return replicas
        .flatMap(({ served }) => (served !== undefined && served.endsMs > nowMs ? [served] : []))
        .filter((served) => trusting.some((ids) => !ids.has(issuerOf(served))))
        .map(({ certPem }) => certPem);
    },
    bare: () => replicas.filter(({ served }) => served === undefined || served.endsMs <= nowMs).length,
    data: () => secret.data,
    bundles: () => [...apiServices.values()].map(({ caBundle }) => caBundle),
  };
}

function unregistered(): ApiService {
  return { version: 0, caBundle: "", past: [] };
}

const conflict = fail({ kind: "conflict", detail: "somebody else was faster" });

async function turn(replica: Replica): Promise<void> {
  await new Promise<void>((resolve) => {
    const before = replica.waiting;
    replica.waiting = () => {
      before?.();
      resolve();
    };
  });
}

function go(replica: Replica | undefined): void {
  const waiting = replica?.waiting;
  if (replica !== undefined) replica.waiting = undefined;
  waiting?.();
}
