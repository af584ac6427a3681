import type { Result } from "../result.ts";
import { createBackoff, type BackoffOptions } from "./backoff.ts";
import type { Clock } from "./clock.ts";
import { createCollection, type Listed, type Position, type WatchEvent } from "./collection.ts";
import type { KubernetesFailure } from "./failure.ts";
import { asText, at } from "./json.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { createObjectTable, type Named } from "./object-table.ts";

/** How well the objects of a kind are known. */
export type ReflectorState =
  /** The first list is on its way. */
  | { readonly kind: "pending" }
  | { readonly kind: "synced" }
  /** This kind of object is not installed. */
  | { readonly kind: "absent" }
  /** Contact was lost, or never had; objects are as they were at `sinceMs` of the clock. */
  | { readonly kind: "failing"; readonly failure: KubernetesFailure; readonly sinceMs: number };

/** What is kept in sync, and how it is cut down. */
export interface ReflectorOptions<T extends Named> {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** Finds the path of the collection, such as `/api/v1/pods`; asked before each list. */
  readonly locate: (signal: AbortSignal) => Promise<Result<string, KubernetesFailure>>;
  /** `labelSelector`, `fieldSelector`; default none. */
  readonly query?: Readonly<Record<string, string>>;
  /** Asks for PartialObjectMetadata (meta.k8s.io/v1) instead of whole objects; default whole ones. */
  readonly metadataOnly?: boolean;
  /** Cuts an object down to what is kept; undefined leaves it out. */
  readonly project: (raw: unknown) => T | undefined;
  /** Called after the objects or the state may have changed. */
  readonly onChange?: () => void;
  readonly timing?: Partial<ReflectorTiming>;
}

/** All in milliseconds. */
export interface ReflectorTiming {
  /** How long objects count as known after contact was lost; default 5 minutes. */
  readonly keepMs: number;
  /** Until a kind that is not installed is looked for again; default 30 seconds. */
  readonly absentRetryMs: number;
  /** For one page of a list, or for a watch to begin; default 30 seconds. */
  readonly timeoutMs: number;
  /** The server ends a watch after this and up to as much again by chance; default 5 minutes. */
  readonly watchMs: number;
  /** A watch that is silent for so long is opened anew; bookmarks come about every minute; default 2 minutes. */
  readonly idleMs: number;
  /** Between attempts that fail; default 0.8 to 30 seconds. */
  readonly backoff: Omit<BackoffOptions, "random">;
}

/** Objects of one kind, kept in sync by list and watch. */
export interface Reflector<T extends Named> {
  readonly state: () => ReflectorState;
  /** Whether the objects below can be relied on. */
  readonly known: () => boolean;
  readonly get: (namespace: string, name: string) => T | undefined;
  /** The objects of a namespace, ordered by name; the same array until one of them changes. */
  readonly list: (namespace: string) => readonly T[];
  /** All objects, ordered by namespace and name; the same array until one of them changes. */
  readonly listAll: () => readonly T[];
  readonly size: () => number;
  /**
   * Keeps in sync until `signal` is aborted, then resolves. To be called once. With a list that was read already, it
   * begins with a watch from there.
   */
  readonly start: (signal: AbortSignal, listed?: Listed<T>) => Promise<void>;
}

/** What `ReflectorTiming` says. */
export const defaultTiming: ReflectorTiming = {
  keepMs: 300_000,
  absentRetryMs: 30_000,
  timeoutMs: 30_000,
  watchMs: 300_000,
  idleMs: 120_000,
  backoff: {},
};

/** A watch that ends sooner without a word was refused in some way; opening it at once would make a busy loop. */
const shortestWatchMs = 1_000;

/** What an attempt came to. Without a position the next one lists. */
interface Attempt {
  readonly position?: Position;
  /** Until the next one, in milliseconds. */
  readonly pauseMs: number;
}

/** Makes a reflector that has not started. Known objects stay while the collection is listed again. */
export function createReflector<T extends Named>(options: ReflectorOptions<T>): Reflector<T> {
  const { client, clock, locate, query = {}, metadataOnly = false, project, onChange } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const { timeoutMs, idleMs } = timing;
  const collection = createCollection({ client, query, metadataOnly, timeoutMs, idleMs });
  /** Between attempts to reach the API: ends with any success. */
  const contact = createBackoff({ ...timing.backoff, random: clock.random });
  /** Before lists that a watch made necessary: ends with a watch that works, so that a long outage does not delay them. */
  const relists = createBackoff({ ...timing.backoff, random: clock.random });
  let table = createObjectTable<T>();
  let state: ReflectorState = { kind: "pending" };
  let listed = false;

  async function start(signal: AbortSignal, begin?: Listed<T>): Promise<void> {
    let position = begin && take(begin);
    while (!signal.aborted) {
      const attempt = position === undefined ? await relist(signal) : await watch(position, signal);
      position = attempt.position;
      if (attempt.pauseMs > 0) await clock.sleep(attempt.pauseMs, signal);
    }
  }

  async function relist(signal: AbortSignal): Promise<Attempt> {
    const path = await locate(signal);
    const read = path.ok ? await collection.list(path.value, project, signal) : path;
    if (!read.ok) return refused(read.error, signal);
    return { position: take(read.value), pauseMs: 0 };
  }

  function take({ objects, position }: Listed<T>): Position {
    table = objects;
    listed = true;
    contact.reset();
    become({ kind: "synced" });
    return position;
  }

  async function watch(since: Position, signal: AbortSignal): Promise<Attempt> {
    const openedAtMs = clock.nowMs();
    const opened = await collection.watch(since, timing.watchMs * (1 + clock.random()), signal);
    if (!opened.ok) return watchRefused(opened.error, since, signal);
    contact.reset();
    become({ kind: "synced" });

    let position = since;
    for await (const event of opened.value) {
      if (!event.ok) return watchBroken(event.error, position, signal);
      apply(event.value);
      position = event.value.position;
      relists.reset();
    }
    const wasWatch = position !== since || clock.nowMs() - openedAtMs >= shortestWatchMs;
    return { position, pauseMs: wasWatch ? 0 : contact.next() };
  }

  function apply({ type, object }: WatchEvent): void {
    if (type === "bookmark") return;
    const kept = type === "put" ? project(object) : undefined;
    const metadata = at(object, "metadata");
    if (kept !== undefined) table.put(kept);
    else table.remove({ namespace: asText(at(metadata, "namespace")), name: asText(at(metadata, "name")) });
    onChange?.();
  }

  /** A connection that broke says nothing yet: whether contact is lost shows when the next one is opened. */
  function watchBroken(failure: KubernetesFailure, position: Position, signal: AbortSignal): Attempt {
    if (failure.kind === "unreachable") return { position, pauseMs: contact.next() };
    return watchRefused(failure, position, signal);
  }

  /** Where the server has not judged the position, it may be tried again; otherwise everything is listed anew. */
  function watchRefused(failure: KubernetesFailure, position: Position, signal: AbortSignal): Attempt {
    if (failure.kind === "gone") return { pauseMs: relists.next() };
    const { pauseMs } = refused(failure, signal);
    if (failure.kind === "unreachable" || failure.kind === "throttled") return { position, pauseMs };
    return { pauseMs: Math.max(pauseMs, relists.next()) };
  }

  function refused(failure: KubernetesFailure, signal: AbortSignal): Attempt {
    if (signal.aborted) return { pauseMs: 0 };
    if (failure.kind === "notFound") {
      table = createObjectTable();
      listed = false;
      become({ kind: "absent" });
      return { pauseMs: timing.absentRetryMs };
    }
    become({ kind: "failing", failure, sinceMs: state.kind === "failing" ? state.sinceMs : clock.nowMs() });
    const pauseMs = contact.next();
    return { pauseMs: failure.retryAfterMs === undefined ? pauseMs : failure.retryAfterMs * (1 + clock.random()) };
  }

  function become(next: ReflectorState): void {
    state = next;
    onChange?.();
  }

  return {
    state: () => state,
    known: () => listed && (state.kind !== "failing" || clock.nowMs() - state.sinceMs <= timing.keepMs),
    get: (namespace, name) => table.get(namespace, name),
    list: (namespace) => table.list(namespace),
    listAll: () => table.listAll(),
    size: () => table.size(),
    start,
  };
}
