import type { LabelSelector } from "../../naming/label-selector.ts";
import type { MetricError } from "../../naming/metric-error.ts";
import type { MetricRequest } from "../../naming/metric-request.ts";
import type { Compatibility } from "../../naming/rules/compatibility.ts";
import { customQuery } from "../../naming/rules/metric-query.ts";
import type { CustomMetric } from "../../naming/rules/registry.ts";
import { fail, ok, type Result } from "../../result.ts";
import { isActivePod } from "../../vm/active-pod.ts";
import { hasEnded, type Member, ranForMs } from "../../vm/member.ts";
import type { Inventory, VirtualMachineInstance } from "../../vm/objects.ts";
import { type VmResource, vmResourceFor, vmResources } from "../../vm/resource.ts";
import { answerFor, toReadings, vmisOf } from "../answers.ts";
import { findDescribed, whenKnown } from "../described-objects.ts";
import { mergeLists } from "../merge-lists.ts";
import type { Point } from "../prometheus-answer.ts";
import type { QueryText } from "../prometheus.ts";
import type { RuleBook } from "./rule-book.ts";
import type { RuleProvider } from "./rule-provider.ts";
import { pointsByName, vectorOf } from "./rule-readings.ts";
import { customValue } from "./rule-values.ts";

export interface VmSubjectsOptions {
  /** As it is now. */
  readonly book: () => RuleBook;
  readonly query: QueryText;
  readonly inventory: Inventory;
  readonly compatibility: Compatibility;
  /** The least part of a pool's virtual machines that must report, from 0 to 1. */
  readonly minimumCoverage: number;
  /** Wall clock, in milliseconds since the Unix epoch. */
  readonly wallClock: () => number;
}

/** So long after its start a guest may be without a figure: its application has to start, and a rate needs some scrapes. */
const settlingMs = 120_000;

const pods = { group: "", resource: "pods" };

/** The kinds of object that are asked by way of the pods which run their virtual machines. */
const kinds: ReadonlySet<string> = new Set([
  "virtualmachineinstances",
  "virtualmachines",
  "virtualmachinepools",
  "virtualmachineinstancereplicasets",
]);

/**
 * Lets rules with `vms: true` be asked of virtual machines and what groups them, too: the rule's query is made for the pods
 * that run them at this moment, and the figure of a group is the sum, with the same coverage as for metrics of virtual
 * machines. So what is scraped from guests through their pods stays the virtual machine's when it moves into another pod.
 */
export function withVmSubjects(rules: RuleProvider, options: VmSubjectsOptions): RuleProvider {
  const { book } = options;

  function find(request: MetricRequest): Joined | undefined {
    const resource = vmResourceFor(request.resource);
    if (resource === undefined || !kinds.has(resource.resource.resource)) return undefined;
    const metric = podMetric(book(), request.metric);
    return metric === undefined || request.namespace === undefined ? undefined : { resource, metric };
  }

  return {
    ...rules,
    list: () => {
      const metrics = rules.list().filter(({ resource, metric }) => isPods(resource) && podMetric(book(), metric));
      const joined = vmResources.flatMap(({ resource }) =>
        kinds.has(resource.resource) ? metrics.map(({ metric }) => ({ resource, namespaced: true, metric })) : [],
      );
      return mergeLists(rules.list(), joined);
    },
    defines: (request) => rules.defines(request) || find(request) !== undefined,
    read: async (request, record, signal) => {
      const joined = rules.defines(request) ? undefined : find(request);
      if (joined === undefined) return rules.read(request, record, signal);
      const { resource, metric } = joined;
      const known = await whenKnown([options.inventory.launcherPods], pods);
      if (!known.ok) return known;
      const objects = await findDescribed(options.inventory, resource, request);
      if (!objects.ok) return objects;
      const vmis = objects.value.flatMap(({ extent }) => vmisOf(extent));
      record({ at: "objects", metric: request.metric, objects: objects.value.length, virtualMachines: vmis.length });
      const members = await askPods(metric, vmis, request.metricSelector, options);
      if (!members.ok) return members;
      const answers = objects.value.map(({ name, extent }) => {
        const answer = answerFor(extent, { factor: 1 }, { of: members.value }, options);
        record({ at: "answer", name, ...(answer.ok ? answer.value : { absence: answer.error }) });
        return { name, answer };
      });
      const readings = toReadings(answers, resource, request);
      const { rounding } = options.compatibility;
      return readings.ok ? ok(readings.value.map((reading) => ({ ...reading, rounding }))) : readings;
    },
  };
}

/** A metric of pods, and the kind of object that it is asked of. */
interface Joined {
  readonly resource: VmResource;
  readonly metric: CustomMetric;
}

/** The metric of pods of this name, if its rule says that pods stand for virtual machines. */
function podMetric({ custom }: RuleBook, name: string): CustomMetric | undefined {
  const metric = custom.find(pods, true, name);
  return metric?.rule.rule.vms === true ? metric : undefined;
}

function isPods({ group, resource }: { readonly group: string; readonly resource: string }): boolean {
  return group === "" && resource === "pods";
}

/** Asks for the pods that run virtual machines of one namespace, in one query; tells what each virtual machine is. */
async function askPods(
  metric: CustomMetric,
  vmis: readonly VirtualMachineInstance[],
  selector: LabelSelector,
  options: VmSubjectsOptions,
): Promise<Result<(vmi: VirtualMachineInstance) => Member, MetricError>> {
  const { query, inventory, compatibility, wallClock } = options;
  const namespace = vmis[0]?.namespace ?? "";
  const candidates = inventory.launcherPods.list(namespace);
  const podByUid = new Map(vmis.map((vmi) => [vmi.uid, candidates.find((pod) => isActivePod(pod, vmi))?.name]));
  const names = [...podByUid.values()].filter((name) => name !== undefined);
  const points = names.length === 0 ? ok(new Map<string, Point>()) : await ask();
  if (!points.ok) return points;

  async function ask(): Promise<Result<ReadonlyMap<string, Point>, MetricError>> {
    const text = customQuery(metric, { namespace, names, selector }, compatibility);
    if (!text.ok) return fail({ kind: "ruleQueryFailed", detail: text.error });
    const label = metric.labels.labelOf(metric.resource);
    if (!label.ok) return fail({ kind: "ruleQueryFailed", detail: label.error });
    const samples = vectorOf(await query(text.value));
    return samples.ok ? ok(pointsByName(samples.value, label.value)) : samples;
  }

  return ok((vmi) => {
    const point = points.value.get(podByUid.get(vmi.uid) ?? "");
    const value = point && customValue(point.value, compatibility.infinities);
    return memberOf(
      vmi,
      point && value !== undefined ? { value, timestampMs: timeOf(point, options) } : undefined,
      wallClock(),
    );
  });
}

function timeOf({ timestampMs }: Point, { compatibility, wallClock }: VmSubjectsOptions): number {
  return compatibility.timestamps === "sample" ? timestampMs : wallClock();
}

function memberOf(
  vmi: VirtualMachineInstance,
  figure: { readonly value: number; readonly timestampMs: number } | undefined,
  nowMs: number,
): Member {
  if (hasEnded(vmi)) return { is: "gone", absence: { why: "notRunning" } };
  // What the rule's query makes of a young series is the rule's own affair.
  if (figure !== undefined) return { is: "reporting", ...figure, coveredMs: Infinity };
  const settles = vmi.runningSinceMs === undefined || ranForMs(vmi, nowMs) < settlingMs;
  return settles
    ? { is: "starting", absence: { why: "warmingUp" } }
    : { is: "silent", absence: { why: "notReported" } };
}
