import {
  equals,
  escapeRegExp,
  type Identifier,
  known,
  labelReplace,
  type Matcher,
  oneOf,
  type PromQL,
  promql,
} from "../promql/expression.ts";
import type { Grouping } from "../promql/rate.ts";
import type { SeriesLabels } from "./series-labels.ts";

/** How series say which virtual machine they are about. */
export interface Identity {
  /** The labels that say it. */
  readonly subject: (labels: SeriesLabels) => Grouping;
  /** The label that says where it was found: a virtual machine works at one place at a time. */
  readonly place: (labels: SeriesLabels) => Identifier;
  /** Selects the virtual machines of a namespace, or of these only those with one of the names. */
  readonly select: (labels: SeriesLabels, namespace: string, names?: readonly string[]) => readonly Matcher[];
  /** Labels figures, one for each subject, with namespace and name instead. */
  readonly named: (labels: SeriesLabels, figures: PromQL) => PromQL;
}

/** Something that writes series about virtual machines, all of one virtual machine in one scrape. */
export interface Exporter {
  readonly name: string;
  readonly identity: Identity;
  /** Series that every running virtual machine has, newest name first: their newest sample tells when it was last seen. */
  readonly heartbeat: readonly Identifier[];
  /** Of samples of these, those that are its own, where others write the same series. Default: all. */
  readonly own?: (samples: PromQL, labels: SeriesLabels, cluster: readonly Matcher[]) => PromQL;
}

/** By namespace and name, as KubeVirt labels nearly everything. */
export const byName: Identity = {
  subject: ({ namespace, name }) => [namespace, name],
  place: ({ node }) => node,
  select: ({ namespace, name }, of, names) => [
    equals(namespace, of),
    ...(names === undefined ? [] : [oneOf(name, names)]),
  ],
  named: (_, figures) => figures,
};

/** By libvirt's name of the domain, which KubeVirt makes `<namespace>_<name>`; neither of them has a `_`. */
function byDomain(domainOf: (labels: SeriesLabels) => Identifier): Identity {
  return {
    subject: (labels) => [domainOf(labels)],
    place: ({ instance }) => instance,
    select: (labels, namespace, names) => {
      const name = names === undefined ? "[^_]+" : `(?:${names.map(escapeRegExp).join("|")})`;
      return [{ label: domainOf(labels), op: "=~", value: `${escapeRegExp(namespace)}_${name}` }];
    },
    named: (labels, figures) => {
      const domain = domainOf(labels);
      const withNamespace = labelReplace(figures, labels.namespace, "$1", domain, "([^_]+)_.+");
      const withName = labelReplace(withNamespace, labels.name, "$1", domain, "[^_]+_(.+)");
      return promql`max by (${[labels.namespace, labels.name]}) (${withName})`;
    },
  };
}

const cpuSince11 = known("kubevirt_vmi_cpu_usage_seconds_total");
const cpuBefore11 = known("kubevirt_vmi_cpu_usage_seconds");
/** There since long before v0.59, which brought the one above. */
const vcpuBefore11 = known("kubevirt_vmi_vcpu_seconds");

/** KubeVirt's node agent, which writes the domain series of the virtual machines that run on its node. */
export const virtHandler: Exporter = {
  name: "virt-handler",
  identity: byName,
  heartbeat: [cpuSince11, cpuBefore11, vcpuBefore11],
};

/**
 * The same in versions that write a series under one name and not under another. When an upgrade is rolled back, what
 * the newer version wrote is as old as its own newest sample.
 */
export const virtHandlerSince11: Exporter = {
  name: "virt-handler since v1.1",
  identity: byName,
  heartbeat: [cpuSince11],
};
export const virtHandlerBefore11: Exporter = {
  name: "virt-handler before v1.1",
  identity: byName,
  heartbeat: [cpuBefore11, vcpuBefore11],
};

/** The same in versions that call a virtual machine by its domain, beside other labels or, in v0.15, without them. */
export const virtHandlerBefore20: Exporter = {
  name: "virt-handler before v0.20",
  identity: byDomain(({ domain }) => domain),
  heartbeat: [known("kubevirt_vm_vcpu_seconds")],
};

/** KubeVirt's controller, whose leader writes what the API says of the virtual machines. */
export const virtController: Exporter = {
  name: "virt-controller",
  identity: byName,
  // The first is there since v1.3, the second in all versions.
  heartbeat: [known("kubevirt_vmi_info"), known("kubevirt_vmi_non_evictable")],
};

/** collectd with its virt plugin (`HostnameFormat name`) behind write_prometheus. */
export const collectd: Exporter = {
  name: "collectd",
  identity: byDomain(({ collectdHost }) => collectdHost),
  // Of a guest that is paused it says the state only, and that only where it is told to.
  heartbeat: [known("collectd_virt_virt_cpu_total_total"), known("collectd_virt_domain_state_state")],
};

/** inovex' libvirt exporter, and those of Kumina and Tinkoff: most of their series have the same names. */
export const libvirtExporter: Exporter = {
  name: "libvirt exporter",
  identity: byDomain(({ domain }) => domain),
  heartbeat: [known("libvirt_domain_info_cpu_time_seconds_total")],
};
