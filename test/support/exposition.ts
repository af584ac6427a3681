/** One sample of an exposition. */
export interface ExposedSample {
  /** With the suffix that a histogram's samples have. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family of an exposition. */
export interface ExposedFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ExposedSample[];
}

/**
 * Reads Prometheus' text format 0.0.4, strictly: each family has HELP, TYPE and then its samples, all lines of a family are
 * together, and no series is there twice. Throws at the first line that is otherwise.
 */
export function parseExposition(text: string): readonly ExposedFamily[] {
  if (!text.endsWith("\n")) throw new Error("Cannot read an exposition: it does not end in a new line");
  const blocks = text.trimEnd().split(/\n+(?=# HELP )/u);
  const families = blocks.map(parseFamily);
  const series = families.flatMap(({ samples }) => samples.map(({ name, labels }) => JSON.stringify([name, labels])));
  for (const names of [families.map(({ name }) => name), series]) {
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw new Error(`Cannot read an exposition: ${twice} is there twice`);
  }
  return families;
}

function parseFamily(block: string): ExposedFamily {
  const [first = "", second = "", ...lines] = block.split("\n");
  const [, name = "", help = ""] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/u.exec(first) ?? [];
  const [, typed = "", type = ""] = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/u.exec(second) ?? [];
  if (name === "" || typed !== name) throw new Error(`Cannot read a family: ${first}`);
  const samples = lines.map(parseSample);
  const suffixes = type === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
  const stray = samples.find((sample) => suffixes.every((suffix) => sample.name !== name + suffix));
  if (stray !== undefined) throw new Error(`Cannot read family ${name}: it has a sample ${stray.name}`);
  return { name, type, help, samples };
}

function parseSample(line: string): ExposedSample {
  const [, name = "", braces = "", figure = ""] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (\S+)$/u.exec(line) ?? [];
  const pairs = [...braces.slice(1, -1).matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"(?:,|$)/gu)];
  const written = pairs.map(([pair]) => pair).join("");
  const value = Number(figure);
  if (name === "" || Number.isNaN(value) || written !== braces.slice(1, -1))
    throw new Error(`Cannot read a sample: ${JSON.stringify(line)}`);
  return { name, labels: Object.fromEntries(pairs.map(([, label = "", text = ""]) => [label, text])), value };
}

/** The values of a family by their labels, written as in the exposition and without those that are empty. */
export function valuesOf(families: readonly ExposedFamily[], name: string): Readonly<Record<string, number>> {
  const samples = families.flatMap((family) => family.samples).filter((sample) => sample.name === name);
  return Object.fromEntries(samples.map(({ labels, value }) => [writeLabels(labels), value]));
}

function writeLabels(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([, value]) => value !== "");
  return pairs.map(([label, value]) => `${label}="${value}"`).join(",");
}
