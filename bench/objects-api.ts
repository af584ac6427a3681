import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { instance, launcherPod, other, plainPod, type Template } from "./realistic-objects.ts";

/** Objects of a kind: so many in each of the namespaces `ns-0`, `ns-1`, … */
interface Collection {
  readonly template: Template;
  readonly namespaces: number;
  readonly perNamespace: number;
}

const namespaces = 100;
const vmUid = "00000000-0000-4000-8000-vm@INDEX@";
const machine = other("web-@INDEX@", vmUid, { kind: "VirtualMachinePool", name: "web" });

const collections: Readonly<Record<string, Collection>> = {
  launchers: { template: launcherPod(), namespaces, perNamespace: 200 },
  pods: { template: plainPod(), namespaces, perNamespace: 800 },
  virtualmachineinstances: { template: instance(), namespaces, perNamespace: 200 },
  virtualmachines: { template: machine, namespaces, perNamespace: 200 },
  virtualmachinepools: { template: other("web", "pool-@INDEX@"), namespaces, perNamespace: 1 },
  virtualmachineinstancereplicasets: { template: other("set", "set-@INDEX@"), namespaces, perNamespace: 0 },
  namespaces: { template: other("ns-@INDEX@", "ns-@INDEX@"), namespaces: 1, perNamespace: namespaces },
  nodes: { template: other("node-@INDEX@", "node-@INDEX@"), namespaces: 1, perNamespace: 1_000 },
};

/** Which objects a request is about; undefined for a resource that there is none of. */
interface Selected {
  readonly collection: Collection;
  readonly first: number;
  readonly count: number;
}

function select({ pathname, searchParams }: URL): Selected | undefined {
  const [, namespace, resource = ""] = /(?:namespaces\/([^/]+)\/)?(\w+)$/u.exec(pathname) ?? [];
  const launcher = searchParams.get("labelSelector") === "kubevirt.io=virt-launcher";
  const collection = collections[launcher ? "launchers" : resource];
  if (collection === undefined) return undefined;
  const { perNamespace } = collection;
  if (namespace === undefined) return { collection, first: 0, count: perNamespace * collection.namespaces };
  const number = Number(namespace.replace("ns-", ""));
  return { collection, first: number * perNamespace, count: number < collection.namespaces ? perNamespace : 0 };
}

/** One page, as a real server cuts it: by `limit`, with the number of the next object as `continue`. */
function page({ collection, first, count }: Selected, query: URLSearchParams, partial: boolean): string {
  const start = Number(query.get("continue") ?? "0");
  const end = Math.min(count, start + Number(query.get("limit") ?? count));
  const fill = partial ? collection.template.metadata : collection.template.whole;
  const items = Array.from({ length: end - start }, (_, offset) => {
    const index = first + start + offset;
    return fill({ namespace: `ns-${Math.floor(index / collection.perNamespace)}`, index });
  });
  const metadata = { resourceVersion: "1", ...(end < count ? { continue: String(end) } : {}) };
  return `{"kind":"List","apiVersion":"v1","metadata":${JSON.stringify(metadata)},"items":[${items.join(",")}]}`;
}

function answer(url: URL, accept: string, response: ServerResponse): void {
  const selected = select(url);
  response.setHeader("content-type", "application/json");
  if (url.pathname === "/apis/pool.kubevirt.io") response.end('{"preferredVersion":{"version":"v1beta1"}}');
  else if (selected === undefined) response.writeHead(404).end("{}");
  else if (url.searchParams.get("watch") === "true") beginWatch(selected.collection, response);
  else response.end(page(selected, url.searchParams, accept.includes("PartialObjectMetadata")));
}

const watches = new Map<Collection, ServerResponse>();

function beginWatch(collection: Collection, response: ServerResponse): void {
  response.flushHeaders();
  watches.set(collection, response);
}

/** Changes every object of a kind at once, as an upgrade of KubeVirt does. */
async function changeAll(resource: string): Promise<void> {
  const collection = collections[resource];
  const watch = collection && watches.get(collection);
  if (collection === undefined || watch === undefined) return;
  for (let index = 0; index < collection.namespaces * collection.perNamespace; index += 1) {
    const facts = { namespace: `ns-${Math.floor(index / collection.perNamespace)}`, index };
    const event = `{"type":"MODIFIED","object":${collection.template.whole(facts)}}\n`;
    if (!watch.write(event)) await once(watch, "drain");
  }
}

const server = createServer(({ url = "", headers }, response) => {
  answer(new URL(url, "http://scripted"), headers.accept ?? "", response);
});
server.listen(0, "127.0.0.1", () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.on("message", (resource) => void changeAll(String(resource)));
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
