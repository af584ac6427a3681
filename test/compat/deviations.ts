import { isDeepStrictEqual } from "node:util";
import { parseDocument } from "yaml";
import { fieldAt } from "../../sandbox/kubernetes-object.ts";
import { type Comparison, type Difference, queriesOf } from "./compare.ts";
import { listedExternalMetrics, listedMetrics } from "./questions.ts";

/** Where this adapter departs from prometheus-adapter on purpose, and how that is told from a mistake. */
export interface Deviation {
  /** Number in the list of prometheus-adapter's defects and limits, or where else the departure was agreed. */
  readonly row: number | "wire contract";
  readonly theirs: string;
  readonly ours: string;
  /** Whether this is the reason of a difference. */
  readonly explains: (difference: Difference, comparison: Comparison, context: Context) => boolean;
}

/** What is known of the configuration that a comparison belongs to. */
export interface Context {
  /** The text of the file. */
  readonly config: string;
  /** Custom metrics that only this adapter lists, as `pods/rps`, and external ones, as `queue`. */
  readonly onlyOurs: ReadonlySet<string>;
  /** Whether overrides of one rule let two labels stand for the same resource. */
  readonly sameResource: (one: string, other: string) => boolean;
  /** Whether prometheus-adapter lists nothing in the API group of the question, because Prometheus refused a list of series. */
  readonly blocked: (path: string) => boolean;
}

/** What prometheus-adapter makes of numbers that its quantities cannot hold. */
const overflow = "-9223372036854775808m";
const external = "/apis/external.metrics.k8s.io/";

/** Texts of errors about the request itself: Kubernetes' parsers of selectors, durations and fields wrote them. */
const malformed =
  /^(?:unable to parse requirement: |found '|couldn't parse the selector|invalid timeout specified|"[^"]*" is not a known field)/u;

/** Ordered by row. */
export const deviations: readonly Deviation[] = [
  {
    row: 2,
    theirs: "does not start when one rule is wrong, or names a resource that the cluster does not have",
    ours: "starts, and serves the other rules",
    explains: ({ at, peer, ours }) =>
      at === "start" &&
      ours === "started" &&
      String(peer).includes("unable to construct naming scheme from metrics rules"),
  },
  {
    row: 3,
    theirs: "lists no metric of an API while Prometheus refuses one series query",
    ours: "lists those of the other series queries",
    explains: (_, { question: { path, kind }, peer }, { blocked }) =>
      blocked(path) && (kind === "groups and discovery" || isNotFound(peer.body)),
  },
  {
    row: 15,
    theirs: `answers ${overflow} for infinities and numbers beyond 64 bits, and for NaN in external metrics`,
    ours: "leaves such samples out; an object whose only sample is one is not found",
    explains: (_, { peer, ours }) =>
      valuesOf(peer.body).includes(overflow) &&
      (isDeepStrictEqual(
        valuesOf(peer.body).filter((value) => value !== overflow),
        valuesOf(ours.body),
      ) ||
        (valuesOf(peer.body).length === 1 && isNotFound(ours.body))),
  },
  {
    row: 16,
    theirs: "fails on `!=` in a metric selector after it has asked Prometheus",
    ours: "answers, and writes the selector as NotIn",
    explains: ({ at }, { peer, ours }) =>
      at !== "promql" &&
      ours.code === 200 &&
      fieldAt(peer.body, "message") === '"!=" is not a valid label selector operator',
  },
  {
    row: 20,
    theirs: "serves custom resources of the cluster as if they belonged to a namespace",
    ours: "serves them without a namespace, too",
    explains: ({ at }, { question: { path }, peer, ours }) =>
      at !== "order" &&
      /\/v1beta[12]\/(?!namespaces\/)\w+\./u.test(path) &&
      isFailure(peer.body) &&
      (!isFailure(ours.body) || queriesOf(ours).length > 0),
  },
  {
    row: 21,
    theirs: "cannot match the label of a group with dots, or of the core group, by a template with <<.Group>>",
    ours: "matches it",
    explains: (_, { question: { path, kind } }, { config, onlyOurs }) =>
      config.includes(".Group>>") &&
      (kind === "groups and discovery" ? onlyOurs.size > 0 : [...onlyOurs].some((metric) => isAbout(path, metric))),
  },
  {
    row: 22,
    theirs: "asks for the label in the singular where the series has it in the plural, and finds nothing",
    ours: "asks for the label that the series has",
    explains: (_, { peer, known }) => {
      const [query] = queriesOf(peer);
      return (
        query !== undefined &&
        !hasValues(peer.body) &&
        [...known].some((asked) => differsInWords(query, asked, isPlural))
      );
    },
  },
  {
    row: 23,
    theirs: "asks for one of two labels that stand for a resource, which one being random",
    ours: "asks for the first in the file that the series has",
    explains: (_, { peer, ours, known }, { sameResource }) => {
      const [query = ""] = queriesOf(peer);
      const asked = [...queriesOf(ours), ...known];
      return asked.some((text) => differsInWords(query, text, sameResource));
    },
  },
  {
    row: 26,
    theirs: "fails on each request for an external metric whose rule says nothing of namespaces",
    ours: "takes the label `namespace`",
    explains: ({ at }, { question: { path }, peer, ours }) =>
      path.startsWith(external) &&
      peer.code === 500 &&
      queriesOf(peer).length === 0 &&
      (ours.code === 200 || at === "promql"),
  },
  {
    row: 32,
    theirs: "lists only v1beta1 in the document of the group",
    ours: "lists all versions, v1beta2 preferred",
    explains: (_, { question: { path }, peer, ours }) =>
      path === "/apis/custom.metrics.k8s.io" && peer.code === 200 && ours.code === 200,
  },
  {
    row: "wire contract",
    theirs: "answers 404 with a list of paths where no API group is served",
    ours: "answers 404 with a Status",
    explains: ({ at }, { peer, ours }) =>
      at.startsWith("body") && peer.code === 404 && Array.isArray(fieldAt(peer.body, "paths")) && isNotFound(ours.body),
  },
  {
    row: "wire contract",
    theirs: "answers 404 to other methods than GET where there is nothing to get",
    ours: "answers 405, wherever",
    explains: (_, { question: { method = "GET" }, peer, ours }) =>
      method !== "GET" && peer.code === 404 && ours.code === 405,
  },
  {
    row: "wire contract",
    theirs: "ignores slashes at the end of a path",
    ours: "answers 404 to such paths",
    explains: (_, { question: { path }, ours }) => /\/(?:\?|$)/u.test(path) && isNotFound(ours.body),
  },
  {
    row: "wire contract",
    theirs: "writes one of several values that a metric selector has for one key",
    ours: "writes all, those after the first as expressions",
    explains: ({ at }, { question: { path } }) => at.includes(".selector.match") && repeatsKey(path),
  },
  {
    row: "wire contract",
    theirs: "says what is wrong with a malformed request in the words of Kubernetes' parsers",
    ours: "says it in its own words, with equal code and reason",
    explains: ({ at, peer }) => at === "body.message" && malformed.test(String(peer)),
  },
  {
    row: "wire contract",
    theirs: "takes the word after `namespaces/NAME/` for a metric where it is `status` or `finalize`",
    ours: "says that there is no such path, with equal code and reason",
    explains: ({ at }, { question: { path }, peer, ours }) =>
      /\/namespaces\/[^/]+\/(?:status|finalize)$/u.test(path) &&
      at.startsWith("body") &&
      isNotFound(peer.body) &&
      isNotFound(ours.body),
  },
];

/** The deviation that is the reason of a difference; undefined for a mistake. */
export function deviationFor(difference: Difference, comparison: Comparison, context: Context): Deviation | undefined {
  return deviations.find(({ explains }) => explains(difference, comparison, context));
}

/** What the comparisons of one configuration say about it as a whole. */
export function contextOf(config: string, comparisons: readonly Comparison[]): Context {
  const custom = comparisons.find(({ question }) => question.path === "/apis/custom.metrics.k8s.io/v1beta2");
  const externals = comparisons.find(({ question }) => question.path === `${external}v1beta1`);
  const refused = comparisons.some(({ question, peer }) => question.kind === "series lists" && peer.code !== 0);
  const pairs = labelPairs(config);
  const lists = [custom, externals].filter((list) => list !== undefined);
  const theirs = new Set(lists.flatMap(({ peer }) => namesIn(peer.body)));
  return {
    config,
    sameResource: (one, other) => pairs.some(([first, second]) => first === one && second === other),
    onlyOurs: new Set(lists.flatMap(({ ours }) => namesIn(ours.body)).filter((name) => !theirs.has(name))),
    blocked: (path) => {
      const list = path.startsWith(external) ? externals : custom;
      return (
        refused && list !== undefined && namesIn(list.peer.body).length === 0 && namesIn(list.ours.body).length > 0
      );
    },
  };
}

/** `pods/rps` for custom metrics, `queue` for external ones. */
function namesIn(list: unknown): readonly string[] {
  const groupVersion = fieldAt(list, "groupVersion");
  return typeof groupVersion === "string" && external.includes(groupVersion.split("/")[0] ?? "")
    ? listedExternalMetrics(list)
    : listedMetrics(list).map(({ resource, metric }) => `${resource}/${metric}`);
}

function isFailure(body: unknown): boolean {
  return fieldAt(body, "kind") === "Status";
}

function isNotFound(body: unknown): boolean {
  return fieldAt(body, "code") === 404;
}

function valuesOf(body: unknown): readonly unknown[] {
  const items = fieldAt(body, "items");
  return Array.isArray(items) ? items.map((item) => fieldAt(item, "value")) : [];
}

function hasValues(body: unknown): boolean {
  return valuesOf(body).length > 0;
}

/** Whether two texts are the same but for words, each pair of which is accepted. */
function differsInWords(one: string, other: string, accepts: (word: string, instead: string) => boolean): boolean {
  const [words, others] = [one.split(/\b/u), other.split(/\b/u)];
  if (one === other || words.length !== others.length) return false;
  return words.every((word, index) => word === others[index] || accepts(word, others[index] ?? ""));
}

function isPlural(one: string, many: string): boolean {
  return [`${one}s`, `${one}es`, one.replace(/y$/u, "ies")].includes(many);
}

/** Pairs of labels that an override of one rule each gives to the same resource, singular or plural. */
function labelPairs(config: string): readonly (readonly [string, string])[] {
  const document: unknown = parseYaml(config);
  const rules = ["rules", "externalRules"].flatMap((section) => fieldAt(document, section) ?? []);
  return rules.flatMap((rule) => {
    const overrides = Object.entries(fieldAt(rule, "resources", "overrides") ?? {});
    return overrides.flatMap(([one, first]) =>
      overrides
        .filter(([other, second]) => one !== other && areSame(nameOf(first), nameOf(second)))
        .map(([other]) => [one, other] as const),
    );
  });
}

function nameOf(override: unknown): string {
  return String(fieldAt(override, "resource")).toLowerCase();
}

function areSame(one: string, other: string): boolean {
  return one === other || isPlural(one, other) || isPlural(other, one);
}

/** A file that is no YAML is not served by anybody, so there is nothing to explain. */
function parseYaml(text: string): unknown {
  const document = parseDocument(text, { version: "1.1", merge: true });
  return document.errors.length === 0 ? document.toJS() : undefined;
}

/** Whether a metric selector says several times what a key is to be. */
function repeatsKey(path: string): boolean {
  const selector = new URL(path, "https://localhost").searchParams.get("metricLabelSelector") ?? "";
  const keys = [...selector.matchAll(/([\w./-]+)==?[^,=]*/gu)].map(([, key]) => key);
  return new Set(keys).size < keys.length;
}

/** Whether a path asks for a metric of a resource. */
function isAbout(path: string, metric: string): boolean {
  const [resource = "", name = ""] = metric.split("/");
  return path.includes(`/${resource}/`) && decodeURIComponent(path.split("?")[0] ?? "").endsWith(`/${name}`);
}
