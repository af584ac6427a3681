/**
 * Writes lines in columns, the first line being the heads of the columns. The last column takes what the others leave of
 * `width` characters; what does not fit is cut at a word.
 */
export function textTable(lines: readonly (readonly string[])[], width: number): string {
  const columns = (lines[0] ?? []).slice(0, -1);
  const widths = columns.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  const rest = width - widths.reduce((sum, each) => sum + each + gap.length, 0);
  return lines
    .map((line) => {
      const padded = widths.map((each, column) => (line[column] ?? "").padEnd(each));
      return `${[...padded, cut(line[widths.length] ?? "", rest)].join(gap).trimEnd()}\n`;
    })
    .join("");
}

/** A text of at most so many characters, with … where words are left out. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).replace(/\W*\w*$/u, "")}…`;
}

const gap = "  ";
