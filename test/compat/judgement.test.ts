import { describe, expect, test } from "vitest";
import { compareAnswers } from "./compare.ts";
import type { Answer } from "./contestant.ts";
import { count, describeUnexplained, judge, resultTables } from "./judgement.ts";
import type { Question } from "./questions.ts";

const custom = "/apis/custom.metrics.k8s.io/v1beta2";
const external = "/apis/external.metrics.k8s.io/v1beta1";
const overflow = "-9223372036854775808m";

interface Row {
  readonly path?: string;
  readonly peer: Answer;
  readonly ours: Answer;
  readonly config?: string;
}

/** What is a departure on purpose, and beside each what is like it and is none. */
const rows: readonly (readonly [title: string, rows: readonly number[] | "mistake", row: Row])[] = [
  ["equal answers", [], { peer: values("1"), ours: values("1") }],
  ["another value", "mistake", { peer: values("1"), ours: values("2") }],
  ["a value for what is not found", "mistake", { peer: status(404, "not found"), ours: values("1") }],
  ["zero for what is not found", "mistake", { peer: status(404, "not found"), ours: values("0") }],
  ["no value for one", "mistake", { peer: values("1"), ours: status(404, "not found") }],

  ["an infinity that is left out", [15], { peer: values("1", overflow), ours: values("1") }],
  ["an infinity alone", [15], { peer: values(overflow), ours: status(404, "not found") }],
  ["an infinity, and another value left out", "mistake", { peer: values("1", "2", overflow), ours: values("1") }],
  ["an infinity that is zero", "mistake", { peer: values(overflow), ours: values("0") }],

  ["a selector with !=", [16], { peer: status(500, '"!=" is not a valid label selector operator'), ours: values("1") }],
  ["another error", "mistake", { peer: status(500, "unable to fetch metrics"), ours: values("1") }],

  ["a cluster's resource", [20], { path: `${custom}/tenants.example.com/a/m`, peer: status(404), ours: values("1") }],
  [
    "the same in a namespace",
    "mistake",
    { path: `${custom}/namespaces/n/tenants.example.com/a/m`, peer: status(404), ours: values("1") },
  ],

  [
    "a label in the plural",
    [22],
    { peer: asking(status(404), "m{pod=1} by (pod)"), ours: asking(values("1"), "m{pods=1} by (pods)") },
  ],
  [
    "another label",
    "mistake",
    { peer: asking(status(404), "m{pod=1} by (pod)"), ours: asking(values("1"), "m{kube_pod=1} by (kube_pod)") },
  ],
  [
    "a label in the plural though the singular has a value",
    "mistake",
    { peer: asking(values("1"), "m{pod=1}"), ours: asking(values("2"), "m{pods=1}") },
  ],

  [
    "one of two labels for a resource",
    [23],
    {
      config: "rules: [{resources: {overrides: {a: {resource: pod}, b: {resource: pods}}}}]",
      peer: asking(values("1"), "m{b=1} by (b)"),
      ours: asking(values("2"), "m{a=1} by (a)"),
    },
  ],
  [
    "a label of another resource",
    "mistake",
    {
      config: "rules: [{resources: {overrides: {a: {resource: pod}, b: {resource: node}}}}]",
      peer: asking(values("1"), "m{b=1} by (b)"),
      ours: asking(values("2"), "m{a=1} by (a)"),
    },
  ],

  [
    "an external rule without namespaces",
    [26],
    { path: `${external}/namespaces/n/q`, peer: status(500), ours: asking(values("1"), "q") },
  ],
  [
    "an external query that fails",
    "mistake",
    { path: `${external}/namespaces/n/q`, peer: asking(status(500), "q"), ours: asking(values("1"), "q") },
  ],
];

describe("judge()", () => {
  test.for(rows)("%s: %j", ([, expected, row]) => {
    const { verdicts } = judgeRow(row);
    const isMistake = verdicts.some(({ unexplained }) => unexplained.length > 0);
    const reasons = verdicts.flatMap((verdict) => verdict.deviations.map((deviation) => deviation.row));
    expect(isMistake ? "mistake" : reasons).toEqual(expected);
  });

  test("a metric that only this adapter lists is a mistake", () => {
    const row = { path: custom, peer: customList("pods/a"), ours: customList("pods/a", "pods/b") };
    expect(count(judgeRow(row).verdicts)).toMatchObject({ unexplained: 1 });
    expect(count(judgeRow({ ...row, config: "kube_<<.Group>>_<<.Resource>>" }).verdicts)).toMatchObject({ deviate: 1 });
  });
});

test("describeUnexplained() shows the question and both answers", () => {
  const judgement = judgeRow({ path: `${custom}/pods/a`, peer: values("1"), ours: values("2") });
  expect(describeUnexplained(judgement)).toEqual([
    `made-up | object by name | GET | ${custom}/pods/a\n  body.items[0].value: "1"\n                       "2"`,
  ]);
});

test("resultTables() counts by configuration, kind and reason", () => {
  const judgements = [
    judgeRow({ peer: values("1", overflow), ours: values("1") }),
    judgeRow({ peer: values("1"), ours: values("2") }),
  ];
  const lines = resultTables(judgements, true).split("\n");
  expect(lines.slice(0, 5)).toEqual([
    "| Configuration | object by name |",
    "| --- | --- |",
    "| made-up | 1, 1 deviate |",
    "| made-up | 1, **1 unexplained** |",
    "| **all** | 2, 1 deviate, **1 unexplained** |",
  ]);
  expect(lines.find((line) => line.startsWith("| 15 |"))).toMatch(/\| 1 \|$/u);
});

function judgeRow({ path = `${custom}/namespaces/n/pods/a/m`, peer, ours, config = "<<.Resource>>" }: Row) {
  const question: Question = { kind: path === custom ? "groups and discovery" : "object by name", path };
  const known = new Set(ours.asked.map(({ text }) => text));
  return judge({ name: "made-up", text: config }, [compareAnswers(question, peer, ours, known)]);
}

function values(...texts: readonly string[]): Answer {
  const items = texts.map((value) => ({ value }));
  return { code: 200, body: { kind: "MetricValueList", items }, fromMs: 0, toMs: 0, asked: [] };
}

function customList(...names: readonly string[]): Answer {
  const resources = names.map((name) => ({ name }));
  return { ...values(), body: { kind: "APIResourceList", groupVersion: "custom.metrics.k8s.io/v1beta2", resources } };
}

function status(code: number, message = ""): Answer {
  return { ...values(), code, body: { kind: "Status", code, message } };
}

function asking(answer: Answer, query: string): Answer {
  return { ...answer, asked: [{ path: "/api/v1/query", text: query }] };
}
