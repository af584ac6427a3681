import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import {
  formatLeaf,
  formatMetricName,
  type Leaf,
  type MetricName,
  parseLeaf,
  parseMetricName,
} from "../../src/naming/metric-name.ts";

const groups = ["cpu", "vcpu", "memory", "network", "storage", "migration", "guest"] as const;
const words = ["a", "0", "vm0", ...groups, "metrics"];

/** Legal parts, as Kubernetes (`IsDNS1123Subdomain`) and KubeVirt (interfaces and disks) write their patterns. */
const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const legal = {
  vm: (text: string) => text.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(text),
  device: (text: string) => /^([A-Za-z0-9-_]+|[A-Za-z0-9_.+-]+)$/.test(text),
  leaf: (text: string) => /^[a-z][A-Za-z0-9]*$/.test(text),
};

/** Virtual machines that are called like the other parts of a name, and any other that Kubernetes allows. */
const vms = fc.oneof(
  joined(words, ["-", ".", "", "--"], 6).filter(legal.vm),
  fc.stringMatching(/^[a-z0-9][-a-z0-9]{0,20}[a-z0-9](\.[a-z0-9]{1,5}){0,3}$/),
);

/** Devices that look like the rest of a name, and any other that KubeVirt allows. */
const devices = fc.oneof(
  joined([...words, "-", "_", "A", "receiveBytesTotal"], ["-", "_", ".", "+", ""], 5),
  fc.stringMatching(/^[A-Za-z0-9_.+-]{1,20}$/),
);

/** Leaves that are called like a group, in lower case or in units, and any other. */
const leaves = fc.oneof(
  fc.constantFrom("usageCores", "usagecores", "cpu", "load1mProcesses", "timeSecondsTotal"),
  fc.stringMatching(/^[a-z][A-Za-z0-9]{0,20}$/),
);

/** Legal names with exactly these optional parts. */
function namesWith(...parts: readonly ("vm" | "device")[]): fc.Arbitrary<MetricName> {
  const model = {
    ...(parts.includes("vm") ? { vm: vms } : {}),
    group: fc.constantFrom(...groups),
    ...(parts.includes("device") ? { device: devices } : {}),
    leaf: leaves,
  };
  return fc.record(model, { noNullPrototype: true });
}

const pieces = [...words, "usageCores", "A", "-", "_", ".", "+", "*", "/", "-cpu-", "-network_", "é", " ", ""];

/** Texts made of what names are made of, and names of which one letter became something else: about half are names. */
export const nearNames: fc.Arbitrary<string> = fc.oneof(
  joined(pieces, ["-", "_", "."], 8),
  fc.tuple(namesWith("vm", "device"), fc.nat(), fc.constantFrom(...pieces)).map(([name, place, piece]) => {
    const text = formatMetricName(name);
    const at = place % text.length;
    return text.slice(0, at) + piece + text.slice(at + 1);
  }),
);

const qualifiers = ["Total", "Per", "Second", "Bytes", "Seconds", "Average", "Load1m", "Ki", "Processed", "Count"];

/** Legal leaves; their subjects have qualifiers that look like units and suffixes. */
const legalLeaves: fc.Arbitrary<Leaf> = fc.record(
  {
    subject: fc
      .tuple(fc.constantFrom("time", "data", "bytes", "load15m", "a"), fc.array(fc.constantFrom(...qualifiers)))
      .map(([first, others]) => first + others.join("")),
    unit: fc.constantFrom(
      "Bytes",
      "KiB",
      "Seconds",
      "Milliseconds",
      "Cores",
      "Millicores",
      "Ratio",
      "Percent",
      "Count",
    ),
    suffix: fc.constantFrom("", "PerSecond", "Total"),
  },
  { noNullPrototype: true },
);

/** What holds for every name, every text and every leaf, with what it is checked for. */
export const metricNameProperties: readonly (readonly [string, fc.IProperty<unknown>])[] = [
  ["a name is read as it was written", roundTrip(namesWith())],
  ["a name with a device is read as it was written", roundTrip(namesWith("device"))],
  ["a name with a virtual machine is read as it was written", roundTrip(namesWith("vm"))],
  ["a name with both is read as it was written", roundTrip(namesWith("vm", "device"))],
  ["a text is read as the one name that it can be, or is none", fc.property(nearNames, isReadRight)],
  [
    "a leaf is read as it was written",
    fc.property(legalLeaves, (leaf) => isDeepStrictEqual(parseLeaf(formatLeaf(leaf)), leaf)),
  ],
];

function roundTrip(names: fc.Arbitrary<MetricName>): fc.IProperty<unknown> {
  return fc.property(names, (name) => isDeepStrictEqual(parseMetricName(formatMetricName(name)), name));
}

function isReadRight(text: string): boolean {
  const readings = readingsOf(text);
  const name = parseMetricName(text);
  const printed = name === undefined ? text : formatMetricName(name);
  return readings.length <= 1 && isDeepStrictEqual(name, readings[0]) && printed === text;
}

/**
 * Every way in which a text could be made of legal parts: tries all places where each part could begin and end, so it
 * knows of no direction and takes cubic time. A grammar that tells names apart has one reading of a name at most.
 */
function readingsOf(text: string): readonly MetricName[] {
  return cuts(text, "-")
    .filter(([, leaf]) => legal.leaf(leaf))
    .flatMap(([head, leaf]) => [
      ...scopesOf(head).map((scope) => ({ ...scope, leaf })),
      ...cuts(head, "_")
        .filter(([, device]) => legal.device(device))
        .flatMap(([left, device]) => scopesOf(left).map((scope) => ({ ...scope, device, leaf }))),
    ]);
}

function scopesOf(text: string): readonly Pick<MetricName, "vm" | "group">[] {
  const prefixed = cuts(text, "-").filter(([vm]) => legal.vm(vm));
  return [
    ...groups.filter((group) => group === text).map((group) => ({ group })),
    ...prefixed.flatMap(([vm, word]) => groups.filter((group) => group === word).map((group) => ({ vm, group }))),
  ];
}

function cuts(text: string, separator: string): readonly (readonly [string, string])[] {
  const parts = text.split(separator);
  return parts
    .slice(1)
    .map((_, at) => [parts.slice(0, at + 1).join(separator), parts.slice(at + 1).join(separator)] as const);
}

/** Up to `maxParts` of these parts with separators between them. */
function joined(parts: readonly string[], separators: readonly string[], maxParts: number): fc.Arbitrary<string> {
  return fc
    .array(fc.tuple(fc.constantFrom(...parts), fc.constantFrom(...separators)), { minLength: 1, maxLength: maxParts })
    .map((pairs) => pairs.flat().slice(0, -1).join(""));
}
