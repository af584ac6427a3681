import type { KubernetesClient } from "../../cluster/kubernetes-client.ts";
import type { MetricsApi } from "../../naming/metrics-api.ts";
import { metricsApis } from "../../naming/metrics-api.ts";
import { fail, ok } from "../../result.ts";
import type { Side } from "./side.ts";

/** Where an adapter is found: by its own address, or by the APIServices through which the kube-apiserver reaches it. */
export type Place =
  { readonly url: string } | { readonly apiServices: ReadonlyMap<MetricsApi, string>; readonly names: string };

/** Reads an address, or names of APIServices; undefined for anything else. */
export function parsePlace(words: readonly string[]): Place | undefined {
  const [first = ""] = words;
  if (/^https:\/\/[^/]/u.test(first)) return words.length === 1 && URL.canParse(first) ? { url: first } : undefined;
  const found = words.flatMap((word) => {
    const [, version = "", group = ""] = /^(v\w+)\.([\w.]+)$/u.exec(word) ?? [];
    const api = metricsApis.find((each) => each === group);
    return api === undefined ? [] : [[api, version] as const];
  });
  if (found.length === 0 || found.length < words.length) return undefined;
  return { apiServices: new Map(found), names: words.join(" and ") };
}

/** The versions that every release of prometheus-adapter since 0.2 serves. */
const oldest: ReadonlyMap<MetricsApi, string> = new Map(metricsApis.map((api) => [api, "v1beta1"]));

/** Long enough for an adapter that asks a slow Prometheus, in milliseconds. */
const timeoutMs = 60_000;

/** An adapter that is asked over the network: itself, or through the kube-apiserver. */
export function remoteSide(place: Place, client: KubernetesClient): Side {
  return {
    name: "url" in place ? place.url : place.names,
    versions: "url" in place ? oldest : place.apiServices,
    get: async (path, query) => {
      const answer = await client.request({ method: "GET", path, query, timeoutMs });
      if (answer.ok) return ok({ code: answer.value.status, body: answer.value.body });
      const { status, detail } = answer.error;
      return status === undefined ? fail(detail) : ok({ code: status, body: { message: detail } });
    },
  };
}
