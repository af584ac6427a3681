import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Adapter, type AdapterOptions, startAdapter } from "./adapter.ts";
import { createEndpoints, type Endpoints } from "./endpoints.ts";
import { startKubeProxy } from "./kube-proxy.ts";
import type { ProbeSpec } from "./manifest.ts";
import type { Supervisor } from "./supervisor.ts";

/** How to start replicas of the adapter. */
export interface DeploymentOptions extends Omit<AdapterOptions, "port"> {
  readonly replicas: number;
  readonly readinessProbe: ProbeSpec;
  /** Owns what is started. */
  readonly supervisor: Supervisor;
}

/** Replicas of the adapter behind one port, as a Deployment and a Service are in a cluster. */
export interface Deployment {
  /** `stop` and `restart` are those of a Pod: it leaves the endpoints first, and is back when it is ready. Nobody is told of a `kill`. */
  readonly adapters: readonly [Adapter, ...Adapter[]];
  /** The Service's. */
  readonly port: number;
}

/** A test has no time for five seconds between two questions. */
const longestPeriodMs = 1_000;

/** Starts the replicas, one after the other; a single one is reached without anything between. */
export async function startDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { replicas, directory, supervisor } = options;
  async function start(index: number): Promise<Adapter> {
    return supervisor.own(await startAdapter({ ...options, directory: join(directory, `adapter-${index}`) }));
  }
  const first = await start(0);
  if (replicas === 1) return { adapters: [first], port: first.port };

  const others: Adapter[] = [];
  while (others.length < replicas - 1) others.push(await start(others.length + 1));
  const adapters = [first, ...others] as const;
  const endpoints = await supervisor.own(probing(adapters, options.readinessProbe));
  await Promise.all(adapters.map(async (adapter) => endpoints.add(adapter.port)));
  const { port } = await supervisor.own(await startKubeProxy(endpoints.ready));
  return { adapters: [asPod(first, endpoints), ...others.map((adapter) => asPod(adapter, endpoints))], port };
}

/** Endpoints for the adapters, which are asked as their Pods' kubelets would. */
function probing(
  adapters: readonly Adapter[],
  { periodSeconds, timeoutSeconds, failureThreshold }: ProbeSpec,
): Endpoints {
  const adapterByPort = new Map(adapters.map((adapter) => [adapter.port, adapter]));
  return createEndpoints({
    probe: async (port) => {
      const answer = adapterByPort.get(port)?.get("/readyz");
      const late = delay(timeoutSeconds * 1_000, undefined, { ref: false });
      return (await Promise.race([answer, late]))?.code === 200;
    },
    periodMs: Math.min(periodSeconds * 1_000, longestPeriodMs),
    failureThreshold,
    sleep: async (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
  });
}

function asPod(adapter: Adapter, endpoints: Endpoints): Adapter {
  const { port } = adapter;
  return {
    ...adapter,
    stop: async () => {
      endpoints.remove(port);
      await adapter.stop();
    },
    restart: async () => {
      endpoints.remove(port);
      await adapter.restart();
      await endpoints.add(port);
    },
  };
}
