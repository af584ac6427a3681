import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, request } from "undici";
import type { Connection } from "../../sandbox/kubernetes-client.ts";
import { freePort, startProcess } from "../../sandbox/processes.ts";
import type { FrozenPrometheus } from "./frozen-prometheus.ts";
import { type Asked, type Recorder, startRecorder } from "./recorder.ts";

/** A program that serves metrics, and how it is started. */
export interface Program {
  readonly name: string;
  readonly command: string;
  /** Before the flags, which are the same for all. */
  readonly args: readonly string[];
  /** What the configuration file is to be, given the text of the one that is compared. */
  readonly configFile: (text: string) => string;
}

/** How to start a program. */
export interface ContestantOptions {
  readonly program: Program;
  /** Holds its configuration, certificate and log; made if missing. */
  readonly directory: string;
  /** The text of the configuration file. */
  readonly config: string;
  readonly prometheus: FrozenPrometheus;
  /** Whose rights it has. */
  readonly kubeconfig: string;
  /** Who asks it. */
  readonly client: Pick<Connection, "certPem" | "keyPem">;
  /** How old series may be that it finds, and how long it waits before it lists them again. */
  readonly maxAgeMs: number;
  readonly signal: AbortSignal;
}

/** What a program answered. */
export interface Answer {
  readonly code: number;
  /** Of JSON its value, of anything else its text. */
  readonly body: unknown;
  /** When it was asked and when it answered, in milliseconds since the Unix epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What it asked Prometheus for it. */
  readonly asked: readonly Asked[];
}

/** A program in service. */
export interface Contestant extends AsyncDisposable {
  /** Asks for JSON as a member of system:masters; rejects when it cannot be reached. */
  readonly ask: (path: string, method?: string) => Promise<Answer>;
  readonly recorder: Recorder;
}

const readyWithinMs = 60_000;

/** Starts a program and waits until it says that it is ready. Rejects, with the end of its log, if it does not start. */
export async function startContestant(options: ContestantOptions): Promise<Contestant> {
  const { program, directory, config, kubeconfig, signal } = options;
  await mkdir(directory, { recursive: true });
  const configFile = join(directory, "config.yaml");
  await writeFile(configFile, program.configFile(config));
  const port = await freePort();
  const url = `https://127.0.0.1:${port}`;
  const { certPem: cert, keyPem: key } = options.client;
  await using starting = new AsyncDisposableStack();
  const recorder = starting.use(await startRecorder(options.prometheus));
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false, cert, key } });
  starting.defer(async () => dispatcher.close());
  // As kubelets ask: nobody, and on a connection that nothing else uses.
  const kubelet = new Agent({ connect: { rejectUnauthorized: false }, pipelining: 0 });
  starting.defer(async () => kubelet.close());

  async function ask(path: string, method = "GET"): Promise<Answer> {
    const before = recorder.asked().length;
    const fromMs = Date.now();
    const { statusCode, body } = await request(url + path, {
      method,
      dispatcher,
      headers: { accept: "application/json" },
    });
    const text = await body.text();
    return {
      code: statusCode,
      body: parseBody(text),
      fromMs,
      toMs: Date.now(),
      asked: recorder.asked().slice(before),
    };
  }
  starting.use(
    await startProcess({
      name: program.name,
      command: program.command,
      args: [
        ...program.args,
        `--config=${configFile}`,
        `--prometheus-url=${recorder.url}`,
        `--lister-kubeconfig=${kubeconfig}`,
        `--authentication-kubeconfig=${kubeconfig}`,
        `--authorization-kubeconfig=${kubeconfig}`,
        "--bind-address=127.0.0.1",
        `--secure-port=${port}`,
        `--cert-dir=${join(directory, "serving-cert")}`,
        `--metrics-relist-interval=${options.maxAgeMs}ms`,
        // Selecting objects is limited to five lists a second otherwise.
        "--client-qps=10000",
        "--client-burst=10000",
      ],
      logFile: join(directory, "log.txt"),
      ready: async () => (await request(`${url}/readyz`, { dispatcher: kubelet })).statusCode === 200,
      readyWithinMs,
      signal,
    }),
  );
  const running = starting.move();
  return { ask, recorder, [Symbol.asyncDispose]: async () => running.disposeAsync() };
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
