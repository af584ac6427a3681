import { aggregations } from "../naming/aggregation.ts";
import { type AutoscalingExample, autoscalingExample } from "../vm/autoscaling-example.ts";
import type { DeviceLabel } from "../vm/catalogue/vm-metric.ts";
import { type CatalogueReport, describeFeed, wasAsked } from "./catalogue-report.ts";

const introduction = `# Metrics of virtual machines

This page is made from the catalogue, by \`make generate\`; \`vm-metrics-adapter catalogue --output markdown\` writes that of
the version you run. [vm-model.md](vm-model.md) says what a figure means and when there is none,
[autoscaling.md](autoscaling.md) which form of HPA to use.

## Names

A name is \`group-subjectUnit\`: \`network-receiveBytesPerSecond\`. Its forms:

| form                         | example                                 | says                                                                               |
| ---------------------------- | --------------------------------------- | ---------------------------------------------------------------------------------- |
| bare                         | \`network-receiveBytesPerSecond\`         | of one virtual machine its figure, of a pool the sum                               |
| word before the unit         | \`network-receiveAverageBytesPerSecond\`  | of a pool \`Sum\`, \`Average\`, \`Maximum\` or \`Minimum\`                                 |
| other unit                   | \`network-receiveMiBPerSecond\`           | the same in \`KiB\`, \`MiB\`, \`GiB\`, \`Milliseconds\`, \`Millicores\` or \`Percent\`         |
| device after the group       | \`network_default-receiveBytesPerSecond\` | of one interface, drive, virtual CPU or disk                                       |
| virtual machine at the start | \`web-0-network-receiveBytesPerSecond\`   | of one virtual machine, where a Namespace or an external metric is asked           |

Forms can be combined. What cannot be added up (a Ratio, a Code, a Boolean, a latency, an age) is asked of a pool with a
word before the unit only. A name that ends in \`PerSecond\` says how much in each second, one in \`Total\` only grows.

Kubernetes writes values in thousandths, rounded up: whatever is between 0 and 0.001 reads \`1m\`. A latency below a
millisecond is asked for in \`Milliseconds\`, a small part of a core in \`Millicores\`.

Devices can also be selected, by \`metricLabelSelector\`:

| label       | is called as                                                | example             |
| ----------- | ----------------------------------------------------------- | ------------------- |
| \`interface\` | the interface in the VirtualMachineInstance's specification | \`interface=default\` |
| \`drive\`     | the disk in the VirtualMachineInstance's specification      | \`drive=rootdisk\`    |
| \`vcpu\`      | its number, from 0                                          | \`vcpu=0\`            |
| \`disk\`      | the disk that holds the filesystem, as the guest calls it   | \`disk=vda\`          |

Examples ask for virtual machine \`web-0\` and pool \`web\` in namespace \`shop\`. Targets are for one virtual machine; set
yours from what one of them can do. The first source that reports a virtual machine counts.
`;

/** Writes the catalogue as a page in Markdown: each metric's meaning, where it comes from, and how to use it. */
export function cataloguePage(reports: readonly CatalogueReport[]): string {
  const groups = [...Map.groupBy(reports, ({ group }) => group)];
  const contents = groups.map(([group, metrics]) => `- [${group}](#${group}): ${metrics.map(linkTo).join(", ")}`);
  const chapters = groups.map(([group, metrics]) => `## ${group}\n\n${metrics.map(section).join("\n")}`);
  return [introduction, `## Contents\n\n${contents.join("\n")}\n`, ...chapters].join("\n");
}

function linkTo({ name }: CatalogueReport): string {
  return `[${name}](#${name.toLowerCase()})`;
}

function section(report: CatalogueReport): string {
  const parts = [report.help, factsOf(report), sourcesOf(report), requestOf(report), autoscalingOf(report)];
  return `### ${report.name}\n\n${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function factsOf(report: CatalogueReport): string {
  const { unit, kind, stability, since, device, aggregates, inOtherUnits } = report;
  const facts = [
    ["Unit", unit],
    ["Kind", `${kind}${report.proxy ? ", a proxy for the quantity of its name" : ""}${ephemeralNote(report)}`],
    ["Stability", `${stability}, since ${since}${deprecationNote(report)}`],
    ["Devices", device === undefined ? "none" : `one by selector or name: \`${device}\``],
    ["In other units", inOtherUnits.map(code).join(", ") || "none"],
    ["Of several virtual machines", aggregates.map(code).join(", ")],
    ["In discovery", report.listed ? "yes" : "no"],
  ];
  return facts.map(([label, fact]) => `- ${label}: ${fact}`).join("\n");
}

function ephemeralNote({ ephemeral }: CatalogueReport): string {
  return ephemeral ? "; there only while the virtual machine migrates, unless `vms.ephemeral` says otherwise" : "";
}

function deprecationNote({ deprecatedSince, replacedBy }: CatalogueReport): string {
  if (deprecatedSince === undefined) return "";
  return `, deprecated since ${deprecatedSince}${replacedBy === undefined ? "" : `: use \`${replacedBy}\``}`;
}

function sourcesOf({ sources, unfed }: CatalogueReport): string {
  const reason = unfed === undefined ? [] : [`**Not there by default:** ${unfed.replace(/\.?$/u, ".")}`];
  if (sources.length === 0) return reason.join("");
  const asked = sources.some(wasAsked);
  const heads = ["read", "written by", "exporter", ...(asked ? ["virtual machines now"] : [])];
  const lines = sources.map((source) => [
    code(source.series),
    source.versions,
    source.exporter,
    ...(asked ? [describeFeed(source)] : []),
  ]);
  const table = [heads, heads.map(() => "---"), ...lines].map((cells) => `| ${cells.map(escape).join(" | ")} |`);
  return [...reason, table.join("\n")].join("\n\n");
}

/** Names as they may be found in a cluster. */
const exampleDevice: Readonly<Record<DeviceLabel, string>> = {
  interface: "default",
  drive: "rootdisk",
  vcpu: "0",
  disk: "vda",
};

function requestOf({ name, device, sources }: CatalogueReport): string {
  if (sources.length === 0) return "";
  const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/virtualmachines.kubevirt.io/web-0/${name}`;
  const selector = device === undefined ? "" : `?metricLabelSelector=${device}%3D${exampleDevice[device]}`;
  return `\`\`\`sh\nkubectl get --raw '${path}${selector}'\n\`\`\``;
}

function autoscalingOf(report: CatalogueReport): string {
  if (report.unsuitable !== undefined) return `**Not for an HPA:** ${report.unsuitable}`;
  const example = autoscalingExample(report);
  return example === undefined
    ? ""
    : `In an HPA, ${meaningOf(example)}:\n\n\`\`\`yaml\n${metricBlock(example)}\n\`\`\``;
}

function meaningOf({ name, type, meaning }: AutoscalingExample): string {
  if (type === "AverageValue") return `${meaning} for each virtual machine`;
  const word = aggregations.find((each) => name.includes(each))?.toLowerCase() ?? "value";
  return `${meaning} as the ${word} of the pool`;
}

/** An item of an HPA's \`spec.metrics\`. */
function metricBlock({ name, type, target }: AutoscalingExample): string {
  const field = type === "AverageValue" ? "averageValue" : "value";
  return `- type: Object
  object:
    describedObject: { apiVersion: pool.kubevirt.io/v1beta1, kind: VirtualMachinePool, name: web }
    metric: { name: ${name} }
    target: { type: ${type}, ${field}: "${target}" }`;
}

function code(text: string): string {
  return `\`${text}\``;
}

/** A bar would end a cell. */
function escape(cell: string): string {
  return cell.replaceAll("|", "\\|");
}
