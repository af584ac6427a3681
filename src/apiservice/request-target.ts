import { fail, ok, type Result } from "../result.ts";

/** The target of an HTTP request, decoded once for everyone who decides by it. */
export interface RequestTarget {
  /** Percent-decoded, such as `/apis/custom.metrics.k8s.io/v1beta2`. */
  readonly path: string;
  /** The path between its slashes. A trailing or doubled slash leaves an empty segment. */
  readonly segments: readonly string[];
  /** Of a repeated parameter the first value counts; `+` is a space. */
  readonly query: URLSearchParams;
}

/**
 * Reads the target of a request line, such as `/apis?timeout=1s`. The path is decoded before it is split, so that `%2A`
 * is `*` and `%2F` begins a further segment, as in Go's servers. Fails on anything but a path, and on broken encoding.
 */
export function parseRequestTarget(url: string): Result<RequestTarget, string> {
  const [, raw = "", query = ""] = /^(\/[^?#]*)(?:\?([^#]*))?/u.exec(url) ?? [];
  const path = decode(raw);
  if (path === undefined || raw === "")
    return fail(`Cannot read request target ${JSON.stringify(url)}: it is not a path`);
  return ok({ path, segments: path.slice(1).split("/"), query: new URLSearchParams(query) });
}

/** A door to decodeURIComponent, which throws; undefined when a byte is not encoded as UTF-8. */
function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
