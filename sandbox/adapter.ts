import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, request } from "undici";
import { freePort, type RunningProcess, startProcess } from "./processes.ts";

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
  /** Flags of Node, such as `--inspect=127.0.0.1:9229`. */
  readonly nodeArgs?: readonly string[];
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
  /** The process id since the last start. */
  readonly pid: () => number;
  readonly logFile: string;
  /** Asks it without the aggregation layer, as whoever the token belongs to. */
  readonly get: (path: string, token?: string) => Promise<{ readonly code: number; readonly body: string }>;
  /** Ends it as a kubelet does: SIGTERM, and SIGKILL when it takes too long. */
  readonly stop: () => Promise<void>;
  /** Starts it again on the same port, after stopping it if it runs, and waits until it is ready. */
  readonly restart: () => Promise<void>;
  /** Ends it with SIGKILL. */
  readonly kill: () => Promise<void>;
}

const entry = join(import.meta.dirname, "..", "src", "main.ts");

/** Starts the adapter and waits until it is ready. Rejects, with the end of its log, if it is not within a minute. */
export async function startAdapter(options: AdapterOptions): Promise<Adapter> {
  const { directory, port = await freePort() } = options;
  await mkdir(directory, { recursive: true });
  const configFile = join(directory, "config.yaml");
  const logFile = join(directory, "adapter.log");
  await writeFile(configFile, JSON.stringify(options.config, null, 2)); // JSON is YAML

  const url = `https://127.0.0.1:${port}`;
  // Without kept connections, as kubelets ask: whether it takes new ones is part of the answer.
  const agent = new Agent({ connect: { rejectUnauthorized: false }, pipelining: 0 });
  async function get(path: string, token?: string): Promise<{ code: number; body: string }> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const { statusCode, body } = await request(url + path, { dispatcher: agent, headers });
    return { code: statusCode, body: await body.text() };
  }

  async function start(): Promise<RunningProcess> {
    return startProcess({
      name: "vm-metrics-adapter",
      command: process.execPath,
      args: [
        ...(options.nodeArgs ?? []),
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
      readyWithinMs: 60_000,
      stopWithinMs: 30_000,
      signal: options.signal,
    });
  }
  let running = await start();
  async function stop(): Promise<void> {
    await running.stop();
  }
  return {
    url,
    port,
    pid: () => running.pid,
    logFile,
    get,
    stop,
    restart: async () => {
      await stop();
      running = await start();
    },
    kill: async () => running.kill(),
    [Symbol.asyncDispose]: async () => {
      await stop();
      await agent.close();
    },
  };
}
