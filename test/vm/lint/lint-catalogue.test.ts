import { describe, expect, test } from "vitest";
import { unitOf } from "../../../src/naming/metric-name.ts";
import { equals, known, promql, selector } from "../../../src/promql/expression.ts";
import { catalogue } from "../../../src/vm/catalogue/catalogue.ts";
import { gaugeOf, ofNodes, rateOf } from "../../../src/vm/catalogue/expressions.ts";
import { type LintRule, lintCatalogue, lintRules } from "../../../src/vm/lint/lint-catalogue.ts";
import type { Expression, Source, VmMetric } from "../../../src/vm/catalogue/vm-metric.ts";
import { collectd, virtHandler } from "../../../src/vm/exporter.ts";
import namesByUnit from "../../vectors/vm-metric-names.json" with { type: "json" };

const receive: VmMetric = {
  name: "network-receiveBytesPerSecond",
  unit: "BytesPerSecond",
  kind: "rate",
  help: "Bytes that the virtual machine receives per second.",
  stability: "ALPHA",
  since: "0.1",
  device: "interface",
  sources: [sourceOf(rateOf({ series: "receive_bytes_total", device: "interface" }))],
};
const remaining: VmMetric = {
  name: "migration-memoryRemainingBytes",
  unit: "Bytes",
  kind: "gauge",
  help: "Memory that is still to be transferred. It is close while the guest writes little.",
  stability: "ALPHA",
  since: "0.1",
  proxy: true,
  sources: [sourceOf(gaugeOf({ series: "remaining_bytes" }, ofNodes))],
};
const total: VmMetric = {
  name: "network-receiveBytesTotal",
  unit: "BytesTotal",
  kind: "cumulative",
  help: "Bytes that the virtual machine has received. libvirt counts them.",
  stability: "ALPHA",
  since: "0.1",
  unsuitable: "It only grows.",
  unfed: "no known exporter provides it",
  sources: [],
};
const sound = [receive, remaining, total];

function sourceOf(expression: Expression, more: Partial<Source> = {}): Source {
  return { series: "s", versions: "v", exporter: virtHandler, expression, ...more };
}

/** What a rule finds when some metrics are added to sound ones. */
function found(rule: LintRule, ...added: readonly VmMetric[]): readonly string[] {
  const problems = lintCatalogue([...sound, ...added]);
  return problems.filter((problem) => problem.rule === rule).map(({ metric, detail }) => `${metric}: ${detail}`);
}

/** A gauge under a name, else sound. */
function gauge(name: string, more: Partial<VmMetric> = {}): VmMetric {
  return { ...remaining, name, help: `It says something about ${name.replace("-", " ")}, when asked.`, ...more };
}

function asking(expression: Expression, more: Partial<Source> = {}): VmMetric {
  return gauge("migration-askedBytes", { sources: [sourceOf(expression, more)] });
}

const planted: Readonly<Record<LintRule, readonly (readonly [readonly VmMetric[], ...string[]])[]>> = {
  grammar: [
    [[gauge("cpuUsageBytes")], "cpuUsageBytes: is not group-leaf"],
    [[gauge("disk-usedBytes")], "disk-usedBytes: is not group-leaf"],
    [[gauge("vm0-cpu-usedBytes")], "vm0-cpu-usedBytes: names a virtual machine or a device"],
    [[gauge("network_default-usedBytes")], "network_default-usedBytes: names a virtual machine or a device"],
    [[gauge("cpu-usage")], "cpu-usage: is not lower camel case that ends in a unit"],
    [[gauge("memory-usedKiB")], "memory-usedKiB: ends in an alias of a unit"],
  ],
  unit: [[[gauge("memory-usedRatio")], "memory-usedRatio: unit is Bytes, but the name says Ratio"]],
  kind: [
    [
      [{ ...total, name: "network-sentBytesTotal", kind: "gauge" }],
      "network-sentBytesTotal: kind is gauge, which does not fit BytesTotal",
    ],
    [[gauge("guest-stateCode", { unit: "Code" })], "guest-stateCode: kind is gauge, which does not fit Code"],
    [[gauge("memory-usedBytes", { kind: "state" })], "memory-usedBytes: kind is state, which does not fit Bytes"],
  ],
  duplicate: [
    [[receive], "network-receiveBytesPerSecond: is the name of network-receiveBytesPerSecond, too"],
    [
      [gauge("migration-memoryremainingBytes")],
      "migration-memoryremainingBytes: is the name of migration-memoryRemainingBytes, too",
    ],
  ],
  clash: [
    [
      [gauge("migration-memoryRemainingMaximumBytes")],
      "migration-memoryRemainingMaximumBytes: answers to migration-memoryRemainingMaximumBytes, as migration-memoryRemainingBytes does",
    ],
    [
      [gauge("migration-memoryRemainingMiB")],
      "migration-memoryRemainingMiB: answers to migration-memoryRemainingMiB, as migration-memoryRemainingBytes does",
    ],
    [
      [gauge("migration-memoryremainingaveragekib")],
      "migration-memoryremainingaveragekib: answers to migration-memoryremainingaveragekib, as migration-memoryRemainingBytes does",
    ],
    [
      [gauge("web-migration-memoryRemainingBytes")],
      "web-migration-memoryRemainingBytes: answers to migration-memoryRemainingBytes, as migration-memoryRemainingBytes does",
    ],
    [
      [gauge("network_eth0-receiveKiBPerSecond", { unit: "BytesPerSecond" })],
      "network_eth0-receiveKiBPerSecond: answers to network-receiveKiBPerSecond, as network-receiveBytesPerSecond does",
    ],
  ],
  prefix: [
    [
      [gauge("migration-memoryTotalBytes"), gauge("migration-processedMemoryBytes")],
      'migration-processedMemoryBytes: "memory" stands elsewhere than in migration-memoryRemainingBytes',
    ],
    [
      [gauge("migration-remainingDataBytes")],
      'migration-remainingDataBytes: "remaining" stands elsewhere than in migration-memoryRemainingBytes',
    ],
  ],
  help: [
    [[gauge("memory-usedBytes", { help: "" })], "memory-usedBytes: help is no sentence"],
    [[gauge("memory-usedBytes", { help: "memory-usedBytes." })], "memory-usedBytes: help is no sentence"],
    [
      [gauge("memory-usedBytes", { help: "memory that is used." })],
      "memory-usedBytes: help has a sentence without a capital",
    ],
    [
      [gauge("memory-usedBytes", { help: "It is used. by whom?" })],
      "memory-usedBytes: help has a sentence without a capital",
      "memory-usedBytes: help has no period at its end",
    ],
    [[gauge("memory-usedBytes", { help: "Memory that is used" })], "memory-usedBytes: help has no period at its end"],
    [[gauge("memory-usedBytes", { help: "Memory  that is used." })], "memory-usedBytes: help has spaces too many"],
    [
      [gauge("memory-usedBytes", { help: receive.help })],
      "memory-usedBytes: help is that of network-receiveBytesPerSecond",
    ],
  ],
  reason: [
    [
      [gauge("memory-usedBytes", { unfed: "unknown" })],
      "memory-usedBytes: unfed is not a phrase without capital and period",
    ],
    [
      [gauge("memory-usedBytes", { unfed: "Nobody writes it." })],
      "memory-usedBytes: unfed is not a phrase without capital and period",
    ],
    [
      [gauge("memory-usedBytes", { unsuitable: "It never really changes" })],
      "memory-usedBytes: unsuitable has no period at its end",
    ],
    [
      [gauge("memory-usedBytes", { sources: [] })],
      "memory-usedBytes: has neither a source nor a reason for having none",
    ],
    [
      [{ ...receive, name: "network-sentBytesTotal", unit: "BytesTotal", kind: "cumulative" }],
      "network-sentBytesTotal: does not say why it does not suit an autoscaler",
    ],
  ],
  "proxy-says-so": [
    [
      [gauge("memory-usedBytes", { help: "Memory that is used." })],
      "memory-usedBytes: help does not say under which condition the figure is close",
    ],
    [[gauge("memory-usedBytes", { stability: "BETA" })], "memory-usedBytes: is a proxy, and cannot be BETA"],
  ],
  "expression-parses": [
    [[asking(() => promql`max by (namespace) (x`)], "migration-askedBytes: s (v): unexpected end at 21"],
    [
      [asking(({ subject }) => promql`rate(${subject})`)],
      "migration-askedBytes: s (v): rate() does not take 2 arguments",
    ],
    [[asking(() => promql`time()`)], "migration-askedBytes: s (v): is a scalar"],
    [[asking(() => promql`x[5m]`)], "migration-askedBytes: s (v): is a matrix"],
    [[asking(() => promql`x`, { time: () => promql`x +` })], "migration-askedBytes: s (v), time: unexpected end at 3"],
  ],
  "identity-labels": [
    [
      [asking(({ matchers }) => selector(known("x"), matchers))],
      "migration-askedBytes: s (v): samples carry whatever labels their series have",
    ],
    [
      [asking(() => promql`max by (namespace) (x)`)],
      "migration-askedBytes: s (v): samples carry namespace instead of name, namespace",
    ],
    [
      [asking(() => promql`vector(0)`)],
      "migration-askedBytes: s (v): samples carry no label instead of name, namespace",
    ],
    [
      [
        asking(({ subject }) => promql`max by (${subject}) (x)`, {
          time: ({ subject, place }) => promql`max by (${[...subject, place]}) (x)`,
        }),
      ],
      "migration-askedBytes: s (v), time: samples carry name, namespace, node instead of name, namespace",
    ],
    [
      [asking(() => promql`max by (namespace, name) (x)`, { exporter: collectd })],
      "migration-askedBytes: s (v): samples carry name, namespace instead of instance",
    ],
    [
      // Right at one window only.
      [asking(({ subject, rate }) => promql`max by (${rate.windowMs > 150_000 ? [] : subject}) (x)`)],
      "migration-askedBytes: s (v): samples carry no label instead of name, namespace",
    ],
    [
      // Right without a device only.
      [
        {
          ...asking(({ subject, devices }) => promql`sum by (${devices.length > 0 ? [known("drive")] : subject}) (x)`),
          device: "drive",
        },
      ],
      "migration-askedBytes: s (v): samples carry drive instead of name, namespace",
    ],
  ],
  cluster: [
    [
      [
        asking(
          ({ subject, matchers }) => promql`max by (${subject}) (${selector(known("x"), matchers)} unless on (node) y)`,
        ),
      ],
      "migration-askedBytes: s (v): y is read of all clusters",
    ],
    [
      [
        asking(
          ({ subject }) => promql`max by (${subject}) (${selector(known("x"), [equals(known("cluster"), "there")])})`,
        ),
      ],
      "migration-askedBytes: s (v): x is read of all clusters",
    ],
  ],
  selection: [
    [
      [asking(({ subject, cluster }) => promql`max by (${subject}) (${selector(known("x"), cluster)})`)],
      "migration-askedBytes: s (v): x is read of all virtual machines",
    ],
    [
      [
        asking(({ subject, matchers, labels }) => {
          const ofNamespace = matchers.filter(({ label }) => label !== labels.name);
          const [x, y] = [selector(known("x"), matchers), selector(known("y"), ofNamespace)];
          return promql`max by (${subject}) (${x} or ${y})`;
        }),
      ],
      "migration-askedBytes: s (v): y is read of all virtual machines",
    ],
  ],
  device: [
    [[{ ...gauge("network-usedBytes"), device: "interface" }], "network-usedBytes: s (v): a device is not selected"],
  ],
  "source-order": [
    [
      [gauge("memory-usedBytes", { sources: [...remaining.sources, ...remaining.sources] })],
      "memory-usedBytes: s (v): asks what an earlier source asks",
    ],
    [
      [
        {
          ...receive,
          name: "network-sentBytesPerSecond",
          sources: [sourceOf(rateOf({ series: "a" }), { foreignDevices: true }), ...receive.sources],
        },
      ],
      "network-sentBytesPerSecond: s (v): comes after one that does not know its devices",
    ],
  ],
};

/** A metric of each name that there is to be, of its unit and the kind that the unit says. */
const named = Object.entries(namesByUnit).flatMap(([unit, names]) =>
  names.map((name): VmMetric => {
    const kind = unit.endsWith("Total") ? "cumulative" : /^(?:Code|Boolean)$/u.test(unit) ? "state" : "gauge";
    const said = unitOf(name);
    if (said === undefined) throw new Error(`${name} says no unit`);
    return gauge(name, { unit: said, kind, unsuitable: "It is not asked here." });
  }),
);

describe("lintCatalogue()", () => {
  test("finds nothing wrong with what is sound", () => {
    expect(lintCatalogue(sound)).toEqual([]);
  });

  test("finds nothing wrong with the names of all metrics", () => {
    expect(named.length).toBe(104);
    expect(lintCatalogue(named)).toEqual([]);
  });

  test("finds nothing wrong with the built-in catalogue", () => {
    expect(lintCatalogue(catalogue)).toEqual([]);
  });

  describe.for(lintRules)("%s", (rule) => {
    const cases = planted[rule].map(([added, ...problems]) => ({ added, problems }));
    test.for(cases)("finds $problems.0", ({ added, problems }) => {
      expect(found(rule, ...added)).toEqual(problems);
    });
  });

  test("does not mind a source that does not know the device that is asked for", () => {
    const foreign = sourceOf(rateOf({ series: "a" }), { foreignDevices: true, exporter: collectd });
    expect(lintCatalogue([{ ...receive, sources: [...receive.sources, foreign] }])).toEqual([]);
  });
});
