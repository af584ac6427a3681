import { fail, ok, type Result } from "../result.ts";
import { failureFromThrown, type KubernetesFailure } from "./failure.ts";
import { asText, at } from "./json.ts";

const newline = 0x0a;

/**
 * Reads newline-delimited JSON. Ends with a failure when the connection breaks or a line is no JSON, without one when the
 * other side finished, fell silent or `signal` was aborted.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal,
): AsyncGenerator<Result<unknown, KubernetesFailure>, void> {
  try {
    for await (const line of splitLines(chunks)) yield ok(JSON.parse(line));
  } catch (thrown) {
    const silent = asText(at(thrown, "code")) === "UND_ERR_BODY_TIMEOUT";
    if (!silent && !signal.aborted) yield fail(failureFromThrown(thrown));
  }
}

/** A last line without its newline was cut off; it is not a line. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  let pending: Buffer[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      yield Buffer.concat([...pending, chunk.subarray(start, end)]).toString("utf8");
      pending = [];
      start = end + 1;
    }
    if (start < chunk.length) pending.push(chunk.subarray(start));
  }
}
