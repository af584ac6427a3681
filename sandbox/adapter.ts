import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, request } from "undici";
import { freePort, startProcess } from "./processes.ts";

/** How to start the adapter. */
export interface AdapterOptions {
  /** Holds its configuration file, certificate and log; made if missing. */
  readonly directory: string;
  /** Whose rights it has. */
  readonly kubeconfig: string;
  readonly prometheusUrl: string;
  /** The content of its configuration file. */
  readonly config: object;
  /** Further flags. */
  readonly args?: readonly string[];
  /** Loopback port; a free one by default. */
  readonly port?: number;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

/** The adapter as a process of its own, on loopback. */
export interface Adapter extends AsyncDisposable {
  /** Such as `https://127.0.0.1:23456`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Asks it without the aggregation layer, as whoever the token belongs to. */
  readonly get: (path: string, token?: string) => Promise<{ readonly code: number; readonly body: string }>;
  readonly stop: () => Promise<void>;
}

const entry = join(import.meta.dirname, "..", "src", "main.ts");

/** Starts the adapter and waits until it is ready. Rejects, with the end of its log, if it is not within 20 s. */
export async function startAdapter(options: AdapterOptions): Promise<Adapter> {
  const { directory, port = await freePort() } = options;
  await mkdir(directory, { recursive: true });
  const configFile = join(directory, "config.yaml");
  const logFile = join(directory, "adapter.log");
  await writeFile(configFile, JSON.stringify(options.config, null, 2)); // JSON is YAML

  const url = `https://127.0.0.1:${port}`;
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  async function get(path: string, token?: string): Promise<{ code: number; body: string }> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { statusCode, body } = await request(url + path, { dispatcher: agent, headers });
    return { code: statusCode, body: await body.text() };
  }

  const running = await startProcess({
    name: "vm-metrics-adapter",
    command: process.execPath,
    args: [
      entry,
      "serve",
      ...(options.args ?? []),
      "--bind-address=127.0.0.1",
      `--secure-port=${port}`,
      `--cert-dir=${join(directory, "serving-cert")}`,
      `--config=${configFile}`,
      `--prometheus-url=${options.prometheusUrl}`,
      `--lister-kubeconfig=${options.kubeconfig}`,
    ],
    logFile,
    ready: async () => (await get("/readyz")).code === 200,
    readyWithinMs: 20_000,
    stopWithinMs: 30_000,
    signal: options.signal,
  });
  async function stop(): Promise<void> {
    await running.stop();
    await agent.close();
  }
  return { url, port, pid: running.pid, logFile, get, stop, [Symbol.asyncDispose]: stop };
}
