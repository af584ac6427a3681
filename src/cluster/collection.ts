import { fail, ok, type Result } from "../result.ts";
import { failureFromErrorEvent, type KubernetesFailure } from "./failure.ts";
import { asArray, asText, at } from "./json.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";
import { createObjectTable, type Named, type ObjectTable } from "./object-table.ts";

/** Which objects of a collection are read, and how. */
export interface CollectionOptions {
  readonly client: KubernetesClient;
  /** `labelSelector`, `fieldSelector`. */
  readonly query: Readonly<Record<string, string>>;
  /** Asks for PartialObjectMetadata (meta.k8s.io/v1) instead of whole objects. */
  readonly metadataOnly: boolean;
  /** For one page of a list, or for a watch to begin, in milliseconds. */
  readonly timeoutMs: number;
  /** A watch that is silent for so long ends, in milliseconds. */
  readonly idleMs: number;
}

/** Up to where a collection is known. */
export interface Position {
  /** Such as `/api/v1/pods`. */
  readonly path: string;
  readonly resourceVersion: string;
}

/** All objects of a collection, and up to where they are known. Whoever asked for them may go on with the table. */
export interface Listed<T extends Named> {
  readonly objects: ObjectTable<T>;
  readonly position: Position;
}

/** One event of a watch. */
export interface WatchEvent {
  readonly type: "put" | "delete" | "bookmark";
  /** As it came; of a bookmark only the resource version means something. */
  readonly object: unknown;
  readonly position: Position;
}

/** Reads and watches the objects of one kind as the Kubernetes API concepts, "Efficient detection of changes", say. */
export interface Collection {
  /** Reads everything, page by page; `project` cuts each object down before the next page is asked for. */
  readonly list: <T extends Named>(
    path: string,
    project: (raw: unknown) => T | undefined,
    signal: AbortSignal,
  ) => Promise<Result<Listed<T>, KubernetesFailure>>;
  /** Follows changes for about `lengthMs`. An event of type ERROR is the failure that ends it. */
  readonly watch: (
    position: Position,
    lengthMs: number,
    signal: AbortSignal,
  ) => Promise<Result<AsyncIterable<Result<WatchEvent, KubernetesFailure>>, KubernetesFailure>>;
}

/** Bounds how long reading one page holds up everything else: at 12 KB an object some 10 ms (`make bench-objects`). */
const pageSize = 100;

/** Names a collection; nothing is read yet. */
export function createCollection({ client, query, metadataOnly, timeoutMs, idleMs }: CollectionOptions): Collection {
  return {
    list: async <T extends Named>(path: string, project: (raw: unknown) => T | undefined, signal: AbortSignal) => {
      const objects = createObjectTable<T>();
      let token = "";
      for (;;) {
        const answer = await client.request({
          method: "GET",
          path,
          query: { ...query, limit: String(pageSize), ...(token === "" ? {} : { continue: token }) },
          ...acceptOf(metadataOnly, "List"),
          timeoutMs,
          signal,
        });
        if (!answer.ok) return answer;
        const { body } = answer.value;
        const resourceVersion = resourceVersionOf(body);
        if (resourceVersion === "") return fail({ kind: "other", detail: "the answer is not a list" });
        for (const raw of asArray(at(body, "items"))) {
          const object = project(raw);
          if (object !== undefined) objects.put(object);
        }
        token = asText(at(body, "metadata", "continue"));
        if (token === "") return ok({ objects, position: { path, resourceVersion } });
      }
    },
    watch: async (position, lengthMs, signal) => {
      const opened = await client.stream({
        path: position.path,
        query: { ...query, ...watchQuery(position, lengthMs) },
        ...acceptOf(metadataOnly, ""),
        timeoutMs,
        idleTimeoutMs: idleMs,
        signal,
      });
      return opened.ok ? ok(readEvents(opened.value, position)) : opened;
    },
  };
}

async function* readEvents(
  lines: AsyncIterable<Result<unknown, KubernetesFailure>>,
  { path, resourceVersion: since }: Position,
): AsyncGenerator<Result<WatchEvent, KubernetesFailure>, void> {
  let resourceVersion = since;
  for await (const line of lines) {
    if (!line.ok) {
      yield line;
      return;
    }
    const [name, object] = [asText(at(line.value, "type")), at(line.value, "object")];
    if (name === "ERROR") {
      yield fail(failureFromErrorEvent(object));
      return;
    }
    resourceVersion = resourceVersionOf(object) || resourceVersion;
    yield ok({ type: typeByName[name] ?? "bookmark", object, position: { path, resourceVersion } });
  }
}

const typeByName: Readonly<Record<string, WatchEvent["type"]>> = { ADDED: "put", MODIFIED: "put", DELETED: "delete" };

function watchQuery({ resourceVersion }: Position, lengthMs: number): Readonly<Record<string, string>> {
  const timeoutSeconds = String(Math.ceil(lengthMs / 1_000));
  return { watch: "true", allowWatchBookmarks: "true", resourceVersion, timeoutSeconds };
}

/** A server that cannot cut objects down sends them whole; the metadata are the same. */
function acceptOf(metadataOnly: boolean, suffix: "List" | ""): { readonly accept?: string } {
  if (!metadataOnly) return {};
  return { accept: `application/json;as=PartialObjectMetadata${suffix};g=meta.k8s.io;v=v1,application/json` };
}

function resourceVersionOf(document: unknown): string {
  return asText(at(document, "metadata", "resourceVersion"));
}
