import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { freePort, type RunningProcess, startProcess } from "./processes.ts";

/** How to start a Prometheus. */
export interface PrometheusOptions {
  /** Path of the binary. */
  readonly binary: string;
  /** Holds its configuration, data and log; made if missing. */
  readonly directory: string;
  /** Entries of `scrape_configs`, as Prometheus documents them. */
  readonly scrapeConfigs: readonly object[];
  /** Interval and timeout of scrapes, and the interval of rules. */
  readonly scrapeIntervalMs: number;
  /** Further flags. */
  readonly args?: readonly string[];
  /** Loopback port; a free one by default. */
  readonly port?: number;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

/** A Prometheus on loopback. */
export interface Prometheus extends AsyncDisposable {
  /** Such as `http://127.0.0.1:23456`; the same after a restart. */
  readonly url: string;
  readonly directory: string;
  readonly logFile: string;
  /** The process id since the last start. */
  readonly pid: () => number;
  /** Ends it and keeps what it has stored. */
  readonly stop: () => Promise<void>;
  /** Starts it again on the same port with the same data, after stopping it if it runs. */
  readonly restart: () => Promise<void>;
}

/**
 * Starts Prometheus and waits until it answers queries. Rejects, with the end of its log, if it does not within 15 s.
 *
 * Prometheus scrapes nothing in the first 5 s, also after a restart, since its discovery hands on targets that often.
 */
export async function startPrometheus(options: PrometheusOptions): Promise<Prometheus> {
  const { binary, directory, args = [], port = await freePort(), signal } = options;
  const configFile = join(directory, "prometheus.yaml");
  const logFile = join(directory, "prometheus.log");
  const url = `http://127.0.0.1:${port}`;
  await mkdir(directory, { recursive: true });
  await writeFile(configFile, configOf(options));

  async function start(): Promise<RunningProcess> {
    return startProcess({
      name: "prometheus",
      command: binary,
      args: [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${join(directory, "data")}`,
        // Everything stays in the head block: no compaction in the middle of a measurement.
        "--storage.tsdb.min-block-duration=1d",
        "--storage.tsdb.max-block-duration=1d",
        `--web.listen-address=127.0.0.1:${port}`,
        ...args,
      ],
      logFile,
      ready: async () => isOk(`${url}/-/ready`),
      readyWithinMs: 15_000,
      signal,
    });
  }
  let running = await start();
  async function stop(): Promise<void> {
    await running.stop();
  }
  return {
    url,
    directory,
    logFile,
    pid: () => running.pid,
    stop,
    restart: async () => {
      await stop();
      running = await start();
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** JSON is YAML. */
function configOf({ scrapeConfigs, scrapeIntervalMs }: PrometheusOptions): string {
  const interval = `${scrapeIntervalMs}ms`;
  return JSON.stringify(
    {
      global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
      scrape_configs: scrapeConfigs,
    },
    null,
    2,
  );
}

async function isOk(url: string): Promise<boolean> {
  const { statusCode, body } = await request(url);
  await body.dump();
  return statusCode === 200;
}
