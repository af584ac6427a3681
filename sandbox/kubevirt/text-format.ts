/** One sample of a family. */
export interface Sample {
  /** Rendered by `renderLabels()`; empty for a sample without labels. */
  readonly labels: string;
  readonly value: number;
  /** Milliseconds since the Unix epoch; absent for "now". */
  readonly timestampMs?: number;
}

/** A metric family with its samples. */
export interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** The media type of Prometheus' text format. */
export const textFormatType = "text/plain; version=0.0.4; charset=utf-8";

/** Writes families in Prometheus' text format 0.0.4, ordered by name; families without samples are left out. */
export function renderFamilies(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(renderFamily)
    .join("");
}

/** Renders `a="1",b="two"`, keys in order; empty values are written as they are. */
export function renderLabels(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .toSorted()
    .map((name) => `${name}="${escapeValue(labels[name] ?? "")}"`)
    .join(",");
}

/** Joins rendered labels. */
export function joinLabels(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(",");
}

function renderFamily({ name, type, help, samples }: Family): string {
  const lines = samples.map(({ labels, value, timestampMs }) => {
    const series = labels === "" ? name : `${name}{${labels}}`;
    return timestampMs === undefined ? `${series} ${value}\n` : `${series} ${value} ${timestampMs}\n`;
  });
  const text = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
