import { fail, ok, type Result } from "../result.ts";

/** Header lines by name, as Go writes names; several values are several lines. */
export type Headers = Readonly<Record<string, string[]>>;

/**
 * Reads `--prometheus-header`: `name=value` is split at the first equal sign, without one the value is empty, and a name that
 * is given again has one more value. Lists those that HTTP cannot carry (RFC 9110, section 5).
 */
export function prometheusHeaders(given: readonly string[]): Result<Headers, readonly string[]> {
  const headers = given.map((text) => {
    const [name = "", ...rest] = text.split("=");
    return { text, name: canonicalName(name), value: rest.join("=") };
  });
  const wrong = headers.filter(({ name, value }) => !isToken.test(name) || hasControls.test(value));
  if (wrong.length > 0) {
    // A value may be a password.
    return fail(wrong.map(({ text }) => `Cannot use --prometheus-header ${shown(text)}: expected name=value`));
  }
  const byName = Map.groupBy(headers, ({ name }) => name);
  return ok(Object.fromEntries([...byName].map(([name, each]) => [name, each.map(({ value }) => value)])));
}

const isToken = /^[-!#$%&'*+.^_`|~\dA-Za-z]+$/u;
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const hasControls = /[\u0000-\u0008\u000a-\u001f\u007f]/u;

/** `x-scope-orgid` is `X-Scope-Orgid`, as in Go (textproto.CanonicalMIMEHeaderKey). */
function canonicalName(name: string): string {
  return name.toLowerCase().replaceAll(/(?<=^|-)[a-z]/gu, (letter) => letter.toUpperCase());
}

function shown(text: string): string {
  return JSON.stringify(text.includes("=") ? `${text.slice(0, text.indexOf("="))}=…` : text);
}
