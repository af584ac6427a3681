import { yamlType } from "./encode-yaml.ts";
import { protobufType } from "./encode-protobuf.ts";

/** What a client accepts that this server can write. */
export interface Accepted {
  /** `discovery` is the aggregated form of `/apis`, in JSON. */
  readonly form: "json" | "yaml" | "protobuf" | "discovery";
  /** Whether the clause asked for indentation (`application/json;pretty=1`). */
  readonly pretty: boolean;
}

/** The media types that every object can be had in. */
export const servedTypes: readonly string[] = ["application/json", yamlType, protobufType];

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/**
 * Picks the first clause of an Accept header, by quality and then position, that can be served; undefined when there is
 * none. Without a header it is JSON, and so it is for whoever takes anything. A clause with `as`, `g` and `v` wants another
 * shape than the object itself and only counts for aggregated discovery, where `offerDiscovery` is set.
 */
export function negotiate(accept: string | undefined, offerDiscovery: boolean): Accepted | undefined {
  if (accept === undefined || accept.trim() === "") return { form: "json", pretty: false };
  return accept
    .split(",")
    .map(parseClause)
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality)
    .map((clause) => accepted(clause, offerDiscovery))
    .find((answer) => answer !== undefined);
}

function parseClause(text: string): Clause {
  const [type = "", ...rest] = text.split(";").map((part) => part.trim());
  const parameters = new Map(
    rest.map((part) => {
      const [name = "", value = ""] = part.split("=").map((side) => side.trim());
      return [name.toLowerCase(), value.replaceAll('"', "")];
    }),
  );
  const quality = Number(parameters.get("q") ?? 1);
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality };
}

function accepted({ type, parameters }: Clause, offerDiscovery: boolean): Accepted | undefined {
  const form = formOf(type);
  const pretty = parameters.get("pretty") === "1";
  if (form === undefined) return undefined;
  if (!parameters.has("as") && !parameters.has("g") && !parameters.has("v")) return { form, pretty };
  const discovery =
    offerDiscovery &&
    type === "application/json" &&
    parameters.get("as") === "APIGroupDiscoveryList" &&
    parameters.get("g") === "apidiscovery.k8s.io" &&
    parameters.get("v") === "v2";
  return discovery ? { form: "discovery", pretty } : undefined;
}

function formOf(type: string): "json" | "yaml" | "protobuf" | undefined {
  switch (type) {
    case "application/json":
    case "application/*":
    case "*/*":
      return "json";
    case yamlType:
      return "yaml";
    case protobufType:
      return "protobuf";
    default:
      return undefined;
  }
}
