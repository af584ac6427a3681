import { formatGroupResource, type GroupResource } from "../naming/group-resource.ts";
import type { MetricError } from "../naming/metric-error.ts";
import type { MetricsApi } from "../naming/metrics-api.ts";
import { fail, type Result } from "../result.ts";
import { mergeLists } from "./merge-lists.ts";
import type { MetricsProvider } from "./provider.ts";
import type { RuleProvider } from "./rules/rule-provider.ts";

/**
 * Serves metrics of virtual machines and of naming rules together, those of virtual machines in the groups of `vmApis` only.
 * Rules win for the names that they define. A name that is theirs and that they have no series for is not answered with what
 * virtual machines mean by it. What neither knows is answered by the virtual machines' side, whose errors name what is
 * similar, with the rules' names among it.
 */
export function createCombinedProvider(
  rules: RuleProvider,
  vms: MetricsProvider,
  vmApis: readonly MetricsApi[],
): MetricsProvider {
  const custom = vmApis.includes("custom.metrics.k8s.io");
  const external = vmApis.includes("external.metrics.k8s.io");
  return {
    list: () => (custom ? mergeLists(rules.list(), vms.list()) : rules.list()),
    listExternal: () =>
      external ? sortedNames([...rules.listExternal(), ...vms.listExternal()]) : rules.listExternal(),
    notice: (metric) => (vmApis.length === 0 ? undefined : vms.notice(metric)),
    read: async (request, record, signal) => {
      if (!custom || rules.defines(request)) return rules.read(request, record, signal);
      const answer = await vms.read(request, record, signal);
      if (isKnown(answer) && rules.awaits(request.metric)) return rules.read(request, record, signal);
      return withNames(answer, request.metric, rules);
    },
    readExternal: async (request, record, signal) => {
      if (!external || rules.definesExternal(request.metric)) return rules.readExternal(request, record, signal);
      const answer = await vms.readExternal(request, record, signal);
      if (isKnown(answer) && rules.awaitsExternal(request.metric)) return rules.readExternal(request, record, signal);
      return withNames(answer, request.metric, rules);
    },
  };
}

function sortedNames(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}

/** Whether virtual machines have a metric of the name that was asked for, be there a figure or not. */
function isKnown(answer: Result<unknown, MetricError>): boolean {
  return answer.ok || !["unknownMetric", "unknownResource", "unknownExternalMetric"].includes(answer.error.kind);
}

/** Adds what the rules know to an error that lists what there is. */
function withNames<T>(answer: Result<T, MetricError>, metric: string, rules: RuleProvider): Result<T, MetricError> {
  if (answer.ok) return answer;
  const { error } = answer;
  if (error.kind === "unknownExternalMetric") {
    return fail({ ...error, known: sortedNames([...error.known, ...rules.listExternal()]) });
  }
  if (error.kind !== "unknownMetric" && error.kind !== "unknownResource") return answer;
  const { resource } = error;
  const ofRules = namesOf(rules, resource);
  if (ofRules.length === 0) return answer;
  const ofVms = error.kind === "unknownMetric" ? error.known : [];
  return fail({ kind: "unknownMetric", metric, resource, known: sortedNames([...ofVms, ...ofRules]) });
}

function namesOf(rules: RuleProvider, resource: GroupResource): readonly string[] {
  const asked = formatGroupResource(resource);
  return rules.list().flatMap((info) => (formatGroupResource(info.resource) === asked ? [info.metric] : []));
}
