import { asArray, asText, asTextMap, asTexts, at } from "../../cluster/json.ts";
import type { KubernetesClient } from "../../cluster/kubernetes-client.ts";
import { formatGroupResource } from "../../naming/group-resource.ts";
import type { RestMapper } from "../../naming/rules/rest-mapper.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Question } from "./side.ts";

/** The questions of autoscalers, and what could not be made one. */
export interface AutoscalerQuestions {
  readonly questions: readonly Question[];
  /** Metrics that cannot be asked for, and why, for a person. */
  readonly problems: readonly string[];
}

const timeoutMs = 30_000;

/**
 * The questions that the HorizontalPodAutoscalers of a cluster, or of some namespaces, ask for metrics of type Pods, Object
 * and External (k8s.io/kubernetes, `pkg/controller/podautoscaler/metrics`). Fails when they cannot be listed.
 */
export async function autoscalerQuestions(
  client: KubernetesClient,
  mapper: RestMapper,
  namespaces: readonly string[],
): Promise<Result<AutoscalerQuestions, string>> {
  const autoscalers = await listAutoscalers(client, namespaces);
  if (!autoscalers.ok) return autoscalers;
  const parts = await Promise.all(autoscalers.value.map(async (each) => questionsOf(each, client, mapper)));
  const made = parts.flat();
  return ok({
    questions: made.flatMap((each) => (each.ok ? [each.value] : [])),
    problems: made.flatMap((each) => (each.ok ? [] : [each.error])),
  });
}

async function listAutoscalers(
  client: KubernetesClient,
  namespaces: readonly string[],
): Promise<Result<readonly unknown[], string>> {
  const folders = namespaces.length === 0 ? [""] : namespaces.map((each) => `/namespaces/${encodeURIComponent(each)}`);
  const lists = await Promise.all(
    folders.map(async (folder) =>
      client.request({ method: "GET", path: `/apis/autoscaling/v2${folder}/horizontalpodautoscalers`, timeoutMs }),
    ),
  );
  const failed = lists.flatMap((list) => (list.ok ? [] : [list.error.detail]));
  if (failed.length > 0) return fail(`Cannot list the HorizontalPodAutoscalers: ${failed.join("; ")}`);
  return ok(lists.flatMap((list) => (list.ok ? asArray(at(list.value.body, "items")) : [])));
}

async function questionsOf(
  autoscaler: unknown,
  client: KubernetesClient,
  mapper: RestMapper,
): Promise<readonly Result<Question, string>[]> {
  const namespace = asText(at(autoscaler, "metadata", "namespace"));
  const who = { autoscaler: `${namespace}/${asText(at(autoscaler, "metadata", "name"))}` };
  const root = `namespaces/${encodeURIComponent(namespace)}`;
  return Promise.all(
    asArray(at(autoscaler, "spec", "metrics")).flatMap((spec): Promise<Result<Question, string>>[] => {
      switch (at(spec, "type")) {
        case "External":
          return [Promise.resolve(ok({ ...external(at(spec, "external"), root), ...who }))];
        case "Object":
          return [Promise.resolve(object(at(spec, "object"), root, namespace, mapper, who.autoscaler))];
        case "Pods":
          return [
            pods(at(spec, "pods"), root, at(autoscaler, "spec", "scaleTargetRef"), { client, mapper, who, namespace }),
          ];
        default:
          return []; // Resource metrics are metrics.k8s.io's.
      }
    }),
  );
}

function external(source: unknown, root: string): Question {
  const metric = asText(at(source, "metric", "name"));
  const labelSelector = formatSelector(at(source, "metric", "selector"));
  return {
    api: "external.metrics.k8s.io",
    metric,
    // client-go writes it so, as it does with every resource.
    path: `${root}/${encodeURIComponent(metric.toLowerCase())}`,
    query: labelSelector === "" ? {} : { labelSelector },
  };
}

function object(
  source: unknown,
  root: string,
  namespace: string,
  mapper: RestMapper,
  autoscaler: string,
): Result<Question, string> {
  const described = at(source, "describedObject");
  const resource = resourceOf(described, mapper);
  const metric = asText(at(source, "metric", "name"));
  if (resource === undefined) {
    return fail(
      `${autoscaler}: the cluster has no kind ${asText(at(described, "kind"))}, whose ${metric} is asked for`,
    );
  }
  const selector = formatSelector(at(source, "metric", "selector"));
  const name = encodeURIComponent(asText(at(described, "name")));
  const last = encodeURIComponent(metric);
  // The HPA asks for its own Namespace, whatever the object is called.
  const path =
    resource === "namespaces"
      ? `namespaces/${encodeURIComponent(namespace)}/metrics/${last}`
      : `${root}/${resource}/${name}/${last}`;
  return ok({
    api: "custom.metrics.k8s.io",
    metric: `${resource}/${metric}`,
    path,
    query: selector === "" ? {} : { metricLabelSelector: selector },
    autoscaler,
  });
}

interface PodsFacts {
  readonly client: KubernetesClient;
  readonly mapper: RestMapper;
  readonly who: { readonly autoscaler: string };
  readonly namespace: string;
}

/** The pods that the target's scale selects. */
async function pods(
  source: unknown,
  root: string,
  target: unknown,
  { client, mapper, who, namespace }: PodsFacts,
): Promise<Result<Question, string>> {
  const resource = resourceOf(target, mapper);
  const mapped = resource === undefined ? undefined : asText(at(target, "apiVersion"));
  const metric = asText(at(source, "metric", "name"));
  if (resource === undefined || mapped === undefined) {
    return fail(`${who.autoscaler}: the cluster has no kind ${asText(at(target, "kind"))}, which is to be scaled`);
  }
  const [plural = ""] = resource.split(".");
  const folder = mapped.includes("/") ? `/apis/${mapped}` : `/api/${mapped}`;
  const name = encodeURIComponent(asText(at(target, "name")));
  const path = `${folder}/namespaces/${encodeURIComponent(namespace)}/${plural}/${name}/scale`;
  const scale = await client.request({ method: "GET", path, timeoutMs });
  if (!scale.ok) return fail(`${who.autoscaler}: cannot read the scale of its target: ${scale.error.detail}`);
  const selector = formatSelector(at(source, "metric", "selector"));
  return ok({
    api: "custom.metrics.k8s.io",
    metric: `pods/${metric}`,
    path: `${root}/pods/*/${encodeURIComponent(metric)}`,
    query: {
      labelSelector: asText(at(scale.value.body, "status", "selector")),
      ...(selector === "" ? {} : { metricLabelSelector: selector }),
    },
    ...who,
  });
}

/** The resource of a kind, of the group that the reference says. */
function resourceOf(reference: unknown, mapper: RestMapper): string | undefined {
  const version = asText(at(reference, "apiVersion"));
  const group = version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
  const kind = asText(at(reference, "kind"));
  const found = mapper.resources.find((each) => each.kind === kind && each.group === group);
  return found && formatGroupResource(found);
}

/** Writes a meta/v1 LabelSelector as client-go does (`metav1.LabelSelectorAsSelector`): sorted by key. */
function formatSelector(selector: unknown): string {
  const equal = Object.entries(asTextMap(at(selector, "matchLabels"))).map(([key, value]) => [key, `${key}=${value}`]);
  const others = asArray(at(selector, "matchExpressions")).map((term) => {
    const key = asText(at(term, "key"));
    return [key, formatExpression(key, asText(at(term, "operator")), asTexts(at(term, "values")))];
  });
  return [...equal, ...others]
    .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : Number(a > b)))
    .map(([, text]) => text)
    .join(",");
}

function formatExpression(key: string, operator: string, values: readonly string[]): string {
  const set = `(${values.toSorted().join(",")})`;
  if (operator === "Exists") return key;
  if (operator === "DoesNotExist") return `!${key}`;
  return operator === "NotIn" ? `${key} notin ${set}` : `${key} in ${set}`;
}
