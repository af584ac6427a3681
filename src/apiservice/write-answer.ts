import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "./answer.ts";
import { negotiate } from "./negotiate.ts";
import { firstHeader } from "./raw-headers.ts";
import { parseRequestTarget } from "./request-target.ts";

/** Writes an answer, or 304 when the client has it already. The second answer to a request is dropped. */
export function writeAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) return;
  const tag = answer.tagged === true ? tagOf(answer.body) : undefined;
  const headers = { ...answer.headers, ...(tag === undefined ? {} : { etag: tag }) };
  if (tag !== undefined && isKnown(request, tag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const { type, text } = encode(request, answer);
  response.writeHead(answer.code, { ...headers, "content-type": type, "content-length": text.length }).end(text);
}

function encode(request: IncomingMessage, answer: Answer): { readonly type: string; readonly text: Buffer } {
  const { body, contentType = "application/json", indented = false } = answer;
  if (typeof body === "string") return { type: "text/plain; charset=utf-8", text: Buffer.from(body) };
  const indentation = indented || isIndentationWanted(request) ? 2 : 0;
  return { type: contentType, text: Buffer.from(`${JSON.stringify(body, undefined, indentation)}\n`) };
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
