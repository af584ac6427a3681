import { isDeepStrictEqual } from "node:util";
import type { KubernetesClient, RequestFailure } from "../kubernetes-client.ts";
import { type ApiResource, type JsonObject, type KubernetesObject, pathOf } from "../kubernetes-object.ts";

/** Writes to an API server, only where something differs. What fails is reported and left to the next pass. */
export interface Writer {
  /** The object as created; undefined when that failed. */
  readonly create: (resource: ApiResource, object: KubernetesObject) => Promise<KubernetesObject | undefined>;
  /** Changes fields of an object; answers the newest known state of it. */
  readonly patch: (resource: ApiResource, object: KubernetesObject, patch: JsonObject) => Promise<KubernetesObject>;
  /** Replaces the fields of the status that are given. */
  readonly status: (resource: ApiResource, object: KubernetesObject, status: JsonObject) => Promise<void>;
  /** Puts a pod on a node and answers it. */
  readonly bind: (resource: ApiResource, pod: KubernetesObject, node: string) => Promise<KubernetesObject>;
  readonly remove: (resource: ApiResource, object: KubernetesObject) => Promise<void>;
}

/** Makes a writer; conflicts and objects that are gone are part of life and not reported. */
export function createWriter(client: KubernetesClient, report: (failure: RequestFailure) => void): Writer {
  function complain(failure: RequestFailure): void {
    if (failure.code !== 409 && failure.code !== 404) report(failure);
  }

  return {
    create: async (resource, object) => {
      const { namespace } = object.metadata;
      const created = await client.create(pathOf(resource, namespace === undefined ? {} : { namespace }), object);
      if (created.ok) return created.value;
      complain(created.error);
      return undefined;
    },
    patch: async (resource, object, patch) => {
      const patched = await client.mergePatch(placeOf(resource, object), patch);
      if (patched.ok) return patched.value;
      complain(patched.error);
      return object;
    },
    status: async (resource, object, status) => {
      if (Object.entries(status).every(([field, value]) => isDeepStrictEqual(object.status?.[field], value))) return;
      const next = { ...object, status: { ...object.status, ...status } };
      const written = await client.replace(placeOf(resource, object, "status"), next);
      if (!written.ok) complain(written.error);
    },
    bind: async (resource, pod, node) => {
      const target = { apiVersion: "v1", kind: "Node", name: node };
      const binding = { apiVersion: "v1", kind: "Binding", metadata: { name: pod.metadata.name }, target };
      const bound = await client.create(placeOf(resource, pod, "binding"), binding);
      if (!bound.ok) complain(bound.error);
      const read = await client.get(placeOf(resource, pod));
      return read.ok ? read.value : pod;
    },
    remove: async (resource, object) => {
      const removed = await client.delete(placeOf(resource, object));
      if (!removed.ok) complain(removed.error);
    },
  };
}

function placeOf(resource: ApiResource, { metadata }: KubernetesObject, subresource?: string): string {
  const { namespace, name } = metadata;
  return pathOf(resource, {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(subresource === undefined ? {} : { subresource }),
  });
}
