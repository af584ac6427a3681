import { asArray, asText, asTextMap, at } from "../../cluster/json.ts";
import { messageIn } from "./listed-metrics.ts";
import { quantityValue } from "./quantity-value.ts";
import type { Reply } from "./side.ts";

/** Something that the two sides say differently. */
export interface Deviation {
  /** `status` codes, an `object` that only one of them has, or its `value`. */
  readonly kind: "status" | "object" | "value";
  /** `shop/web-0`, `{queue="orders"}`; empty for the answer as a whole. */
  readonly object: string;
  /** A quantity, or what stands for none. */
  readonly here: string;
  readonly there: string;
  /** What it may come of; absent where that is not known. */
  readonly note?: string;
}

/** What comparing two answers came to. */
export interface ComparedReplies {
  readonly deviations: readonly Deviation[];
  /** How many values both have, and agree about. */
  readonly equal: number;
}

/** The value that prometheus-adapter gives for what has none: infinities, and NaN of external metrics. */
const overflow = "-9223372036854775808m";

/**
 * Compares two answers: the status, which objects or labels have a value, and the values, which may differ by a part of the
 * greater one (0.01 is one in a hundred). Times are not compared: both are those of the answers.
 */
export function compareReplies(here: Reply, there: Reply, tolerance: number): ComparedReplies {
  if (here.code !== there.code) {
    const note = hasOverflow(there) ? { note: noQuantity } : {};
    const status = {
      kind: "status",
      object: "",
      here: describeReply(here),
      there: describeReply(there),
      ...note,
    } as const;
    return { deviations: [status], equal: 0 };
  }
  const [ours, theirs] = [valuesIn(here), valuesIn(there)];
  const objects = [...new Set([...ours.keys(), ...theirs.keys()])].toSorted();
  const deviations = objects.flatMap((object) =>
    compareValues(object, ours.get(object), theirs.get(object), tolerance),
  );
  return { deviations, equal: objects.length - deviations.length };
}

function compareValues(
  object: string,
  here: string | undefined,
  there: string | undefined,
  tolerance: number,
): readonly Deviation[] {
  if (here !== undefined && there !== undefined) {
    return isNear(here, there, tolerance) ? [] : [{ kind: "value", object, here, there }];
  }
  const note = there === overflow ? { note: noQuantity } : {};
  return [{ kind: "object", object, here: here ?? "-", there: there ?? "-", ...note }];
}

const noQuantity = "infinite or NaN there; see compatibility.infinities";

function isNear(a: string, b: string, tolerance: number): boolean {
  if (a === b) return true;
  const [x, y] = [quantityValue(a), quantityValue(b)];
  return Math.abs(x - y) <= tolerance * Math.max(Math.abs(x), Math.abs(y));
}

/** `200 (3 values)`, `404 the server could not find …`. */
export function describeReply({ code, body }: Reply): string {
  if (code !== 200) return `${code} ${messageIn(body)}`.trim();
  const count = asArray(at(body, "items")).length;
  return count === 1 ? "200 (1 value)" : `200 (${count} values)`;
}

function hasOverflow({ body }: Reply): boolean {
  return asArray(at(body, "items")).some((item) => at(item, "value") === overflow);
}

/** Quantities by what they are of. Values of equal labels are told apart by their place. */
function valuesIn({ code, body }: Reply): ReadonlyMap<string, string> {
  if (code !== 200) return new Map();
  const values = asArray(at(body, "items")).map((item) => [subjectOf(item), asText(at(item, "value"))] as const);
  const places = new Map<string, number>();
  return new Map(
    values.map(([subject, value]) => {
      const place = (places.get(subject) ?? 0) + 1;
      places.set(subject, place);
      return [place === 1 ? subject : `${subject} #${place}`, value];
    }),
  );
}

function subjectOf(item: unknown): string {
  const object = at(item, "describedObject");
  if (object === undefined) return formatLabels(asTextMap(at(item, "metricLabels")));
  const namespace = asText(at(object, "namespace"));
  return `${namespace === "" ? "" : `${namespace}/`}${asText(at(object, "name"))}`;
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  const terms = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${terms.join(",")}}`;
}
