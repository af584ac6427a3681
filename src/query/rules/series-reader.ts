import type { SeriesShape } from "../../naming/rules/series.ts";
import { type FlatObject, isSpace, scanFlatObject } from "./flat-object.ts";

/** Reads the answer to `/api/v1/series` while it arrives. */
export interface SeriesReader {
  /** Reads the next bytes. Throws on what is no such answer. */
  readonly push: (chunk: Buffer) => void;
  /** The answer without its series, parsed, and the series. Throws when it is cut off or no JSON. */
  readonly end: () => { readonly envelope: unknown; readonly series: readonly SeriesShape[] };
}

/** Far longer than any series; what goes on beyond that is no list of series. */
const maxPart = 4 * 1024 * 1024;

const [comma, endOfList] = Buffer.from(",]");

/**
 * Makes a reader that keeps name and label names only, each combination once, so that memory grows with what metrics can
 * be made of and not with the values of labels. A combination stands where it was seen last, because of two series that
 * make the same metric the later one counts.
 */
export function createSeriesReader(): SeriesReader {
  const lastSeen = new Map<string, number>();
  const around: Buffer[] = [];
  let part: "head" | "series" | "tail" = "head";
  let pending = Buffer.alloc(0);
  let count = 0;

  /** Takes what can be read of the bytes; the rest waits for the next ones. */
  function read(bytes: Buffer): void {
    const taken = part === "head" ? readHead(bytes) : part === "series" ? readSeries(bytes) : 0;
    pending = Buffer.from(bytes.subarray(taken));
    if (pending.length > maxPart) throw new Error("Cannot read the series: one of them is too long");
  }

  function readHead(bytes: Buffer): number {
    const list = /"data"\s*:\s*\[/u.exec(bytes.toString("latin1"));
    if (list === null) return 0;
    const start = list.index + list[0].length;
    around.push(Buffer.from(bytes.subarray(0, start)));
    part = "series";
    return start + readSeries(bytes.subarray(start));
  }

  function readSeries(bytes: Buffer): number {
    let at = 0;
    for (;;) {
      while (bytes[at] === comma || isSpace(bytes[at])) at += 1;
      if (bytes[at] === endOfList) {
        part = "tail";
        return at;
      }
      const labels = scanFlatObject(bytes, at);
      if (labels === undefined) return at;
      lastSeen.set(keyOf(bytes, labels), count);
      count += 1;
      at = labels.end;
    }
  }

  return {
    push: (chunk) => read(pending.length === 0 ? chunk : Buffer.concat([pending, chunk])),
    end: () => {
      if (part === "series") throw new Error("Cannot read the series: the answer is cut off");
      const envelope: unknown = JSON.parse(Buffer.concat([...around, pending]).toString("utf8"));
      const inOrder = [...lastSeen].sort(([, a], [, b]) => a - b);
      return { envelope, series: inOrder.map(([key]) => shapeOf(key)) };
    },
  };
}

/** Names of labels in order and the series' name, as they are written in JSON, behind a zero byte each. */
function keyOf(bytes: Buffer, { places }: FlatObject): string {
  let [key, name] = ["", ""];
  for (let index = 0; index < places.length; index += 4) {
    const label = bytes.toString("latin1", places[index], places[index + 1]);
    if (label === "__name__") name = bytes.toString("latin1", places[index + 2], places[index + 3]);
    else key += `\0${label}`;
  }
  return name + key;
}

function shapeOf(key: string): SeriesShape {
  const [name = "", ...labels] = key
    .split("\0")
    .map((text) => JSON.parse(`"${Buffer.from(text, "latin1").toString("utf8")}"`) as string);
  return { name, labels };
}
