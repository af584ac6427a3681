import { fieldAt } from "../../sandbox/kubernetes-object.ts";

/** Kinds of questions, as the table of results names them. */
export const questionKinds = [
  "start",
  "series lists",
  "groups and discovery",
  "object by name",
  "objects by selector",
  "metric selector",
  "external",
  "errors",
  "Prometheus fails",
] as const;

/** A kind of question. */
export type QuestionKind = (typeof questionKinds)[number];

/** A request to be made of both. */
export interface Question {
  readonly kind: QuestionKind;
  /** With its query. */
  readonly path: string;
  /** GET by default. */
  readonly method?: string;
  /** What is the matter meanwhile, such as `Prometheus answers 500`. */
  readonly when?: string;
}

/** A metric as discovery lists it. */
export interface ListedMetric {
  /** `pods`, `virtualmachineinstances.kubevirt.io`. */
  readonly resource: string;
  readonly metric: string;
  readonly namespaced: boolean;
}

/** Where objects are that can be asked about. */
export interface KnownObject {
  /** `pods`, `virtualmachineinstances.kubevirt.io`. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
}

const custom = "/apis/custom.metrics.k8s.io";
const external = "/apis/external.metrics.k8s.io";
const customVersions = ["v1beta1", "v1beta2"];

/** What can be asked whatever is configured. */
export const discoveryPaths: readonly string[] = [
  custom,
  ...customVersions.map((version) => `${custom}/${version}`),
  `${custom}/v1beta3`,
  external,
  `${external}/v1beta1`,
  `${external}/v1beta2`,
];

const objectSelectors = ["app=web", "app!=web", "app in (web,api)", "!app", "tier", "app=nothing", "app>1"];

const metricSelectors = [
  "method=GET",
  "method==POST",
  "method!=GET",
  "code in (503,200,200)",
  "code in (200)",
  "method notin (POST)",
  "method notin (POST,PUT)",
  "method",
  "!method",
  "method=",
  "code>400",
  "code<500",
  "method=GET,code in (200,404)",
  "code=200,code=503,method",
  "app.kubernetes.io/name=web",
  "service=web",
];

const brokenSelectors = [
  "app in (",
  "=web",
  "app=web=api",
  "app in web",
  "app notin (a b)",
  "a=b c=d",
  "-a=b",
  `a=${"x".repeat(64)}`,
];

const externalSelectors = [
  "name=orders",
  "name!=orders",
  "name in (orders,mails)",
  "name notin (orders)",
  "topic",
  "!topic",
  "namespace=bank",
  "name=nothing",
  "kind=nan",
  "kind in (infinite,lowest,huge,exact)",
  "kind notin (infinite,lowest,huge,nan)",
  "queue>1",
  "app.kubernetes.io/name=web",
];

/** The metrics that an APIResourceList of custom metrics names. */
export function listedMetrics(list: unknown): readonly ListedMetric[] {
  return resourcesOf(list).flatMap((entry) => {
    const [resource, ...metric] = String(fieldAt(entry, "name")).split("/");
    return resource === undefined
      ? []
      : [{ resource, metric: metric.join("/"), namespaced: fieldAt(entry, "namespaced") === true }];
  });
}

/** The metrics that an APIResourceList of external metrics names. */
export function listedExternalMetrics(list: unknown): readonly string[] {
  return resourcesOf(list).map((entry) => String(fieldAt(entry, "name")));
}

function resourcesOf(list: unknown): readonly unknown[] {
  const resources = fieldAt(list, "resources");
  return Array.isArray(resources) ? resources : [];
}

/** Questions about each metric of each object of its resource, by name and by selectors, in both versions. */
export function customQuestions(
  metrics: readonly ListedMetric[],
  objects: readonly KnownObject[],
): readonly Question[] {
  // A rule can give the empty name, which no path can ask for.
  const named = metrics.filter(({ metric }) => metric !== "");
  return named.flatMap((listed, turn) => {
    const known = objects.filter(({ resource }) => resource === listed.resource);
    return [...byName(listed, known), ...bySelector(listed, known, turn), ...byMetricSelector(listed, known, turn)];
  });
}

const [v1beta1 = "", v1beta2 = ""] = customVersions.map((version) => `${custom}/${version}`);

function byName(listed: ListedMetric, known: readonly KnownObject[]): readonly Question[] {
  const paths = known.map((object) => pathOf(listed, object));
  const [room = ""] = roomsOf(listed, known);
  return [
    ...paths.map((path) => v1beta2 + path),
    ...paths.slice(0, 1).map((path) => v1beta1 + path),
    `${v1beta2}${room}/unheard-of/${lastOf(listed)}`,
    // Whether such a resource belongs to a namespace is a matter of opinion.
    ...known
      .filter(({ namespace }) => listed.namespaced && namespace === undefined)
      .flatMap(({ name }) => [name, "*"].map((asked) => `${v1beta2}/${listed.resource}/${asked}/${lastOf(listed)}`)),
  ].map((path) => ({ kind: "object by name", path }));
}

function bySelector(listed: ListedMetric, known: readonly KnownObject[], turn: number): readonly Question[] {
  const rooms = roomsOf(listed, known);
  const last = lastOf(listed);
  const version = turn % 2 === 0 ? v1beta1 : v1beta2;
  return [
    ...rooms.map((room) => `${v1beta2}${room}/*/${last}`),
    ...chosen(objectSelectors, turn, 2).map(
      (selector) => `${version}${rooms[0] ?? ""}/*/${last}?labelSelector=${encodeURIComponent(selector)}`,
    ),
  ].map((path) => ({ kind: "objects by selector", path }));
}

function byMetricSelector(listed: ListedMetric, known: readonly KnownObject[], turn: number): readonly Question[] {
  const [object] = known;
  const [room = ""] = roomsOf(listed, known);
  const all = `${room}/*/${lastOf(listed)}`;
  const version = turn % 2 === 0 ? v1beta2 : v1beta1;
  const path = version + (object === undefined ? all : pathOf(listed, object));
  return [
    ...chosen(metricSelectors, turn, 3).map(
      (selector) => `${path}?metricLabelSelector=${encodeURIComponent(selector)}`,
    ),
    ...chosen(metricSelectors, turn + 5, 1).map(
      (selector) => `${v1beta2}${all}?labelSelector=app&metricLabelSelector=${encodeURIComponent(selector)}`,
    ),
  ].map((asked) => ({ kind: "metric selector", path: asked }));
}

/** `/namespaces/shop/pods/web-0/rps`. */
function pathOf(listed: ListedMetric, { namespace = "shop", name }: KnownObject): string {
  return `${roomOf(listed, namespace)}/${name}/${lastOf(listed)}`;
}

/** `/namespaces/shop/pods` for each namespace that has objects, or for one without. */
function roomsOf(listed: ListedMetric, known: readonly KnownObject[]): readonly string[] {
  const rooms = [...new Set(known.map(({ namespace = "shop" }) => roomOf(listed, namespace)))];
  return rooms.length === 0 ? [roomOf(listed, "shop")] : rooms;
}

function roomOf({ resource, namespaced }: ListedMetric, namespace: string): string {
  return namespaced ? `/namespaces/${namespace}/${resource}` : `/${resource}`;
}

/** A Namespace has a form of its own, without which its name would be taken for that of a resource in it. */
function lastOf({ resource, metric }: ListedMetric): string {
  return resource === "namespaces" ? `metrics/${encodeURIComponent(metric)}` : encodeURIComponent(metric);
}

/** So many of the choices, other ones each turn, so that all are met over some turns. */
function chosen<T>(choices: readonly T[], turn: number, count: number): readonly T[] {
  const from = (turn * count) % choices.length;
  return [...choices, ...choices].slice(from, from + Math.min(count, choices.length));
}

/** Questions about each external metric. */
export function externalQuestions(metrics: readonly string[]): readonly Question[] {
  return metrics.flatMap((metric): readonly Question[] => {
    const name = encodeURIComponent(metric);
    const paths = ["shop", "bank", "empty", "default"].map((ns) => `${external}/v1beta1/namespaces/${ns}/${name}`);
    const [path = ""] = paths;
    return [
      ...paths.map((place): Question => ({ kind: "external", path: place })),
      ...externalSelectors.map((selector): Question => ({
        kind: "external",
        path: `${path}?labelSelector=${encodeURIComponent(selector)}`,
      })),
      { kind: "errors", path: `${path}?labelSelector=${encodeURIComponent("a in (")}` },
      { kind: "errors", path: `${path}?watch=true` },
    ];
  });
}

/** Requests that cannot be answered with figures, and some that look as if they could not. */
export function errorQuestions(metrics: readonly ListedMetric[]): readonly Question[] {
  const metric = firstOf(metrics, "pods") ?? "http_requests";
  const ofNamespace = firstOf(metrics, "namespaces") ?? metric;
  const ofNode = firstOf(metrics, "nodes") ?? metric;
  const object = `/namespaces/shop/pods/web-0/${metric}`;
  const paths = [
    "/namespaces/shop/pods/web-0/unheard_of",
    "/namespaces/shop/pods/*/unheard_of",
    "/namespaces/shop/metrics/unheard_of",
    "/namespaces/shop/unicorns/a/unheard_of",
    `/namespaces/shop/unicorns/a/${metric}`,
    `/namespaces/shop/unicorns/*/${metric}`,
    `/namespaces/shop/unicorns.example.com/*/${metric}`,
    `/namespaces/shop/pods.apps/web-0/${metric}`,
    `/namespaces/shop/pods.v1/web-0/${metric}`,
    `/namespaces/shop/PODS/web-0/${metric}`,
    `/namespaces/shop/pod/web-0/${metric}`,
    `/namespaces/shop/Pod/*/${metric}`,
    `/namespaces/shop/po/web-0/${metric}`,
    `/namespaces/shop/podlist/web-0/${metric}`,
    `/namespaces/shop/vmi/vm-web/${metric}`,
    `/namespaces/shop/virtualmachineinstance.kubevirt/vm-web/${metric}`,
    `/namespaces/shop/tenants.example.com/acme/${metric}`,
    `/namespaces/shop/tenants.example.com/*/${metric}`,
    `/tenants.example.com/acme/${metric}`,
    `/tenants.example.com/*/${metric}`,
    `/namespaces/shop/nodes/node-a/${ofNode}`,
    `/namespaces/shop/nodes/*/${ofNode}`,
    `/nodes/node-a/${ofNode}`,
    `/nodes/*/${ofNode}`,
    `/node/node-a/${ofNode}`,
    `/NODES/node-a/${ofNode}`,
    `/nodes/*/${ofNode}?labelSelector=zone%3Da`,
    `/pods/web-0/${metric}`,
    `/pods/*/${metric}`,
    `/namespaces/*/pods/web-0/${metric}`,
    `/namespaces/*/pods/*/${metric}`,
    `/namespaces/nowhere/pods/*/${metric}`,
    `/namespaces/shop/metrics/${ofNamespace}`,
    `/namespaces/*/metrics/${ofNamespace}`,
    `/namespaces/*/metrics/${ofNamespace}?labelSelector=team%3Dshop`,
    `/namespaces/nowhere/metrics/${ofNamespace}`,
    `/namespaces/shop/metrics/${ofNamespace}/more`,
    `/namespaces/shop/metrics/${ofNamespace}/more/still`,
    `/namespaces/shop/namespaces/shop/${ofNamespace}`,
    `/namespaces/shop/${metric}`,
    `/namespaces/shop`,
    "/namespaces",
    "/pods",
    `/pods/${metric}`,
    `${object}/more`,
    `${object}/`,
    `/namespaces/shop//pods/web-0/${metric}`,
    "/",
    "//",
    `${object}//`,
    `${object}?watch=true`,
    `${object}?watch=maybe`,
    `${object}?limit=1`,
    `${object}?timeout=5s`,
    `${object}?timeout=soon`,
    `${object}?labelSelector=${encodeURIComponent("app in (")}`,
    `${object}?labelSelector=app%3Dnothing`,
    `${object}?fieldSelector=metadata.name%3Dweb-0`,
    `${object}?fieldSelector=status.phase%3DRunning`,
    `${object}?resourceVersion=1`,
    `${object}?pretty=true`,
    ...brokenSelectors.flatMap((selector) => [
      `/namespaces/shop/pods/*/${metric}?labelSelector=${encodeURIComponent(selector)}`,
      `${object}?metricLabelSelector=${encodeURIComponent(selector)}`,
    ]),
    `/namespaces/shop/pods/*/unheard_of?metricLabelSelector=${encodeURIComponent("a in (")}`,
    `/namespaces/shop/pods/${encodeURIComponent('we"b\\')}/${metric}`,
    `/namespaces/shop/pods/${encodeURIComponent("wéb")}/${metric}`,
    `/namespaces/shop/pods/web-0/${metric}%20x`,
  ];
  const absent = [
    `${external}/v1beta1/namespaces/shop/unheard_of`,
    `${external}/v1beta1/namespaces/default/unheard_of`,
    `${external}/v1beta1/namespaces/shop/unheard_of?labelSelector=${encodeURIComponent("a in (")}`,
    `${external}/v1beta1/namespaces/shop/unheard_of?labelSelector=${encodeURIComponent("a>1")}`,
    `${external}/v1beta1/namespaces/shop/unheard_of?watch=true`,
    `${external}/v1beta1/namespaces/shop`,
    `${external}/v1beta1/namespaces/shop/unheard_of/more`,
    `${external}/v1beta1/unheard_of`,
    `${external}/v1beta1/namespaces/shop/status`,
    "/apis/nothing.example.com/v1",
    "/apis/",
    `${custom}/`,
    "/version/",
    "/nothing",
  ];
  return [
    ...paths.map((path): Question => ({ kind: "errors", path: `${custom}/v1beta2${path}` })),
    { kind: "errors", path: `${custom}/v1beta1${object}` },
    { kind: "errors", path: `${custom}/v1beta3${object}` },
    ...absent.map((path): Question => ({ kind: "errors", path })),
    ...["POST", "PUT", "DELETE", "PATCH"].map((method): Question => ({
      kind: "errors",
      path: `${custom}/v1beta2${object}`,
      method,
    })),
  ];
}

/** The first metric of a resource, as a path has it. */
function firstOf(metrics: readonly ListedMetric[], resource: string): string | undefined {
  const found = metrics.find((listed) => listed.resource === resource && listed.metric !== "");
  return found && encodeURIComponent(found.metric);
}
