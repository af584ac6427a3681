import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Exposition } from "./exposition.ts";
import { textFormatType } from "./text-format.ts";

/** A running exporter. */
export interface Exporter {
  /** `127.0.0.1:{port}`. */
  readonly address: string;
  /** `http://127.0.0.1:{port}`. */
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/**
 * Serves an exposition on loopback; anything else is 404. Port 0 takes a free one.
 *
 *     /virt-handler/{node}/metrics   /virt-controller/metrics   /virt-api/metrics
 *     /collectd/{node}/metrics   /libvirt-exporter/{node}/metrics
 */
export async function startExporter(exposition: Exposition, nodes: readonly string[], port = 0): Promise<Exporter> {
  const textByPath = new Map<string, () => string>([
    ...nodes.flatMap((node) => [
      [`/virt-handler/${node}/metrics`, () => exposition.virtHandler(node)] as const,
      [`/collectd/${node}/metrics`, () => exposition.collectd(node)] as const,
      [`/libvirt-exporter/${node}/metrics`, () => exposition.libvirtExporter(node)] as const,
    ]),
    ["/virt-controller/metrics", exposition.virtController] as const,
    ["/virt-api/metrics", exposition.virtApi] as const,
  ]);
  const server = createServer((request, response) => {
    const text = textByPath.get(request.url ?? "");
    if (text === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": textFormatType }).end(text());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  // A server on a TCP port answers an object.
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address,
    url: `http://${address}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
