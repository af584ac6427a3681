import { parseLabelSelector } from "../../src/naming/label-selector.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import type { Inventory, Migration, VirtualMachineInstance } from "../../src/vm/objects.ts";
import type { Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { type BackfillSeries, startBackfilledPrometheus } from "./backfill.ts";
import { ignore } from "./ignore.ts";
import { inventory, store, vm, vmi } from "./inventory.ts";
import { providerOn } from "./provider.ts";
import { startTimeMachine } from "./time-machine.ts";
import type { Labels, Told } from "./told.ts";

/** An object that is asked about. */
export interface Described {
  /** Default `virtualmachineinstances`. */
  readonly resource?: string;
  /** Default `kubevirt.io`. */
  readonly group?: string;
  /** Default `shop`. */
  readonly namespace?: string;
  readonly name: string;
}

/** Something that happens to a virtual machine, which is called after it, and what is true of it then. */
export interface Trap {
  readonly what: string;
  readonly series: readonly Told[];
  /** By metric, or metric and selector as in `vcpu-usageCores vcpu=0`: the value, or why there is none. */
  readonly reads: Readonly<Record<string, number | string>>;
  /** Its newest migration, in seconds before now. */
  readonly migration?: { readonly from: number; readonly to?: number };
  /** The pool that it belongs to. */
  readonly pool?: string;
  /** Default `shop`. */
  readonly namespace?: string;
  /** Whether it has no instance. */
  readonly stopped?: boolean;
  /** Its name, where that is what matters. */
  readonly name?: string;
}

/** The moment at which traps are looked at, in milliseconds since the Unix epoch. */
export const trapsAtMs = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;

/** A provider of the metrics of virtual machines that all this happens to. The supervisor ends what runs. */
export async function startTraps(traps: readonly Trap[], supervisor: Supervisor): Promise<MetricsProvider> {
  const prometheus = await startBackfilledPrometheus({
    supervisor,
    directory: await temporaryFolder(supervisor),
    nowMs: trapsAtMs,
    series: traps.flatMap(seriesOf),
  });
  const past = await supervisor.own(await startTimeMachine(prometheus.url));
  return providerOn(past.at(trapsAtMs), inventoryOf(traps), { wallClock: () => trapsAtMs });
}

/** What Prometheus has of a trap. */
function seriesOf(trap: Trap): readonly BackfillSeries[] {
  return trap.series.map(({ family, labels, samples }) => {
    const all = Object.entries({ ...identityOf(family, trap), ...labels }).filter(([, value]) => value !== "");
    return {
      series: `${family}{${all.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(",")}}`,
      samples: samples.map(({ ago, value }) => ({ atMs: -ago * 1_000, value })),
    };
  });
}

/** How the exporter of a series says which virtual machine it is about. */
function identityOf(family: string, trap: Trap): Labels {
  const [namespace, name] = [trap.namespace ?? "shop", nameOf(trap)];
  if (family.startsWith("collectd_")) return { job: "collectd", exported_instance: `${namespace}_${name}` };
  if (family.startsWith("libvirt_")) return { job: "libvirt", domain: `${namespace}_${name}` };
  const isVmi = /^kubevirt_(?:migrate_vmi|vmi_migration)_(?:succeeded|failed)$/u.test(family);
  return { job: "kubevirt", namespace, [isVmi ? "vmi" : "name"]: name };
}

/** The name of a trap's virtual machine: what happens to it, as Kubernetes lets things be called. */
function nameOf({ what, name = what.toLowerCase().replaceAll(/[^a-z0-9]+/gu, "-") }: Trap): string {
  return name;
}

/** What Kubernetes knows of the traps' virtual machines, all of which have run for an hour. */
function inventoryOf(traps: readonly Trap[]): Inventory {
  const pools = [...new Set(traps.flatMap(({ pool = [] }) => pool))];
  return inventory({
    virtualMachineInstances: store(traps.filter(({ stopped }) => stopped !== true).map(instanceOf)),
    virtualMachines: store(traps.map((trap) => vm(nameOf(trap), `pool-${trap.pool}`))),
    virtualMachinePools: store(
      pools.map((name) => vm(name, "")).map((pool) => ({ ...pool, uid: `pool-${pool.name}` })),
    ),
  });
}

function instanceOf(trap: Trap): VirtualMachineInstance {
  const { migration, namespace = "shop" } = trap;
  const createdAtMs = trapsAtMs - 3_600_000;
  const facts = { namespace, createdAtMs, runningSinceMs: createdAtMs };
  return vmi(nameOf(trap), { ...facts, ...(migration === undefined ? {} : { migration: stateOf(migration) }) });
}

function stateOf({ from, to }: NonNullable<Trap["migration"]>): Migration {
  const began = { sourceNode: "n1", targetNode: "n2", targetPod: "p", startedAtMs: trapsAtMs - from * 1_000 };
  return to === undefined ? began : { ...began, endedAtMs: trapsAtMs - to * 1_000 };
}

/** What is asked about traps: what happens, the question, the true answer, the object. */
export function questionsOf(
  traps: readonly Trap[],
): readonly (readonly [what: string, question: string, answer: number | string, object: Described])[] {
  return traps.flatMap((trap) => {
    const object = { namespace: trap.namespace ?? "shop", name: nameOf(trap) };
    return Object.entries(trap.reads).map(([question, answer]) => [trap.what, question, answer, object] as const);
  });
}

/** The value of a metric, or why there is none. `question` is a metric, or metric and selector. */
export async function ask(
  provider: MetricsProvider,
  question: string,
  { resource = "virtualmachineinstances", group = "kubevirt.io", namespace = "shop", name }: Described,
): Promise<number | string> {
  const [metric = "", ...selector] = question.split(" ");
  const parsed = parseLabelSelector(selector.join(" "));
  if (!parsed.ok) throw new Error(parsed.error);
  const request = { metric, resource: { group, resource }, namespace, metricSelector: parsed.value };
  const answer = await provider.read({ ...request, target: { by: "name", name } }, ignore);
  return answer.ok ? Number(answer.value[0]?.value.toPrecision(9)) : why(answer.error);
}

function why(error: MetricError): string {
  return "absence" in error ? error.absence.why : error.kind;
}
