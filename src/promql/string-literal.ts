const single: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
};
const CHARACTER =
  /^(?:[^\\\n]|\\([abfnrtv\\"'])|\\x([\da-fA-F]{2})|\\([0-7]{3})|\\u([\da-fA-F]{4})|\\U([\da-fA-F]{8}))/u;

/**
 * Reads a string in double quotes, single quotes or backticks, with Go's escapes as PromQL has them. Returns undefined
 * where Prometheus would refuse it: quotes that do not close, an escape that there is not (`"\."`), a raw line end.
 */
export function unquote(text: string): string | undefined {
  const [quote = ""] = text;
  if (text.length < 2 || !text.endsWith(quote)) return undefined;
  const body = text.slice(1, -1);
  if (quote === "`") return body.includes("`") ? undefined : body;
  return quote === '"' || quote === "'" ? unescape(body, quote) : undefined;
}

function unescape(body: string, quote: string): string | undefined {
  const parts: string[] = [];
  for (let rest = body; rest !== "";) {
    const match = CHARACTER.exec(rest);
    if (match === null || rest.startsWith(quote)) return undefined;
    const part = characterOf(match, quote);
    if (part === undefined) return undefined;
    parts.push(part);
    rest = rest.slice(match[0].length);
  }
  return parts.join("");
}

/** The other kind of quote cannot be escaped. Bytes beyond ASCII are not put together to characters, but refused. */
function characterOf([whole, letter, hex, octal, short, long]: RegExpExecArray, quote: string): string | undefined {
  if (!whole.startsWith("\\")) return whole;
  if (letter !== undefined) return /["']/u.test(letter) && letter !== quote ? undefined : single[letter];
  const isByte = hex !== undefined || octal !== undefined;
  const code = octal === undefined ? parseInt(hex ?? short ?? long ?? "", 16) : parseInt(octal, 8);
  return code > (isByte ? 0x7f : 0x10ffff) || (code >= 0xd800 && code <= 0xdfff)
    ? undefined
    : String.fromCodePoint(code);
}
