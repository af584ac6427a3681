import { isBaseUnit, type Unit, unitWords } from "./unit.ts";

const groups = ["cpu", "vcpu", "memory", "network", "storage", "migration", "guest"] as const;

/** The part of a virtual machine that a metric is about: the first word of its name. */
export type Group = (typeof groups)[number];

/** A metric's name taken apart: `vm0-network_default-receiveBytesPerSecond`. */
export interface MetricName {
  /** The virtual machine that the name is prefixed with, a DNS-1123 subdomain; absent in names that are asked of an object. */
  readonly vm?: string;
  readonly group: Group;
  /** An interface, a disk or the number of a virtual CPU; absent for all of them together. Letters, digits, `-_.+`. */
  readonly device?: string;
  /** What is measured and in which unit, such as `receiveBytesPerSecond`: letters and digits, a small letter first. */
  readonly leaf: string;
}

/** A leaf taken apart: `receiveKiBTotal` is `receive`, `KiB`, `Total`. */
export interface Leaf {
  /** In lower camel case: a word and its qualifiers, `memoryProcessed`. An aggregation may be the last: `usageAverage`. */
  readonly subject: string;
  /** A base unit or an alias of one, without the suffix. */
  readonly unit: string;
  readonly suffix: "" | "PerSecond" | "Total";
}

// No VM name and no group has a "_", and no leaf has a "-": that is why each text can be read in one way only.
const namePattern = new RegExp(`^(?:([-.a-z0-9]+)-)?(${groups.join("|")})(?:_([-+.\\w]+))?-([a-z][A-Za-z0-9]*)$`, "u");
const subjectPattern = "[a-z][a-z0-9]*(?:[A-Z][a-z0-9]+)*";
const leafPattern = new RegExp(`^(${subjectPattern})(${unitWords.join("|")})(PerSecond|Total)?$`, "u");

/**
 * Takes a metric's name apart, from the right: the leaf begins after the last `-`, the device after the first `_`, the
 * word before it is the group, and what is left of the group is the virtual machine. Says nothing about whether there is
 * such a metric, and asks for no capital letters, because client-go writes names of external metrics in lower case.
 * Undefined for everything that is not such a name. Takes linear time.
 */
export function parseMetricName(text: string): MetricName | undefined {
  const [, vm, word, device, leaf] = namePattern.exec(text) ?? [];
  const group = groups.find((each) => each === word);
  if (group === undefined || leaf === undefined) return undefined;
  if (vm !== undefined && !isSubdomain(vm)) return undefined;
  return { ...(vm === undefined ? {} : { vm }), group, ...(device === undefined ? {} : { device }), leaf };
}

/** Writes the name that `parseMetricName` reads as these parts; it does not check them. */
export function formatMetricName({ vm, group, device, leaf }: MetricName): string {
  return `${vm === undefined ? "" : `${vm}-`}${group}${device === undefined ? "" : `_${device}`}-${leaf}`;
}

/**
 * Takes a leaf apart, letter for letter. Undefined when it is not in lower camel case or does not end in a unit: then a
 * reader could not tell what its figures are.
 */
export function parseLeaf(text: string): Leaf | undefined {
  const [, subject, unit, ending] = leafPattern.exec(text) ?? [];
  if (subject === undefined || unit === undefined) return undefined;
  return { subject, unit, suffix: ending === "PerSecond" || ending === "Total" ? ending : "" };
}

/** Writes the leaf that `parseLeaf` reads as these parts; it does not check them. */
export function formatLeaf({ subject, unit, suffix }: Leaf): string {
  return subject + unit + suffix;
}

/** The unit that a metric's name ends in: `SecondsTotal` of `cpu-timeSecondsTotal`. Undefined for aliases and other texts. */
export function unitOf(name: string): Unit | undefined {
  const leaf = parseLeaf(parseMetricName(name)?.leaf ?? "");
  return leaf !== undefined && isBaseUnit(leaf.unit) ? `${leaf.unit}${leaf.suffix}` : undefined;
}

/** A name that Kubernetes allows for objects (RFC 1123): labels of any length between dots, 253 characters in all. */
function isSubdomain(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/u.test(label));
}
