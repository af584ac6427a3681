import fc from "fast-check";

/** Most files are such as people write; a few are such as people write by mistake. */
const mostly = { weight: 200 };
const rarely = { weight: 1 };

const seriesQuery = fc.oneof(
  {
    ...mostly,
    arbitrary: fc.constantFrom(
      '{namespace!="",__name__!~"^container_.*"}',
      '{__name__=~"^container_.*",container!="POD",namespace!="",pod!=""}',
      '{__name__=~"^http_.*"}',
      'http_requests_total{namespace!=""}',
      "http_connections_active",
      '{kube_namespace!=""}',
      '{__name__=~"^(node|queue)_.*"}',
      'istio_requests_total{reporter="destination"}',
      '{__name__=~"^kubevirt_vmi_.*"}',
      '{ingress!=""}',
      '{__name__=~"tenant_.*|cheddar|storage_.*"}',
      "odd_value",
      '{__name__=~"^queue_.*",name=~"orders|mails"}',
      "nothing_of_that_name",
    ),
  },
  { ...rarely, arbitrary: fc.constantFrom("", "{", '{__name__=~""}') },
);

const pattern = fc.oneof(
  {
    ...mostly,
    arbitrary: fc.constantFrom(
      "^(.*)_total$",
      "_total",
      "^container_(.*)_seconds_total$",
      "^(?P<first>[a-z]+)_(.*)$",
      "(?i)HTTP",
      "^http_(requests|connections).*",
      "[a-z]{3,7}_",
      ".",
      "(queue|node)_(?:.*)",
      "\\Anode_",
      "s\\b",
    ),
  },
  { ...rarely, arbitrary: fc.constantFrom("(?=a)", "(", "\\1", "a{2000}") },
);

const replacement = fc.constantFrom(
  "",
  "$0",
  "$1",
  "${1}_per_second",
  "$1_per_second",
  "${first}",
  "m",
  "rate",
  "$$x",
  "${1}${2}",
  "a${",
  "x$",
);

const filter = fc.oneof(
  { ...mostly, arbitrary: pattern.map((is) => ({ is })) },
  { ...mostly, arbitrary: pattern.map((isNot) => ({ isNot })) },
  { ...rarely, arbitrary: fc.constantFrom({}, { is: "a", isNot: "b" }) },
);

const labelTemplate = fc.oneof(
  {
    ...mostly,
    arbitrary: fc.constantFrom(
      "<<.Resource>>",
      "kube_<<.Resource>>",
      "<< .Resource >>",
      'kube_<<.Resource | printf "%s">>',
    ),
  },
  {
    weight: 25,
    arbitrary: fc.constantFrom("kube_<<.Group>>_<<.Resource>>", "<<if .Group>><<.Group>>_<<end>><<.Resource>>"),
  },
  { ...rarely, arbitrary: fc.constantFrom("<<.Group>>", "<<.Name>>", "<<", "(<<.Resource>>") },
);

/** One label for each resource: prometheus-adapter takes any of several. */
const overrides = fc
  .record(
    {
      namespace: fc.constantFrom({ resource: "namespace" }, { resource: "namespaces" }, { resource: "Namespace" }),
      pod: fc.constantFrom({ resource: "pod" }, { resource: "PODS" }, { group: "", resource: "pods" }),
      service: fc.constant({ resource: "service" }),
      node: fc.constantFrom({ resource: "node" }, { resource: "nodes" }),
      name: fc.constantFrom(
        { group: "kubevirt.io", resource: "virtualmachineinstance" },
        { group: "kubevirt", resource: "virtualmachineinstances" },
      ),
      ingress: fc.constantFrom({ group: "networking.k8s.io", resource: "ingress" }, { resource: "ingresses" }),
      deployment: fc.constantFrom({ group: "apps", resource: "deployment" }, { resource: "deployments" }),
      tenant: fc.constant({ group: "example.com", resource: "tenant" }),
      brand: fc.constant({ group: "cheese.io", resource: "brands" }),
    },
    { requiredKeys: [] },
  )
  .chain((known) =>
    fc.oneof(
      { ...mostly, arbitrary: fc.constant(known) },
      { ...rarely, arbitrary: fc.constantFrom({ job: { resource: "unicorn" } }, { job: { group: "apps" } }) },
    ),
  );

const selector = fc.constantFrom(
  "<<.Series>>{<<.LabelMatchers>>}",
  "<<.Series>>{<<.LabelMatchers>>}",
  '<<.Series>>{<<.LabelMatchers>>,container!="POD"}',
  '<<.Series>>{<<range $l, $v := .LabelValuesByName>><<$l>>=~"<<$v>>",<<end>>}',
  '<<.Series>>{<<with index .LabelValuesByName "namespace">>namespace="<<.>>"<<end>>}',
  "<<- .Series ->> {<<.LabelMatchers>>}",
  '<<printf "%s{%s}" .Series .LabelMatchers>>',
);

const grouping = fc.constantFrom(
  "(<<.GroupBy>>)",
  "(<<.GroupBy>>)",
  "(<<range $i, $g := .GroupBySlice>><<if $i>>,<<end>><<$g>><<end>>)",
  "(namespace,<<.GroupBy>>)",
  "(name)",
  "(pod)",
);

const metricsQuery = fc.oneof(
  {
    ...mostly,
    arbitrary: fc
      .tuple(fc.constantFrom("sum", "max", "avg", "count"), fc.constantFrom("", "rate", "irate"), selector, grouping)
      .map(
        ([aggregate, over, series, by]) => `${aggregate}(${over === "" ? series : `${over}(${series}[2m])`}) by ${by}`,
      ),
  },
  { weight: 30, arbitrary: selector },
  {
    ...rarely,
    arbitrary: fc.constantFrom(
      "",
      " ",
      "<<.Unknown>>",
      "<<.Series",
      "<<nothing .Series>>",
      "scalar(<<.Series>>)",
      "sum(<<.Series>>",
    ),
  },
);

const rule = fc.record(
  {
    seriesQuery,
    seriesFilters: fc.array(filter, { maxLength: 2 }),
    resources: fc.record({ template: labelTemplate, overrides }, { requiredKeys: [] }),
    name: fc.record({ matches: pattern, as: replacement }, { requiredKeys: [] }),
    metricsQuery,
  },
  { requiredKeys: ["seriesQuery", "metricsQuery", "resources"] },
);

const externalRule = fc.tuple(rule, fc.constantFrom(undefined, undefined, true, false)).map(([given, namespaced]) => ({
  ...given,
  resources: namespaced === undefined ? given.resources : { ...given.resources, namespaced },
}));

const slips: readonly ((text: string) => string)[] = [
  (text) => text.replace('"seriesQuery"', '"seriesquery"'),
  (text) => text.replace('"resources":{', '"resources":{"namespaced":"yes",'),
  (text) => text.replace('"resources":{', '"resources":{"namespaced":yes,'),
  (text) => text.replace('"metricsQuery":', '"metricsQuery":1,"metricsQuery":'),
  (text) => text.replace('"name":{', '"name":{"as":12,'),
  (text) => text.replace('"rules":[', '"rules":[null,'),
  (text) => text.replace("}", ""),
  (text) => text.replace('"seriesFilters":[', '"seriesFilters":["x",'),
];

/** Configuration files: JSON, which is YAML, with one to four rules of each kind; a few have a slip of the pen. */
export const randomConfiguration: fc.Arbitrary<string> = fc
  .tuple(
    fc.record(
      {
        rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
        externalRules: fc.array(externalRule, { minLength: 1, maxLength: 4 }),
      },
      { requiredKeys: [] },
    ),
    fc.oneof(
      { ...mostly, arbitrary: fc.constant((text: string) => text) },
      { weight: 12, arbitrary: fc.constantFrom(...slips) },
    ),
  )
  .map(([configuration, slip]) => slip(JSON.stringify(configuration)));
