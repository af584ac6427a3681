import { parse as parseYaml } from "yaml";
import type { FuzzedRequest } from "./fuzz-requests.ts";
import type { WireAnswer } from "./wire-client.ts";

/** What is wrong with an answer; undefined when nothing is. Whatever was asked, an answer is a Status or a known document. */
export function faultOf({ method }: FuzzedRequest, answer: WireAnswer | undefined): string | undefined {
  if (answer === undefined) return "no answer";
  const { code, headers, body } = answer;
  const [type = ""] = (headers.get("content-type") ?? "").split(";");
  if (!codes.has(code)) return `code ${code}`;
  if (code === 304) return headers.has("etag") ? undefined : "304 without a tag";
  if (method === "HEAD") return undefined;
  const text = body.toString("utf8");
  switch (type) {
    case "text/plain":
      return isHealth(code, text) ? undefined : `plain text ${code}: ${text}`;
    case "application/vnd.kubernetes.protobuf":
      return body.subarray(0, 4).toString("latin1") === "k8s\0" ? undefined : "protobuf without its beginning";
    case "application/yaml":
      return faultOfDocument(code, parseYaml(text));
    case "application/json":
      return faultOfDocument(code, JSON.parse(text));
    default:
      return `content type ${type}`;
  }
}

const codes: ReadonlySet<number> = new Set([
  200, 304, 400, 401, 403, 404, 405, 406, 408, 414, 417, 429, 431, 500, 503, 504,
]);

function isHealth(code: number, text: string): boolean {
  return (code === 200 || code === 500) && !text.includes("<") && (text === "ok" || /check|error/u.test(text));
}

interface Document {
  readonly kind?: unknown;
  readonly code?: unknown;
  readonly status?: unknown;
  readonly reason?: unknown;
  readonly message?: unknown;
  readonly items?: unknown;
  readonly swagger?: unknown;
  readonly openapi?: unknown;
  readonly paths?: unknown;
  readonly gitVersion?: unknown;
}

function faultOfDocument(code: number, value: unknown): string | undefined {
  const document = value as Document;
  if (code !== 200) {
    const { kind, status, reason, message } = document;
    const isStatus = kind === "Status" && status === "Failure" && document.code === code;
    // Only a metric selector that cannot be read is answered without a reason, as prometheus-adapter does.
    const isExplained = typeof reason === "string" || (code === 500 && /metricLabelSelector/u.test(String(message)));
    return isStatus && isExplained && typeof message === "string" ? undefined : `no Status of ${code}`;
  }
  switch (document.kind) {
    case "MetricValueList":
    case "ExternalMetricValueList":
      return Array.isArray(document.items) ? firstFault(document.items as readonly Item[]) : "no items";
    case "APIGroupList":
    case "APIGroup":
    case "APIResourceList":
    case "APIGroupDiscoveryList":
      return undefined;
    default:
      return [document.swagger, document.paths, document.gitVersion].some((each) => each !== undefined)
        ? undefined
        : `kind ${String(document.kind)}`;
  }
}

interface Item {
  readonly value?: unknown;
  readonly timestamp?: unknown;
  readonly describedObject?: { readonly name?: unknown };
  readonly metricLabels?: unknown;
}

function firstFault(items: readonly Item[]): string | undefined {
  return items.map(faultOfItem).find((found) => found !== undefined);
}

function faultOfItem({ value, timestamp, describedObject, metricLabels }: Item): string | undefined {
  if (typeof value !== "string" || !/^-?\d+[mkMGTPE]?$/u.test(value)) return `value ${JSON.stringify(value)}`;
  const isTime = typeof timestamp === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u.test(timestamp);
  if (!isTime) return `timestamp ${JSON.stringify(timestamp)}`;
  const isNamed = typeof describedObject?.name === "string" || typeof metricLabels === "object";
  return isNamed ? undefined : "an item about nothing";
}
