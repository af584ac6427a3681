import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import { compress, isCompressionWanted } from "./compress.ts";
import { encodeProtobuf, protobufType } from "./encode-protobuf.ts";
import { encodeYaml, yamlType } from "./encode-yaml.ts";
import { negotiate } from "./negotiate.ts";
import { firstHeader } from "./raw-headers.ts";
import { parseRequestTarget } from "./request-target.ts";

/**
 * Writes an answer in the form that the client prefers, packed when it is long and the client takes that; or 304 when the
 * client has it already. The second answer to a request is dropped.
 */
export function writeAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (isAnswered(response)) return;
  const tag = answer.tagged === true ? tagOf(answer.body) : undefined;
  const headers = { ...answer.headers, ...(tag === undefined ? {} : { etag: tag }) };
  if (tag !== undefined && isKnown(request, tag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const { type, body } = serialize(request, answer);
  const typed = { ...headers, "content-type": type };
  if (!isCompressionWanted(body.length, firstHeader(request.rawHeaders, "accept-encoding"))) {
    send(response, answer.code, typed, body);
    return;
  }
  compress(body, (packed) => {
    if (isAnswered(response)) return;
    if (packed === undefined) send(response, answer.code, typed, body);
    else send(response, answer.code, { ...typed, "content-encoding": "gzip", vary: "Accept-Encoding" }, packed);
  });
}

/** Or nobody is there any more to be answered. */
function isAnswered(response: ServerResponse): boolean {
  return response.headersSent || response.destroyed;
}

function send(response: ServerResponse, code: number, headers: Readonly<Record<string, string>>, body: Buffer): void {
  response.writeHead(code, { ...headers, "content-length": body.length }).end(body);
}

/** Whoever accepts nothing that there is gets JSON. */
function serialize(request: IncomingMessage, answer: Answer): { readonly type: string; readonly body: Buffer } {
  const { body, contentType, indented = false } = answer;
  if (typeof body === "string") return { type: contentType ?? "text/plain; charset=utf-8", body: Buffer.from(body) };
  const form = contentType === undefined ? negotiate(firstHeader(request.rawHeaders, "accept"), false)?.form : "json";
  if (form === "protobuf") return { type: protobufType, body: encodeProtobuf(body) };
  if (form === "yaml") return { type: yamlType, body: Buffer.from(encodeYaml(body)) };
  const indentation = indented || isIndentationWanted(request) ? 2 : 0;
  const json = JSON.stringify(body, undefined, indentation);
  return { type: contentType ?? "application/json", body: Buffer.from(`${json}\n`) };
}

/**
 * As `?pretty` says, else as the accepted clause says, else for tools that show an answer as it is (k8s.io/apiserver,
 * `negotiation`).
 */
function isIndentationWanted({ url = "", rawHeaders }: IncomingMessage): boolean {
  const target = parseRequestTarget(url);
  const pretty = target.ok ? target.value.query.get("pretty") : null;
  if (pretty !== null) return pretty === "true" || pretty === "1";
  if (negotiate(firstHeader(rawHeaders, "accept"), true)?.pretty === true) return true;
  return /^(?:curl|Wget|Mozilla\/5\.0)/u.test(firstHeader(rawHeaders, "user-agent") ?? "");
}

function tagOf(body: object | string): string {
  return `"${createHash("sha256").update(JSON.stringify(body)).digest("hex")}"`;
}

function isKnown({ rawHeaders }: IncomingMessage, tag: string): boolean {
  const known = (firstHeader(rawHeaders, "if-none-match") ?? "").split(",").map((text) => text.trim());
  return known.some((text) => text === "*" || text.replace(/^W\//u, "") === tag);
}
