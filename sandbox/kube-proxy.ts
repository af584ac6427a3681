import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** The address of a Service on loopback. */
export interface KubeProxy extends AsyncDisposable {
  /** Connections to this port of 127.0.0.1 reach the replicas. */
  readonly port: number;
}

/**
 * Does for one Service what kube-proxy does: each new TCP connection goes to one of the ports that are ready at that moment,
 * in turn, and stays there whatever becomes of the others. Bytes, ends and resets are passed on as they are; where nobody
 * is ready, or the chosen one does not listen, the connection is reset.
 */
export async function startKubeProxy(readyPorts: () => readonly number[]): Promise<KubeProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const ports = readyPorts();
    const port = ports[connections++ % ports.length];
    own(client);
    if (port === undefined) client.resetAndDestroy();
    else join(client, own(connect({ port, host: "127.0.0.1", allowHalfOpen: true, noDelay: true })));
  });

  function own(socket: Socket): Socket {
    sockets.add(socket);
    return socket.once("close", () => sockets.delete(socket));
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await once(server, "close");
    },
  };
}

function join(client: Socket, replica: Socket): void {
  client.pipe(replica).pipe(client);
  client.once("error", () => replica.resetAndDestroy());
  replica.once("error", () => client.resetAndDestroy());
}
