import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { formatGroupResource, type GroupResource } from "../../src/naming/group-resource.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import type { KubernetesObject } from "../kubernetes-object.ts";
import { statusFailure, type StatusFailure } from "./status.ts";

/** One write: an object before and after it. */
export interface Change {
  readonly resourceVersion: number;
  readonly resource: GroupResource;
  /** Absent for a creation. */
  readonly before?: KubernetesObject;
  /** Absent for a deletion. */
  readonly after?: KubernetesObject;
}

type Outcome = Result<KubernetesObject, StatusFailure>;

/** Objects in memory with the rules of an API server: names, uids, resource versions, conflicts, a bounded history. */
export interface Store {
  readonly get: (resource: GroupResource, namespace: string, name: string) => KubernetesObject | undefined;
  /** Ordered by namespace and name; all namespaces without one. */
  readonly list: (resource: GroupResource, namespace?: string) => readonly KubernetesObject[];
  /** 409 AlreadyExists when there is one of this name. */
  readonly create: (resource: GroupResource, object: KubernetesObject) => Outcome;
  /** 404 when it is not there, 409 Conflict when the object carries a resourceVersion that is not the newest. */
  readonly update: (resource: GroupResource, object: KubernetesObject) => Outcome;
  readonly remove: (resource: GroupResource, namespace: string, name: string) => Outcome;
  /** The resource version of the newest write. */
  readonly version: () => number;
  /** The writes after a version; undefined when it lies before the history. */
  readonly since: (resourceVersion: number) => readonly Change[] | undefined;
  /** Calls the listener at each write; the answer ends it. */
  readonly subscribe: (listener: (change: Change) => void) => () => void;
  /** Forgets all history, as a compaction of etcd does. */
  readonly compact: () => void;
}

/** Most writes that watches can go back. */
const historyLimit = 10_000;

/** Makes an empty store. */
export function createStore(nowMs: () => number): Store {
  const objects = new Map<string, Map<string, KubernetesObject>>();
  const listeners = new Set<(change: Change) => void>();
  let history: Change[] = [];
  let version = 1;

  function collection(resource: GroupResource): Map<string, KubernetesObject> {
    const key = formatGroupResource(resource);
    const found = objects.get(key) ?? new Map<string, KubernetesObject>();
    objects.set(key, found);
    return found;
  }

  function write(resource: GroupResource, before?: KubernetesObject, next?: KubernetesObject): KubernetesObject {
    version += 1;
    const object = next ?? before;
    if (object === undefined) throw new Error("Cannot write: neither an old nor a new object");
    const written = { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
    const change: Change = {
      resourceVersion: version,
      resource,
      // A deletion shows the object's last state under the version of the deletion.
      ...(before === undefined ? {} : { before: next === undefined ? written : before }),
      ...(next === undefined ? {} : { after: written }),
    };
    if (next === undefined) collection(resource).delete(keyOf(object));
    else collection(resource).set(keyOf(object), written);
    history = [...history.slice(history.length >= historyLimit ? historyLimit / 10 : 0), change];
    for (const listener of listeners) listener(change);
    return written;
  }

  function create(resource: GroupResource, object: KubernetesObject): Outcome {
    const named = { ...object, metadata: { ...object.metadata, name: nameFor(object) } };
    if (collection(resource).has(keyOf(named))) {
      return fail(statusFailure(409, `${quoted(resource, named.metadata.name)} already exists`, "AlreadyExists"));
    }
    const given = {
      uid: randomUUID(),
      creationTimestamp: new Date(nowMs()).toISOString().replace(/\.\d+/u, ""),
      generation: 1,
    };
    return ok(write(resource, undefined, { ...named, metadata: { ...named.metadata, ...given } }));
  }

  function update(resource: GroupResource, object: KubernetesObject): Outcome {
    const before = collection(resource).get(keyOf(object));
    const { name, resourceVersion } = object.metadata;
    if (before === undefined) return fail(notFound(resource, name));
    if (resourceVersion !== undefined && resourceVersion !== before.metadata.resourceVersion) {
      const advice = "the object has been modified; please apply your changes to the latest version and try again";
      return fail(statusFailure(409, `Operation cannot be fulfilled on ${quoted(resource, name)}: ${advice}`));
    }
    const { uid, creationTimestamp, generation = 1 } = before.metadata;
    const kept = {
      ...(uid === undefined ? {} : { uid }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
      generation: isDeepStrictEqual(before.spec, object.spec) ? generation : generation + 1,
      resourceVersion: before.metadata.resourceVersion ?? "",
    };
    const next = { ...object, metadata: { ...object.metadata, ...kept } };
    // A write that changes nothing is none: no new version, no event.
    return ok(isDeepStrictEqual(before, next) ? before : write(resource, before, next));
  }

  return {
    get: (resource, namespace, name) => collection(resource).get(`${namespace}/${name}`),
    list: (resource, namespace) =>
      [...collection(resource)]
        .filter(([, object]) => namespace === undefined || object.metadata.namespace === namespace)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object),
    create,
    update,
    remove: (resource, namespace, name) => {
      const before = collection(resource).get(`${namespace}/${name}`);
      return before === undefined ? fail(notFound(resource, name)) : ok(write(resource, before));
    },
    version: () => version,
    since: (resourceVersion) => {
      const oldest = history[0]?.resourceVersion ?? version + 1;
      return resourceVersion + 1 < oldest
        ? undefined
        : history.filter((change) => change.resourceVersion > resourceVersion);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact: () => {
      version += 1;
      history = [];
    },
  };
}

/** `pods "web-0" not found`. */
export function notFound(resource: GroupResource, name: string): StatusFailure {
  return statusFailure(404, `${quoted(resource, name)} not found`);
}

function quoted(resource: GroupResource, name: string): string {
  return `${formatGroupResource(resource)} "${name}"`;
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

/** A given name, or generateName and five characters, as in Kubernetes. */
function nameFor({ metadata }: KubernetesObject): string {
  return metadata.name || `${metadata.generateName ?? ""}${randomUUID().slice(0, 5)}`;
}
