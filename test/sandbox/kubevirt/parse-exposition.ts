/** What a text says of one family. */
export interface ParsedFamily {
  readonly type: string;
  readonly help: string;
  readonly series: readonly ParsedSeries[];
}

interface ParsedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestampMs?: number;
}

/** Reads Prometheus' text format as KubeVirt writes it; throws at a line that it does not understand. */
export function parseExposition(text: string): ReadonlyMap<string, ParsedFamily> {
  const families = new Map<string, { type: string; help: string; series: ParsedSeries[] }>();
  function family(name: string): { type: string; help: string; series: ParsedSeries[] } {
    const found = families.get(name) ?? { type: "", help: "", series: [] };
    families.set(name, found);
    return found;
  }
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, keyword, about = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/u.exec(line) ?? [];
    if (keyword === "HELP") family(about).help = rest;
    else if (keyword === "TYPE") family(about).type = rest;
    else {
      const [, name, labels = "", value, timestamp] = /^([\w:]+)(?:\{(.*)\})? (\S+)(?: (\d+))?$/u.exec(line) ?? [];
      if (name === undefined) throw new Error(`Cannot parse line ${JSON.stringify(line)}`);
      const series = { labels: parseLabels(labels), value: Number(value) };
      family(name).series.push(timestamp === undefined ? series : { ...series, timestampMs: Number(timestamp) });
    }
  }
  return families;
}

function parseLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)",?/gu)];
  return Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, unescape(value)]));
}

function unescape(value: string): string {
  return value.replace(/\\(.)/gu, (_, mark: string) => (mark === "n" ? "\n" : mark));
}
