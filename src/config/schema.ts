import { z } from "zod";
import { parseDuration } from "../naming/duration.ts";
import { metricsApis } from "../naming/metrics-api.ts";
import { compatibilityChoices, defaultCompatibility } from "../naming/rules/compatibility.ts";
import { shown } from "./issue-text.ts";

/**
 * Says what is wrong with a text that stands for metrics, by a name or by what names begin with; undefined where nothing
 * is. Whoever reads the file knows the metrics.
 */
export type CheckMetric = (name: string) => string | undefined;

/** What the adapter's own sections of the configuration file say, with all defaults filled in; durations are in milliseconds. */
export type OwnConfig = z.infer<ReturnType<typeof schemaWith>>;

/** The shape of the adapter's own sections, their defaults, and what their values must be. */
export function schemaWith(checkMetric: CheckMetric) {
  return z.strictObject({
    vms: vmsWith(checkMetric).prefault({}),
    cache: cache.prefault({}),
    serving: serving.prefault({}),
    compatibility: compatibility.prefault({}),
  });
}

/** Where answers differ from prometheus-adapter's, one setting each. */
const compatibility = z.strictObject({
  infinities: z.enum(compatibilityChoices.infinities).default(defaultCompatibility.infinities),
  selectorKeys: z.enum(compatibilityChoices.selectorKeys).default(defaultCompatibility.selectorKeys),
  externalNamespaceLabel: z
    .enum(compatibilityChoices.externalNamespaceLabel)
    .default(defaultCompatibility.externalNamespaceLabel),
  externalNamespace: z.enum(compatibilityChoices.externalNamespace).default(defaultCompatibility.externalNamespace),
  timestamps: z.enum(compatibilityChoices.timestamps).default(defaultCompatibility.timestamps),
  rounding: z.enum(compatibilityChoices.rounding).default(defaultCompatibility.rounding),
  nameMatchers: z.enum(compatibilityChoices.nameMatchers).default(defaultCompatibility.nameMatchers),
  partialAnswers: z.enum(compatibilityChoices.partialAnswers).default(defaultCompatibility.partialAnswers),
});

/** A span of time in the file, such as `30s`; milliseconds in the program. */
function spanOf(isLongEnough: (ms: number) => boolean) {
  return z.unknown().transform((text, context) => {
    const ms = typeof text === "string" ? parseDuration(text) : undefined;
    if (ms !== undefined && isLongEnough(ms)) return ms;
    context.addIssue({ code: "custom", message: `Expected a duration such as "30s": got ${shown(text)}` });
    return z.NEVER;
  });
}

const span = spanOf((ms) => ms > 0);
const spanOrNone = spanOf(() => true);

const label = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/u, {
  error: ({ input }) => `Expected a label name of Prometheus: got ${shown(input)}`,
});

/** What a metric of live migrations says of a virtual machine that does not migrate. */
const ephemeral = z.strictObject({
  /** `live`: nothing. `always`: a special value. `keepLast`: the last value, with its old time. */
  mode: z.enum(["live", "always", "keepLast"]),
  /** The value of `always`. */
  special: z.number().default(0),
});

function vmsWith(checkMetric: CheckMetric) {
  /** The name of a metric, or what names begin with: `migration`, `network-receive`. */
  const metricPrefix = z.string().superRefine((name, context) => {
    const message = checkMetric(name);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });
  return z.strictObject({
    /** Without them only rules are served, and only the API groups that have some. */
    enabled: z.boolean().default(true),
    /** The API groups in which metrics of virtual machines are served. */
    apis: z.array(z.enum(metricsApis)).default([...metricsApis]),
    /** The window of rates; without it four scrape intervals, at least a minute. */
    window: span.optional(),
    /** The age from which a sample does not count; without it four scrape intervals, at least two minutes. */
    maxAge: span.optional(),
    /** The least part of a pool's virtual machines that must report. */
    minimumCoverage: z.number().min(0).max(1).default(0.8),
    /** Labels and values that select this cluster's series, where one backend has those of several clusters. */
    matchers: z.record(label, z.string()).default({}),
    labels: labels.prefault({}),
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
}

/** The label names by which Prometheus knows a virtual machine. */
const labels = z.strictObject({
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
  /** How many requests for metrics may be under way at once; health, discovery and OpenAPI do not count. */
  maxInFlight: z.number().int().min(1, "Expected at least 1").default(400),
  /** How long requests are still served after SIGTERM while /readyz fails, until nobody sends more. */
  shutdownDelay: spanOrNone.prefault("5s"),
});
