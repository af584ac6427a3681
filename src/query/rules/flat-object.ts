const [quote, backslash, comma, colon, open, close] = Buffer.from('"\\,:{}');

/** The texts of a JSON object, in turn a key and its value, as places in its bytes: start, end, start, end. */
export interface FlatObject {
  readonly places: readonly number[];
  /** The index behind the object. */
  readonly end: number;
}

/**
 * Finds the texts of a JSON object that begins at `at` and holds nothing but texts, such as the labels of a series. Undefined
 * when the bytes end before the object does; throws on anything else.
 */
export function scanFlatObject(bytes: Buffer, at: number): FlatObject | undefined {
  const places: number[] = [];
  if (at < bytes.length && bytes[at] !== open) throw new Error("Cannot read the series: expected an object of labels");
  for (let next = at + 1; next < bytes.length; next += 1) {
    const byte = bytes[next];
    if (byte === close) {
      if (places.length % 4 !== 0) throw new Error("Cannot read the series: a label without a value");
      return { places, end: next + 1 };
    }
    if (byte === quote) {
      const end = endOfText(bytes, next + 1);
      if (end === undefined) return undefined;
      places.push(next + 1, end);
      next = end;
    } else if (byte !== comma && byte !== colon && !isSpace(byte)) {
      throw new Error("Cannot read the series: expected labels whose values are texts");
    }
  }
  return undefined;
}

/** The index of the quote that ends a text; undefined when it is not among the bytes. */
function endOfText(bytes: Buffer, start: number): number | undefined {
  for (let at = start; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === quote) return at;
    if (byte === backslash) at += 1;
  }
  return undefined;
}

/** White space of JSON (RFC 8259, section 2). */
export function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
