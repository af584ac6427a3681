import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type KubeProxy, startKubeProxy } from "../../sandbox/kube-proxy.ts";

let ready: number[];
let proxy: KubeProxy;
let servers: Server[];

beforeEach(async () => {
  ready = [];
  servers = [];
  proxy = await startKubeProxy(() => ready);
});

afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  for (const server of servers) server.close();
});

/** A ready replica that says its name before whatever it is told. */
async function replica(name: string, accept: (socket: Socket) => void = () => {}): Promise<number> {
  const server = createServer((socket) => {
    accept(socket);
    socket.on("error", () => {});
    socket.on("data", (text) => socket.write(`${name} heard ${text.toString()}`));
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  ready.push(port);
  return port;
}

async function open(): Promise<Socket> {
  const socket = connect(proxy.port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

async function say(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [answer] = (await once(socket, "data")) as [Buffer];
  return answer.toString();
}

/** Opens a connection for one question. */
async function ask(text: string): Promise<string> {
  const socket = await open();
  const answer = await say(socket, text);
  socket.destroy();
  return answer;
}

async function failure(socket: Socket): Promise<unknown> {
  const [error] = (await once(socket, "error")) as [NodeJS.ErrnoException];
  return error.code;
}

describe("startKubeProxy()", () => {
  test("sends new connections to the ready ports in turn", async () => {
    await replica("a");
    await replica("b");
    const answers = [await ask("1"), await ask("2"), await ask("3")];
    expect(answers).toEqual(["a heard 1", "b heard 2", "a heard 3"]);
  });

  test("leaves a connection where it is when its replica is not ready any more", async () => {
    await replica("a");
    const kept = await open();
    expect(await say(kept, "1")).toBe("a heard 1");
    ready.length = 0;
    await replica("b");
    expect(await say(kept, "2")).toBe("a heard 2");
    expect(await ask("3")).toBe("b heard 3");
    kept.destroy();
  });

  test("resets a connection when nobody is ready", async () => {
    expect(await failure(connect(proxy.port, "127.0.0.1"))).toBe("ECONNRESET");
  });

  test("resets a connection when the chosen one does not listen", async () => {
    await replica("a");
    for (const server of servers) server.close();
    expect(await failure(connect(proxy.port, "127.0.0.1"))).toBe("ECONNRESET");
  });

  test("passes a reset on, to either side", async () => {
    await replica("a", (socket) => socket.once("data", () => socket.resetAndDestroy()));
    const cut = await open();
    cut.write("1");
    expect(await failure(cut)).toBe("ECONNRESET");

    const seen = Promise.withResolvers<unknown>();
    ready.length = 0;
    await replica("b", (socket) => void failure(socket).then(seen.resolve));
    const cutting = await open();
    await say(cutting, "2");
    cutting.resetAndDestroy();
    expect(await seen.promise).toBe("ECONNRESET");
  });

  test("passes an end on while the other direction goes on", async () => {
    await replica("a", (socket) => socket.once("end", () => socket.end("that was all")));
    const socket = await open();
    socket.end();
    const [last] = (await once(socket, "data")) as [Buffer];
    expect(last.toString()).toBe("that was all");
    await once(socket, "close");
  });
});
