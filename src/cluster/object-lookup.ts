import type { GroupResource } from "../naming/group-resource.ts";
import { fail, ok, type Result } from "../result.ts";
import type { ObjectLookup, ObjectMeta } from "../vm/objects.ts";
import type { Clock } from "./clock.ts";
import { createCollection, type Listed } from "./collection.ts";
import type { KubernetesFailure } from "./failure.ts";
import { describeFailure } from "./kind.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { projectMeta } from "./projections.ts";
import { createReflector, defaultTiming, type Reflector, type ReflectorOptions } from "./reflector.ts";
import { waitAtMost } from "./wait.ts";

/** Which objects are looked up, and how hard it is tried. */
export interface ObjectLookupOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** Such as `/api/v1` or `/apis/apps/v1`. */
  readonly apiPath: string;
  /** A namespaced resource. */
  readonly resource: GroupResource;
  /** `labelSelector`, `fieldSelector`; default none. */
  readonly query?: Readonly<Record<string, string>>;
  /** Ends everything. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<LookupLimits>;
  readonly timing?: ReflectorOptions<ObjectMeta>["timing"];
}

/** All times are in milliseconds. */
export interface LookupLimits {
  /** How long a namespace is watched after the last question about it; default 5 minutes. */
  readonly idleMs: number;
  /** Most namespaces that are watched each for itself; with more in demand the whole cluster is. Default 100. */
  readonly maxNamespaces: number;
  /** How long a question waits for a list; default 5 seconds. */
  readonly waitMs: number;
  /** How long a list that failed speaks for the next questions; default 1 second. */
  readonly failedMs: number;
}

const defaults: LookupLimits = { idleMs: 300_000, maxNamespaces: 100, waitMs: 5_000, failedMs: 1_000 };

type Answer = Awaited<ReturnType<ObjectLookup["find"]>>;

interface Watch {
  readonly objects: Reflector<ObjectMeta>;
  readonly end: AbortController;
}

/** What there is for a namespace that somebody asks about. */
interface Demand {
  usedMs: number;
  /** The direct list that is under way, for all who wait. */
  list?: Promise<Result<Listed<ObjectMeta>, KubernetesFailure>>;
  failed?: { readonly atMs: number; readonly failure: KubernetesFailure };
  watch?: Watch;
}

/**
 * Looks up metadata of objects that are too many to be watched all the time.
 *
 * The first question about a namespace lists it, and all who ask meanwhile share the list; from there on it is watched,
 * until nobody has asked for some time. With more than `maxNamespaces` in demand one watch of the whole cluster takes
 * over once it is in sync, and ends when half as many are. A list that is slower than `waitMs` still begins the watch.
 */
export function createObjectLookup(options: ObjectLookupOptions): ObjectLookup {
  const { client, clock, apiPath, resource, query = {}, signal, timing = {} } = options;
  const { idleMs, maxNamespaces, waitMs, failedMs } = { ...defaults, ...options.limits };
  const collection = createCollection({ ...defaultTiming, ...timing, client, query, metadataOnly: true });
  /** By namespace, the one longest unused first. */
  const demands = new Map<string, Demand>();
  let cluster: Watch | undefined;

  async function find(namespace: string, name: string): Promise<Answer> {
    // It becomes a part of a path, and what is no name names nothing.
    if (!/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/u.test(namespace)) return ok(undefined);
    const demand = ask(namespace);
    const inSync = [cluster, demand.watch].find((each) => each?.objects.known());
    if (inSync !== undefined) return ok(inSync.objects.get(namespace, name));
    const listed = (await waitAtMost(listOnce(namespace, demand), waitMs, clock)) ?? fail(tooSlow(waitMs));
    return listed.ok
      ? ok(listed.value.objects.get(namespace, name))
      : fail({ detail: describeFailure(resource, listed.error) });
  }

  function ask(namespace: string): Demand {
    const demand = demands.get(namespace) ?? { usedMs: 0 };
    const first = demands.size === 0;
    demand.usedMs = clock.nowMs();
    demands.delete(namespace);
    demands.set(namespace, demand);
    if (first) void dropIdle();
    if (demands.size > maxNamespaces) cluster ??= watchCluster();
    return demand;
  }

  async function listOnce(namespace: string, demand: Demand): Promise<Result<Listed<ObjectMeta>, KubernetesFailure>> {
    const { failed } = demand;
    if (failed !== undefined && clock.nowMs() - failed.atMs < failedMs) return fail(failed.failure);
    demand.list ??= list(namespace, demand);
    return demand.list;
  }

  async function list(namespace: string, demand: Demand): Promise<Result<Listed<ObjectMeta>, KubernetesFailure>> {
    const path = `${apiPath}/namespaces/${namespace}/${resource.resource}`;
    const listed = await collection.list(path, projectMeta, signal);
    delete demand.list;
    if (!listed.ok) demand.failed = { atMs: clock.nowMs(), failure: listed.error };
    else if (demands.get(namespace) === demand && maySpareWatch(demand)) demand.watch = watch(path, listed.value);
    return listed;
  }

  function maySpareWatch(demand: Demand): boolean {
    const watches = [...demands.values()].filter((each) => each.watch !== undefined).length;
    return demand.watch === undefined && cluster?.objects.known() !== true && watches < maxNamespaces;
  }

  function watch(path: string, listed?: Listed<ObjectMeta>, onChange?: () => void): Watch {
    const end = new AbortController();
    const objects = createReflector({
      client,
      clock,
      query,
      timing,
      metadataOnly: true,
      project: projectMeta,
      locate: async () => Promise.resolve(ok(path)),
      ...(onChange === undefined ? {} : { onChange }),
    });
    void objects.start(AbortSignal.any([signal, end.signal]), listed);
    return { objects, end };
  }

  function watchCluster(): Watch {
    let inSync = false;
    const all = watch(`${apiPath}/${resource.resource}`, undefined, () => {
      if (inSync || all.objects.state().kind !== "synced") return;
      inSync = true;
      demands.forEach(unwatch);
    });
    return all;
  }

  /** Runs as long as anything is in demand. */
  async function dropIdle(): Promise<void> {
    while (demands.size > 0 && !signal.aborted) {
      for (const [namespace, demand] of demands) {
        const leftMs = demand.usedMs + idleMs - clock.nowMs();
        if (leftMs > 0) {
          await clock.sleep(leftMs, signal);
          break;
        }
        unwatch(demand);
        demands.delete(namespace);
        if (demands.size * 2 <= maxNamespaces) endCluster();
      }
    }
  }

  function endCluster(): void {
    cluster?.end.abort();
    cluster = undefined;
  }

  return { find };
}

function tooSlow(waitMs: number): KubernetesFailure {
  return { kind: "unreachable", detail: `no answer within ${waitMs / 1_000} seconds` };
}

function unwatch(demand: Demand): void {
  demand.watch?.end.abort();
  delete demand.watch;
}
