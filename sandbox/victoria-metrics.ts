import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { freePort, type RunningProcess, startProcess } from "./processes.ts";
import type { Prometheus, PrometheusOptions } from "./prometheus.ts";

/**
 * Starts single-node VictoriaMetrics in the place of a Prometheus and waits until it answers queries. Rejects, with the end
 * of its log, if it does not within 15 s.
 *
 * It answers as it does where nobody has set it up: samples can be asked for after a second, or at once after a request to
 * `/internal/force_flush`, and questions about now are answered as of half a minute ago (`-search.latencyOffset`) unless they
 * bring a `latency_offset` of their own.
 */
export async function startVictoriaMetrics(options: PrometheusOptions): Promise<Prometheus> {
  const { binary, directory, args = [], port = await freePort(), signal } = options;
  const configFile = join(directory, "scrape.yaml");
  const logFile = join(directory, "victoria-metrics.log");
  const url = `http://127.0.0.1:${port}`;
  await mkdir(directory, { recursive: true });
  await writeFile(configFile, scrapeConfigOf(options));

  async function start(): Promise<RunningProcess> {
    return startProcess({
      name: "victoria-metrics",
      command: binary,
      args: [
        `-httpListenAddr=127.0.0.1:${port}`,
        `-storageDataPath=${join(directory, "data")}`,
        `-promscrape.config=${configFile}`,
        // Samples of before last month are dropped by default.
        "-retentionPeriod=10y",
        // Most of the machine's memory by default, by which caches are sized.
        "-memory.allowedBytes=256MiB",
        ...args,
      ],
      logFile,
      ready: async () => isOk(`${url}/health`),
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

/** JSON is YAML. A setting that VictoriaMetrics does not know, such as an interval of rules, is an error. */
function scrapeConfigOf({ scrapeConfigs, scrapeIntervalMs }: PrometheusOptions): string {
  const interval = `${scrapeIntervalMs}ms`;
  const global = { scrape_interval: interval, scrape_timeout: interval };
  return JSON.stringify({ global, scrape_configs: scrapeConfigs }, null, 2);
}

async function isOk(url: string): Promise<boolean> {
  const { statusCode, body } = await request(url);
  await body.dump();
  return statusCode === 200;
}
