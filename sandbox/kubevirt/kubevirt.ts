import type { KubernetesClient } from "../kubernetes-client.ts";
import { type ApiResource, type JsonObject, type KubernetesObject, pathOf } from "../kubernetes-object.ts";
import { startController } from "./controller.ts";
import { installCrds } from "./install-crds.ts";
import { startExporter } from "./exporter.ts";
import { createExposition } from "./exposition.ts";
import { createFleet, type MigrationPlan } from "./fleet.ts";
import { type GroupSpec, poolObject, replicaSetObject } from "./groups.ts";
import type { Migration } from "./instance.ts";
import type { Load, PoolLoad } from "./load.ts";
import { type Machine, nodeOf, statusOf } from "./machine.ts";
import { resources } from "./resources.ts";
import { type ExporterKind, type ScrapeConfig, scrapeConfigs } from "./scrape-configs.ts";

/** What a simulated KubeVirt stands on. */
export interface KubevirtOptions {
  /** The API server that holds the objects; a real one or the stand-in. It stays the caller's to close. */
  readonly client: KubernetesClient;
  /** Default: `node01` and `node02`. */
  readonly nodes?: readonly string[];
  /** Default: the system's clock. */
  readonly nowMs?: () => number;
  /** Default 0: a free one. */
  readonly exporterPort?: number;
  /** Who is to be scraped. Default: KubeVirt alone. */
  readonly exporters?: readonly ExporterKind[];
  /** From a node's choice until the guest runs, in milliseconds. Default 2,000. */
  readonly bootMs?: number;
  /** From a migration's start to its switch-over, in milliseconds. Default 10,000. */
  readonly migrationMs?: number;
  /** How long the source node reports on after a switch-over, in milliseconds. Default 2,000. */
  readonly overlapMs?: number;
  /** Rest between two passes of the controller, in milliseconds. Default 300. */
  readonly intervalMs?: number;
  /** Whether source pods of migrations stay as Completed. Default true. */
  readonly keepCompletedPods?: boolean;
  /** Receives what went wrong; default: nothing is said. */
  readonly log?: (line: string) => void;
}

/** A VM as it is now. */
interface MachineSummary {
  readonly name: string;
  readonly group?: string;
  /** Empty while it is stopped. */
  readonly phase: string;
  readonly printableStatus: string;
  /** Absent until virt-launcher runs. */
  readonly node?: string;
  /** The pod that runs the guest; absent while it is stopped. */
  readonly pod?: string;
  readonly load: Load;
}

/** A simulated KubeVirt. Verbs that change something resolve when the API server's objects show it; they reject for VMs that are not there. */
export interface Kubevirt {
  readonly exporterUrl: string;
  /** For `scrape_configs` of Prometheus. */
  readonly scrapeConfigs: readonly ScrapeConfig[];
  /** Makes the CustomResourceDefinitions where they are missing, and resolves when their resources are served. */
  readonly installCrds: () => Promise<void>;
  /** Makes a VirtualMachinePool, and its namespace. */
  readonly createPool: (spec: GroupSpec) => Promise<void>;
  /** Makes a VirtualMachineInstanceReplicaSet, and its namespace. */
  readonly createReplicaSet: (spec: GroupSpec) => Promise<void>;
  readonly scalePool: (namespace: string, pool: string, replicas: number) => Promise<void>;
  /** Deletes a pool with its VMs. */
  readonly deletePool: (namespace: string, pool: string) => Promise<void>;
  readonly setPoolLoad: (namespace: string, pool: string, load: PoolLoad) => void;
  readonly setLoad: (namespace: string, name: string, load: Partial<Load>) => void;
  readonly setSchedulable: (namespace: string, poolOrVm: string, schedulable: boolean) => Promise<void>;
  /** Most VMs that the nodes take; undefined for no limit. */
  readonly setCapacity: (machines: number | undefined) => Promise<void>;
  readonly migrate: (namespace: string, name: string, plan?: MigrationPlan) => Promise<Migration>;
  /** Migrates the running members of a pool or replica set, all at once. */
  readonly migrateAll: (namespace: string, pool: string, plan?: MigrationPlan) => Promise<readonly Migration[]>;
  /** Makes a node unschedulable and migrates the VMs that run there to the others, all at once. */
  readonly drain: (node: string, plan?: MigrationPlan) => Promise<readonly Migration[]>;
  readonly pause: (namespace: string, name: string) => Promise<void>;
  readonly hang: (namespace: string, name: string) => Promise<void>;
  /** Ends a pause and a hang. */
  readonly resume: (namespace: string, name: string) => Promise<void>;
  readonly restart: (namespace: string, name: string) => Promise<void>;
  readonly panic: (namespace: string, name: string) => void;
  /** Sets `spec.runStrategy` of a VirtualMachine to Halted. */
  readonly stopVm: (namespace: string, name: string) => Promise<void>;
  /** Sets `spec.runStrategy` of a VirtualMachine to Always. */
  readonly startVm: (namespace: string, name: string) => Promise<void>;
  /** All VMs of a namespace, ordered by name. */
  readonly vms: (namespace: string) => readonly MachineSummary[];
  /** Resolves when the objects show what the fleet is at the time of the call. */
  readonly sync: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Starts fleet, exporter and controller. Objects that are there already are taken over. */
export async function startKubevirt(options: KubevirtOptions): Promise<Kubevirt> {
  const { client, nodes = ["node01", "node02"], nowMs = Date.now, log = () => undefined } = options;
  const { bootMs = 2_000, migrationMs = 10_000, overlapMs = 2_000 } = options;
  const fleet = createFleet({ nowMs, nodes, bootMs, migrationMs, suffix });
  const exporter = await startExporter(createExposition({ fleet, nowMs, overlapMs }), nodes, options.exporterPort);
  const { sync, stop } = startController({
    client,
    fleet,
    nowMs,
    suffix,
    log,
    intervalMs: options.intervalMs ?? 300,
    keepCompletedPods: options.keepCompletedPods ?? true,
  });

  async function change(
    verb: (namespace: string, name: string) => void,
    namespace: string,
    name: string,
  ): Promise<void> {
    verb(namespace, name);
    await sync();
  }

  async function patch(path: string, spec: JsonObject): Promise<void> {
    demand(await client.mergePatch(path, { spec }));
    await sync();
  }

  async function create(resource: ApiResource, object: KubernetesObject): Promise<void> {
    const { namespace = "" } = object.metadata;
    await ensureNamespace(client, namespace);
    demand(await client.create(pathOf(resource, { namespace }), object));
    await sync();
  }

  async function migrate(namespace: string, name: string, plan?: MigrationPlan): Promise<Migration> {
    const migration = fleet.migrate(namespace, name, plan);
    await sync();
    return migration;
  }

  async function migrateEach(machines: readonly Machine[], plan?: MigrationPlan): Promise<readonly Migration[]> {
    const running = machines.filter((machine) => statusOf(machine).printable === "Running");
    const migrations = running.map(({ spec }) => fleet.migrate(spec.namespace, spec.name, plan));
    await sync();
    return migrations;
  }

  return {
    exporterUrl: exporter.url,
    scrapeConfigs: scrapeConfigs(exporter.address, nodes, options.exporters),
    installCrds: async () => installCrds(client),
    createPool: async (spec) => create(resources.pools, poolObject(spec)),
    createReplicaSet: async (spec) => create(resources.replicaSets, replicaSetObject(spec)),
    scalePool: async (namespace, name, replicas) => patch(pathOf(resources.pools, { namespace, name }), { replicas }),
    deletePool: async (namespace, name) => {
      demand(await client.delete(pathOf(resources.pools, { namespace, name })));
      await sync();
    },
    setPoolLoad: fleet.setPoolLoad,
    setLoad: fleet.setLoad,
    setSchedulable: async (namespace, name, schedulable) => {
      fleet.setSchedulable(namespace, name, schedulable);
      await sync();
    },
    setCapacity: async (machines) => {
      fleet.setCapacity(machines);
      await sync();
    },
    migrate,
    migrateAll: async (namespace, pool, plan) =>
      migrateEach(
        fleet.machines().filter(({ spec }) => spec.namespace === namespace && spec.group === pool),
        plan,
      ),
    drain: async (node, plan) => {
      fleet.cordon(node);
      demand(await client.mergePatch(pathOf(resources.nodes, { name: node }), { spec: { unschedulable: true } }));
      return migrateEach(
        fleet.machines().filter(({ instance }) => instance !== undefined && nodeOf(instance) === node),
        plan,
      );
    },
    pause: async (namespace, name) => change(fleet.pause, namespace, name),
    hang: async (namespace, name) => change(fleet.hang, namespace, name),
    resume: async (namespace, name) => change(fleet.resume, namespace, name),
    restart: async (namespace, name) => change(fleet.restart, namespace, name),
    panic: fleet.panic,
    stopVm: async (namespace, name) =>
      patch(pathOf(resources.machines, { namespace, name }), { runStrategy: "Halted" }),
    startVm: async (namespace, name) =>
      patch(pathOf(resources.machines, { namespace, name }), { runStrategy: "Always" }),
    vms: (namespace) =>
      fleet
        .machines()
        .filter(({ spec }) => spec.namespace === namespace)
        .map(summaryOf),
    sync,
    stop: async () => {
      await stop();
      await exporter.stop();
    },
  };
}

function summaryOf(machine: Machine): MachineSummary {
  const { spec, instance, load } = machine;
  const node = instance === undefined ? undefined : nodeOf(instance);
  return {
    name: spec.name,
    ...(spec.group === undefined ? {} : { group: spec.group }),
    phase: instance?.phase ?? "",
    printableStatus: statusOf(machine).printable,
    ...(node === undefined ? {} : { node }),
    ...(instance === undefined ? {} : { pod: instance.activePod }),
    load,
  };
}

async function ensureNamespace(client: KubernetesClient, name: string): Promise<void> {
  const created = await client.create(pathOf(resources.namespaces), { metadata: { name } });
  if (!created.ok && created.error.code !== 409) throw new Error(created.error.message);
}

/** A request of a test that fails is the test's fault. */
function demand(answer: Awaited<ReturnType<KubernetesClient["create"]>>): void {
  if (!answer.ok) throw new Error(answer.error.message);
}

/** Five characters of those that Kubernetes uses in generated names. */
function suffix(): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  return Array.from({ length: 5 }, () => letters[Math.floor(Math.random() * letters.length)]).join("");
}
