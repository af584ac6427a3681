import type { RequestListener } from "node:http";
import { Agent } from "node:https";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { issueCertificate, type KeyPair } from "../../src/apiservice/certificates.ts";
import { type ApiServer, createApiServer } from "../../src/apiservice/server.ts";
import { askApi } from "../support/api-client.ts";
import { authority, validity } from "../support/test-pki.ts";

const [delayMs, drainMs] = [1, 2];
let keyPair: KeyPair;
let listener: RequestListener;
let pauses: Map<number, () => void>;
let server: ApiServer;
let port: number;
let agent: Agent;

beforeAll(async () => {
  const subject = { commonName: "adapter", hosts: ["localhost"], usages: ["serverAuth"] } as const;
  keyPair = await issueCertificate(await authority("serving-ca"), subject, validity);
});

beforeEach(async () => {
  listener = (_request, response) => response.end("here");
  pauses = new Map();
  agent = new Agent({ keepAlive: true, maxSockets: 1 });
  server = createApiServer({
    listener: (request, response) => listener(request, response),
    address: "127.0.0.1",
    port: 0,
    keyPair,
    readTrust: () => ({}),
    minVersion: "TLSv1.2",
    ciphers: undefined,
    beginShutdown: () => {},
    shutdownDelayMs: delayMs,
    drainMs,
    sleep: async (ms) => new Promise((resolve) => pauses.set(ms, resolve)),
  });
  const started = await server.start();
  port = started.ok ? started.value : 0;
});

afterEach(() => {
  agent.destroy();
});

/** The `Connection` header of an answer. */
async function connection(): Promise<unknown> {
  return (await askApi(port, "/", { agent })).headers["connection"];
}

describe("stop()", () => {
  test("lets go of kept connections while it still serves, by what it answers on them [wire 24] [trap 13]", async () => {
    expect(await connection()).toBe("keep-alive");
    const stopped = server.stop();
    expect(await connection()).toBe("close");
    expect(await connection()).toBe("close");
    pauses.get(delayMs)?.();
    await stopped;
  });

  test("lets go of the connection of a request that is under way when it begins [wire 24] [trap 13]", async () => {
    const asked = Promise.withResolvers<() => void>();
    listener = (_request, response) => asked.resolve(() => response.end("late"));
    const answered = connection();
    const answer = await asked.promise;
    const stopped = server.stop();
    answer();
    expect(await answered).toBe("close");
    pauses.get(delayMs)?.();
    await stopped;
  });
});
