import { parseGroupResource } from "../../naming/group-resource.ts";
import type { ListedName } from "./listed-metrics.ts";
import type { Question } from "./side.ts";

/** Finds the namespaces in which there are objects of a resource, or which are asked about anyway. */
export type NamespacesOf = (resource: string) => Promise<readonly string[]>;

/** The questions about every object that has these metrics. */
export async function discoveredQuestions(
  metrics: readonly ListedName[],
  namespacesOf: NamespacesOf,
): Promise<readonly Question[]> {
  const questions = await Promise.all(
    metrics.map(async ({ api, name, namespaced }) => {
      if (api === "external.metrics.k8s.io") {
        return (await namespacesOf("namespaces")).map((namespace) => within(namespace, encodeURIComponent(name)));
      }
      const slash = name.indexOf("/");
      const [resource, metric] = [name.slice(0, slash), encodeURIComponent(name.slice(slash + 1))];
      if (namespaced) return (await namespacesOf(resource)).map((each) => within(each, `${resource}/*/${metric}`));
      const isNamespaces = parseGroupResource(resource).resource === "namespaces";
      return [isNamespaces ? `namespaces/*/metrics/${metric}` : `${resource}/*/${metric}`];
    }),
  );
  return metrics.flatMap(({ api, name }, index) =>
    (questions[index] ?? []).map((path) => ({ api, metric: name, path, query: {} })),
  );
}

function within(namespace: string, rest: string): string {
  return `namespaces/${encodeURIComponent(namespace)}/${rest}`;
}
