import { formatLabelSelector, type LabelSelector } from "../naming/label-selector.ts";
import { fail, ok, type Result } from "../result.ts";
import type { KubernetesFailure } from "./failure.ts";
import { asArray, asText, at } from "./json.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";

/** A resource as its objects are listed. */
export interface ListedResource {
  readonly group: string;
  readonly version: string;
  /** Plural. */
  readonly resource: string;
}

/**
 * Names the objects of a resource whose labels match, in the order of the Kubernetes API; those of a namespace or, without
 * one, of the cluster. Never rejects.
 */
export type ListObjects = (
  resource: ListedResource,
  namespace: string | undefined,
  selector: LabelSelector,
) => Promise<Result<readonly string[], KubernetesFailure>>;

export interface ObjectListOptions {
  readonly client: KubernetesClient;
  /** For one page, in milliseconds. */
  readonly timeoutMs: number;
}

/** Metadata only are small. */
const pageSize = 500;
/** A server that cannot cut objects down sends them whole; the metadata are the same. */
const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/** Lists objects when somebody asks for them; who comes while an equal list is under way shares it. */
export function createObjectList({ client, timeoutMs }: ObjectListOptions): ListObjects {
  const underWay = new Map<string, ReturnType<ListObjects>>();

  async function list(path: string, labelSelector: string): ReturnType<ListObjects> {
    const listed = await listPages(path, labelSelector);
    // A list that took so long that its next page is gone begins anew, once.
    const again = !listed.ok && listed.error.kind === "gone";
    return again ? listPages(path, labelSelector) : listed;
  }

  async function listPages(path: string, labelSelector: string): ReturnType<ListObjects> {
    const names: string[] = [];
    let token = "";
    for (;;) {
      const query = {
        limit: String(pageSize),
        ...(labelSelector === "" ? {} : { labelSelector }),
        ...(token === "" ? {} : { continue: token }),
      };
      const answer = await client.request({ method: "GET", path, query, accept, timeoutMs });
      if (!answer.ok) return answer;
      const { body } = answer.value;
      // An empty list of Go may be null; no list at all must not read as an empty one.
      const items = at(body, "items");
      if (!Array.isArray(items) && items !== null) return fail({ kind: "other", detail: "the answer is not a list" });
      names.push(...asArray(items).map((item) => asText(at(item, "metadata", "name"))));
      token = asText(at(body, "metadata", "continue"));
      if (token === "") return ok(names);
    }
  }

  return async (resource, namespace, selector) => {
    // No namespace has such a name, and a proxy on the way takes it for a folder.
    if (namespace === "." || namespace === "..") return ok([]);
    const path = pathOf(resource, namespace);
    const labelSelector = formatLabelSelector(selector);
    const key = `${path}?${labelSelector}`;
    const listing = underWay.get(key) ?? list(path, labelSelector).finally(() => underWay.delete(key));
    underWay.set(key, listing);
    return listing;
  };
}

function pathOf({ group, version, resource }: ListedResource, namespace: string | undefined): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${within}/${resource}`;
}
