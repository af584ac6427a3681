/**
 * Header lines as they arrived: names and values by turns (`IncomingMessage.rawHeaders`). `headers` would join repeated
 * lines with commas, which a group name may hold itself.
 */
export type RawHeaders = readonly string[];

/** A header line: the name in lower case, the value as the UTF-8 text that Go's clients send. */
export interface HeaderLine {
  readonly name: string;
  readonly value: string;
}

/** The lines whose name, in lower case, is accepted; in order. Others are not decoded, as there may be very many. */
export function headerLines(raw: RawHeaders, accepts: (name: string) => boolean): readonly HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    // Node decodes header bytes as Latin-1.
    if (accepts(name)) lines.push({ name, value: Buffer.from(raw[at + 1] ?? "", "latin1").toString("utf8") });
  }
  return lines;
}

/** All values of a header, in order. Names are compared without regard to case. */
export function headerValues(raw: RawHeaders, header: string): readonly string[] {
  const wanted = header.toLowerCase();
  return headerLines(raw, (name) => name === wanted).map(({ value }) => value);
}

/** The first value of a header, as Go's `Header.Get`; undefined when the header is absent. */
export function firstHeader(raw: RawHeaders, header: string): string | undefined {
  return headerValues(raw, header)[0];
}
