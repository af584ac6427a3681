import { isMap, LineCounter, parseDocument, type Document } from "yaml";
import { z } from "zod";
import { parseDuration } from "../naming/duration.ts";
import { metricsApis } from "../naming/metrics-api.ts";
import { fail, ok, type Result } from "../result.ts";

/** Something wrong with the configuration file, and where. */
export interface Problem {
  /** Dotted path from the document's root, such as `vms.labels.replica[0]`; empty for the whole document. */
  readonly path: string;
  /** Line in the file, from 1; absent where the path does not exist. */
  readonly line?: number;
  /** What is wrong and what is expected, without a final period. */
  readonly message: string;
}

/** A span of time in the file, such as `30s`; milliseconds in the program. */
const span = z.unknown().transform((text, context) => {
  const ms = typeof text === "string" ? parseDuration(text) : undefined;
  if (ms !== undefined && ms > 0) return ms;
  context.addIssue({ code: "custom", message: `Expected a duration such as "30s": got ${JSON.stringify(text)}` });
  return z.NEVER;
});

const label = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/u, "Expected a label name of Prometheus");

const api = z.enum(metricsApis, {
  error: ({ input }) => `Expected ${metricsApis.join(" or ")}: got ${JSON.stringify(input)}`,
});

/** The name of a metric, or what names begin with: `migration`, `network-receive`. */
const metricPrefix = z.string().regex(/^[a-z]+(?:-[A-Za-z0-9]*)?$/u, "Expected the name of a metric, or its beginning");

/** What a metric of live migrations says of a virtual machine that does not migrate. */
const ephemeral = z.strictObject({
  /** `live`: nothing. `always`: a special value. `keepLast`: the last value, with its old time. */
  mode: z.enum(["live", "always", "keepLast"], {
    error: ({ input }) => `Expected live, always or keepLast: got ${JSON.stringify(input)}`,
  }),
  /** The value of `always`. */
  special: z.number().default(0),
});

const vms = z.strictObject({
  /** The API groups in which metrics of virtual machines are served; none switches them off. */
  apis: z.array(api).default([...metricsApis]),
  /** The window of rates; without it four scrape intervals, at least a minute. */
  window: span.optional(),
  /** The age from which a sample does not count; without it four scrape intervals, at least two minutes. */
  maxAge: span.optional(),
  /** The least part of a pool's virtual machines that must report. */
  minimumCoverage: z.number().min(0).max(1).default(0.8),
  /** Labels and values that select this cluster's series, where one backend has those of several clusters. */
  matchers: z.record(label, z.string()).default({}),
  /** The label names by which Prometheus knows a virtual machine. */
  labels: z
    .strictObject({
      namespace: label.default("namespace"),
      name: label.default("name"),
      /** The name on the few series that do not call it so. */
      vmi: label.default("vmi"),
      node: label.default("node"),
      /** libvirt's name of a virtual machine on series of libvirt exporters, and on those of collectd. */
      domain: label.default("domain"),
      collectdHost: label.default("exported_instance"),
      instance: label.default("instance"),
      job: label.default("job"),
      replica: z.array(label).default(["prometheus_replica", "replica", "__replica__"]),
    })
    .prefault({}),
  /** Which metrics are served; each item is a name or what names begin with. */
  metrics: z
    .strictObject({
      /** Only these; none means all. */
      allow: z.array(metricPrefix).default([]),
      /** Never these. */
      deny: z.array(metricPrefix).default([]),
      /** These are in discovery although KubeVirt's own series do not feed them. */
      optIn: z.array(metricPrefix).default([]),
    })
    .prefault({}),
  ephemeral: ephemeral
    .extend({
      mode: ephemeral.shape.mode.default("live"),
      /** Other modes, by name or by what names begin with; the longest that fits counts. */
      metrics: z.record(metricPrefix, ephemeral).default({}),
    })
    .prefault({}),
});

const cache = z
  .strictObject({
    /** How long an answer of Prometheus is used before it is asked again. */
    ttl: span.prefault("10s"),
    /** How long after its evaluation an answer stands in while Prometheus fails; without it 60 s, at least the ttl. */
    maxStale: span.optional(),
  })
  .transform(({ ttl, maxStale = Math.max(ttl, 60_000) }, context) => {
    if (maxStale < ttl) {
      const message = `Expected at least cache.ttl, ${ttl / 1_000} s: got ${maxStale / 1_000} s`;
      context.addIssue({ code: "custom", path: ["maxStale"], message });
    }
    return { ttl, maxStale };
  });

const serving = z.strictObject({
  /** The longest time to an answer. */
  deadline: span.prefault("8s"),
  /** How long requests are still served after SIGTERM while /readyz fails, until nobody sends more. */
  shutdownDelay: z.union([z.literal("0s").transform(() => 0), span]).prefault("5s"),
});

const schema = z.strictObject({
  vms: vms.prefault({}),
  cache: cache.prefault({}),
  serving: serving.prefault({}),
  /** prometheus-adapter's sections are part of the file's format; this version does not serve them. */
  rules: z.unknown().optional(),
  externalRules: z.unknown().optional(),
  resourceRules: z.unknown().optional(),
});

/** What the configuration file says, with all defaults filled in; durations are in milliseconds. */
export type Config = z.infer<typeof schema>;

/** Reads the text of a configuration file, or lists everything that is wrong with it. */
export function parseConfig(text: string): Result<Config, readonly Problem[]> {
  const lines = new LineCounter();
  const document = parseDocument(text, { version: "1.1", uniqueKeys: true, lineCounter: lines });
  if (document.errors.length > 0) {
    return fail(document.errors.map(({ message, pos }) => ({ path: "", line: lines.linePos(pos[0]).line, message })));
  }
  const parsed = schema.safeParse(document.toJS() ?? {});
  if (parsed.success) return ok(parsed.data);
  const problems = parsed.error.issues.flatMap((issue) => problemsOf(issue, document, lines));
  return fail(problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)));
}

/** The sections of prometheus-adapter's that the file has and this version does not serve. */
export function unservedSections(config: Config): readonly string[] {
  return (["rules", "externalRules", "resourceRules"] as const).filter((section) => {
    const value = config[section];
    return value !== undefined && value !== null && !(Array.isArray(value) && value.length === 0);
  });
}

/** One line for a person: `config.yaml:3: vms.window: Expected a duration such as "30s": got "soon"`. */
export function formatProblem(file: string, { path, line, message }: Problem): string {
  return `${file}${line === undefined ? "" : `:${line}`}: ${path === "" ? "" : `${path}: `}${message}`;
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, document: Document, lines: LineCounter): readonly Problem[] {
  if (issue.code !== "unrecognized_keys") return [at(issue.path, issue.message, document, lines)];
  return issue.keys.map((key) => at([...issue.path, key], "Unknown field", document, lines));
}

function at(path: Issue["path"], message: string, document: Document, lines: LineCounter): Problem {
  const line = lineOf(path, document, lines);
  const dotted = path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./u, "");
  return { path: dotted, ...(line === undefined ? {} : { line }), message };
}

/** The line of the key at a path, or of the value where it stands in a list. */
function lineOf(path: Issue["path"], document: Document, lines: LineCounter): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = path.at(-1);
  const node = isMap(parent)
    ? parent.items.find((item) => String(item.key) === String(key))?.key
    : document.getIn(path, true);
  const range = (node as { range?: readonly number[] } | undefined)?.range;
  return range === undefined ? undefined : lines.linePos(range[0] ?? 0).line;
}
