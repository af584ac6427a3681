import { fail, ok, type Result } from "../result.ts";
import { parseGoInteger } from "./go-number.ts";
import type { YamlScalar } from "./yaml-node.ts";

/** What a scalar means. */
export interface ScalarValue {
  /** Short, such as `!!int`; for messages. */
  readonly tag: string;
  /** Texts, timestamps and what has a tag of its own are strings. */
  readonly value: string | number | boolean | null;
}

const prefix = "tag:yaml.org,2002:";

/**
 * Decides what a scalar means, as gopkg.in/yaml.v2 does (resolve.go): YAML 1.1 with its many words for true and false, and
 * without numbers to the base of 60. Fails when a tag does not fit the text, or `!!binary` is not base64.
 */
export function resolveScalar({ text, plain, tag }: YamlScalar): Result<ScalarValue, string> {
  if (tag === "" && !plain) return ok({ tag: "!!str", value: text });
  const short = tag.startsWith(prefix) ? `!!${tag.slice(prefix.length)}` : tag;
  if (short === "!!binary") return decodeBase64(text);
  if (!resolvable.includes(short)) return ok({ tag: short, value: text });
  if (short === "!!str") return ok({ tag: short, value: text });
  const found = valueOf(text, short);
  if (short === "" || short === found.tag) return ok(found);
  if (short === "!!float" && found.tag === "!!int") return ok({ ...found, tag: short });
  return fail(`cannot decode ${found.tag} \`${text}\` as a ${short}`);
}

const resolvable = ["", "!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"];

function decodeBase64(text: string): Result<ScalarValue, string> {
  const packed = text.replaceAll(/[\r\n]/gu, "");
  return /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/u.test(packed)
    ? ok({ tag: "!!binary", value: Buffer.from(packed, "base64").toString("utf8") })
    : fail("!!binary value contains invalid base64 data");
}

function valueOf(text: string, tag: string): ScalarValue {
  const word = words.get(text);
  if (word !== undefined) return word;
  if (text.startsWith(".") && isFloat(text)) return { tag: "!!float", value: Number(text) };
  if (!/^[-+\d]/u.test(text)) return { tag: "!!str", value: text };
  if ((tag === "" || tag === "!!timestamp") && isTimestamp(text)) return { tag: "!!timestamp", value: text };
  const digits = text.replaceAll("_", "");
  const integer = parseGoInteger(digits);
  if (integer !== undefined) return { tag: "!!int", value: integer };
  return isFloat(digits) ? { tag: "!!float", value: Number(digits) } : { tag: "!!str", value: text };
}

const words: ReadonlyMap<string, ScalarValue> = new Map(
  [
    { tag: "!!bool", value: true, texts: "y Y yes Yes YES true True TRUE on On ON" },
    { tag: "!!bool", value: false, texts: "n N no No NO false False FALSE off Off OFF" },
    { tag: "!!null", value: null, texts: "~ null Null NULL " },
    { tag: "!!float", value: NaN, texts: ".nan .NaN .NAN" },
    { tag: "!!float", value: Infinity, texts: ".inf .Inf .INF +.inf +.Inf +.INF" },
    { tag: "!!float", value: -Infinity, texts: "-.inf -.Inf -.INF" },
  ].flatMap(({ texts, ...meaning }) => texts.split(" ").map((text) => [text, meaning] as const)),
);

function isFloat(text: string): boolean {
  return /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/u.test(text);
}

/** The formats of yaml.v2; which days a month has makes no difference to anybody here. */
function isTimestamp(text: string): boolean {
  const date = String.raw`\d{4}-(?:0?[1-9]|1[0-2])-(?:0?[1-9]|[12]\d|3[01])`;
  const time = String.raw`(?:[01]?\d|2[0-3]):[0-5]?\d:[0-5]?\d(?:[.,]\d+)?`;
  return new RegExp(`^${date}(?:[Tt]${time}(?:Z|[-+]\\d\\d:\\d\\d)| ${time})?$`, "u").test(text);
}
