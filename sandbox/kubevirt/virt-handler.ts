import { constant } from "./controller-families.ts";
import type { Domain } from "./domain.ts";
import { domainFamilies } from "./domain-families.ts";
import { type Instance, type Launcher, runningMigration } from "./instance.ts";
import { instanceLabels, type Machine, nodeOf } from "./machine.ts";
import { migrationFamilies } from "./migration-families.ts";
import type { NodeView } from "./node-view.ts";
import { type ReportedDomain, reportedDomains } from "./reported-domains.ts";
import { type Family, joinLabels, renderLabels } from "./text-format.ts";

/** What virt-handler of one node exports (KubeVirt v1.9.0): the domains that run there, and migrations away from it. */
export function virtHandlerFamilies(view: NodeView): readonly Family[] {
  const reports = reportedDomains(view).map(reportOf);
  return [
    ...domainFamilies.map(({ figures, ...family }) => ({
      ...family,
      samples: reports.flatMap(({ labels, domain }) =>
        figures(domain).map(([own, value]) => ({ labels: joinLabels(labels, renderLabels(own)), value })),
      ),
    })),
    dirtyRate(reports),
    guestPanics(reports),
    ...migrationFamilies(view),
    syncTotal(view),
    constant("kubevirt_info", "Version information.", 1, { goversion: "go1.26.8", kubeversion: "v1.9.0" }),
    constant("kubevirt_virt_handler_ready_status", "Indication for a virt-handler that is ready to serve requests.", 1),
  ];
}

/** One domain that a node reports, with the labels that all its series share. */
interface Report {
  readonly machine: Machine;
  readonly domain: Domain;
  readonly labels: string;
  readonly migrating: boolean;
}

function reportOf({ machine, instance, launcher, domain }: ReportedDomain): Report {
  const labels = domainLabels(machine, instance, launcher);
  return { machine, domain, labels, migrating: runningMigration(instance) !== undefined };
}

/** Label keys are folded to what Prometheus allows; empty values are left out, as virt-handler does since v1.6.0. */
function domainLabels(machine: Machine, instance: Instance, launcher: Launcher): string {
  const folded = Object.entries(instanceLabels(machine, instance, launcher))
    .filter(([, value]) => value !== "")
    .map(([key, value]) => [`kubernetes_vmi_label_${key.replace(/[^a-zA-Z0-9_]/gu, "_")}`, value] as const);
  const { namespace, name } = machine.spec;
  return renderLabels({ ...Object.fromEntries(folded), namespace, name, node: launcher.node ?? "" });
}

/** Since v1.9.0 a VM that migrates has none. */
function dirtyRate(reports: readonly Report[]): Family {
  return {
    name: "kubevirt_vmi_dirty_rate_bytes_per_second",
    type: "gauge",
    help: "Guest dirty-rate in bytes per second.",
    samples: reports
      .filter(({ migrating }) => !migrating)
      .map(({ labels, domain }) => ({ labels, value: domain.dirtyBytesPerSecond })),
  };
}

function guestPanics(reports: readonly Report[]): Family {
  return {
    name: "kubevirt_vmi_guest_os_panic_total",
    type: "counter",
    help: "Total number of guest OS panic events detected, partitioned by VMI and panic type.",
    samples: reports
      .filter(({ machine }) => machine.panics > 0)
      .map(({ machine: { spec, panics } }) => ({
        labels: renderLabels({ bugcheck_code: "unknown", name: spec.name, namespace: spec.namespace, type: "pvpanic" }),
        value: panics,
      })),
  };
}

function syncTotal({ machines, node }: NodeView): Family {
  const here = machines.filter(({ instance }) => instance !== undefined && nodeOf(instance) === node);
  return {
    name: "kubevirt_vmi_sync_total",
    type: "counter",
    help: "Total number of times a VirtualMachineInstance has been synced.",
    samples: here.map(({ spec: { name, namespace } }) => ({ labels: renderLabels({ name, namespace }), value: 1 })),
  };
}
