import { join } from "node:path";
import { findControlPlane, findPrometheusAdapter } from "../../sandbox/binaries.ts";
import { startControlPlane } from "../../sandbox/control-plane.ts";
import { type Connection, createKubernetesClient, readKubeconfig } from "../../sandbox/kubernetes-client.ts";
import { pathOf } from "../../sandbox/kubernetes-object.ts";
import { installCrds } from "../../sandbox/kubevirt/install-crds.ts";
import type { Report } from "../../sandbox/progress.ts";
import type { Supervisor } from "../../sandbox/supervisor.ts";
import { startBackfilledPrometheus } from "../support/backfill.ts";
import { until } from "../support/until.ts";
import type { Program } from "./contestant.ts";
import { type FrozenPrometheus, freezePrometheus } from "./frozen-prometheus.ts";
import type { KnownObject } from "./questions.ts";
import { createObjects, definitionsOfWorld, objectsOfWorld } from "./world-objects.ts";
import { seriesOfWorld } from "./world-series.ts";

/** What both programs see, and how to start them. */
export interface World {
  readonly peer: Program;
  readonly ours: Program;
  readonly prometheus: FrozenPrometheus;
  readonly objects: readonly KnownObject[];
  /** Of a member of system:masters. */
  readonly kubeconfig: string;
  readonly client: Connection;
}

/** How old series may be that are found; also the pause between two lists, which is longer than a run. */
export const maxAgeMs = 3 * 60 * 60_000;

const source = join(import.meta.dirname, "..", "..", "src", "main.ts");

/** Starts a control plane with objects and a Prometheus with series of them, in which time stands still. */
export async function startWorld(supervisor: Supervisor, directory: string, report: Report): Promise<World> {
  const { signal } = supervisor;
  const found = { env: process.env, report, signal };
  const [peer, binaries] = [await findPrometheusAdapter(found), await findControlPlane(found)];
  const controlPlane = await supervisor.own(
    await startControlPlane({ binaries, directory: join(directory, "control-plane"), report, signal }),
  );
  const { kubeconfig } = controlPlane.admin;
  const client = await readKubeconfig(kubeconfig);
  await makeObjects(client, supervisor);
  const { url, nowMs } = await startBackfilledPrometheus({
    supervisor,
    directory: join(directory, "prometheus"),
    series: seriesOfWorld(),
    env: { ...process.env, PROMETHEUS_VERSION: "3" },
  });
  return {
    peer: { name: "prometheus-adapter", command: peer, args: [], configFile: (text) => text },
    ours: {
      name: "vm-metrics-adapter",
      command: process.execPath,
      args: [process.env["ADAPTER"] || source],
      configFile: withOwnSettings,
    },
    prometheus: freezePrometheus(url, nowMs, maxAgeMs),
    objects: [
      ...["default", "kube-system"].map((name) => ({ resource: "namespaces", name })),
      ...objectsOfWorld.map(({ resource: { group, resource }, namespace, name }) => ({
        resource: group === "" ? resource : `${resource}.${group}`,
        name,
        ...(namespace === undefined ? {} : { namespace }),
      })),
    ],
    kubeconfig,
    client,
  };
}

async function makeObjects(connection: Connection, supervisor: Supervisor): Promise<void> {
  const client = createKubernetesClient(connection);
  await supervisor.own({ [Symbol.asyncDispose]: async () => client.close() });
  await installCrds(client);
  await createObjects(client, definitionsOfWorld);
  for (const { resource } of objectsOfWorld)
    await until(async () => (await client.list(pathOf(resource))).ok, Boolean, 30);
  await createObjects(client, objectsOfWorld);
}

/**
 * Metrics of virtual machines are more than prometheus-adapter has, and nobody waits for the end of this adapter's Service. The
 * settings come first: a file may have several documents.
 */
function withOwnSettings(text: string): string {
  const settings = ["vms: {enabled: false}", "serving: {shutdownDelay: 0s}"];
  if (/^(?:#.*\n|\s)*\{/u.test(text)) return text.replace("{", `{${settings.join(",")},`);
  const block = `${settings.join("\n")}\n`;
  return text.startsWith("---\n") ? `---\n${block}${text.slice(4)}` : block + text;
}
