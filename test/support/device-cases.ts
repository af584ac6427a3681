import type { VmMetric } from "../../src/vm/catalogue/vm-metric.ts";
import { eachSubject, everything, instances, type Subject, type Subjects } from "./catalogue-cases.ts";
import { type MetricCase, objectCase } from "./metric-case.ts";
import type { Truth, VmTruth } from "./metric-truth.ts";

/** Each metric that has devices, of some of these: by a selector in each of its forms, and by a part of the name. */
export function deviceCases(subjects: Subjects): readonly MetricCase[] {
  const metrics = subjects.metrics.filter(({ device }) => device !== undefined);
  return eachSubject({ ...subjects, metrics }).flatMap((subject) => [
    ...selectedCases(subject),
    ...namedCases(subject),
  ]);
}

/** A device's name is a label's value in a selector: not every name can be one. */
function selectedCases(subject: Subject): readonly MetricCase[] {
  const { device: label = "" } = subject.metric;
  const devices = devicesOf(subject).filter((device) => /^[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/u.test(device));
  const [first = "none"] = devices;
  return [
    ...devices.map((device) => selectedCase(subject, `${label}=${device}`, (each) => each === device)),
    selectedCase(subject, `${label}!=${first}`, (each) => each !== first),
    selectedCase(subject, `${label} notin (none,${first})`, (each) => each !== first),
    selectedCase(subject, `${label} in (none,${devices.join(",")})`, (each) => devices.includes(each)),
    selectedCase(subject, label, () => true),
  ];
}

function selectedCase({ metric, namespace, truths }: Subject, selector: string, holds: Holds): MetricCase {
  return objectCase(
    { metric: metric.name, resource: instances, namespace, target: everything, selector },
    metric,
    new Map(truths.map(({ name, of }) => [name, together(metric, of, holds)])),
  );
}

/** In a metric's name a device's name has letters, digits and some marks. */
function namedCases(subject: Subject): readonly MetricCase[] {
  const { metric, namespace, truths } = subject;
  const devices = devicesOf(subject).filter((device) => /^[-+.\w]+$/u.test(device));
  return devices.map((device) =>
    objectCase(
      { metric: metric.name.replace("-", `_${device}-`), resource: instances, namespace, target: everything },
      metric,
      new Map(truths.map(({ name, of }) => [name, of(metric.name)?.devices?.[device]])),
    ),
  );
}

/** The names that any of the virtual machines has a device by. */
function devicesOf({ metric, truths }: Subject): readonly string[] {
  return [...new Set(truths.flatMap(({ of }) => Object.keys(of(metric.name)?.devices ?? {})))];
}

type Holds = (device: string) => boolean;

/** The figure of those of a virtual machine's devices that a condition holds for; undefined without any. */
function together({ name, unit, additive }: VmMetric, of: VmTruth["of"], holds: Holds): number | undefined {
  if (additive === false) return latencyOf(name, of, holds);
  const values = valuesOf(of(name), holds);
  if (values.length === 0) return undefined;
  return unit === "Ratio" || unit === "Code" ? Math.max(...values) : sum(values);
}

/** Each operation counts the same: the time that all took, divided by how many they were. */
function latencyOf(name: string, of: VmTruth["of"], holds: Holds): number | undefined {
  const stem = name.replace(/LatencySeconds$/u, "");
  const [time, operations] = ["TimeSecondsPerSecond", "OperationsPerSecond"].map((counted) =>
    sum(valuesOf(of(stem + counted), holds)),
  );
  return time === undefined || operations === undefined || operations === 0 ? undefined : time / operations;
}

function valuesOf(truth: Truth | undefined, holds: Holds): readonly number[] {
  return Object.entries(truth?.devices ?? {}).flatMap(([device, value]) => (holds(device) ? [value] : []));
}

function sum(values: readonly number[]): number {
  return values.reduce((left, right) => left + right, 0);
}
