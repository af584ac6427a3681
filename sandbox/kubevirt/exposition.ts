import { collectdFamilies } from "./collectd.ts";
import type { Fleet } from "./fleet.ts";
import { libvirtExporterFamilies } from "./libvirt-exporter.ts";
import type { NodeView } from "./node-view.ts";
import { renderFamilies } from "./text-format.ts";
import { virtApiFamilies } from "./virt-api.ts";
import { virtControllerFamilies } from "./virt-controller.ts";
import { virtHandlerFamilies } from "./virt-handler.ts";

/** The `/metrics` of KubeVirt's components, and of others that know libvirt, about a fleet, in Prometheus' text format. */
export interface Exposition {
  /** One node's domains and migrations. */
  readonly virtHandler: (node: string) => string;
  /** The leader's view of the API's objects. */
  readonly virtController: () => string;
  /** Connections. */
  readonly virtApi: () => string;
  /** One node's domains as collectd shows them. */
  readonly collectd: (node: string) => string;
  /** The same as the libvirt exporter shows them. */
  readonly libvirtExporter: (node: string) => string;
}

/** What an exposition shows. */
export interface ExpositionOptions {
  readonly fleet: Fleet;
  readonly nowMs: () => number;
  /**
   * How long the source node of a migration goes on reporting the guest after the switch-over, in milliseconds: about
   * one scrape interval in KubeVirt. Default 2,000.
   */
  readonly overlapMs?: number;
}

/** Makes an exposition; each text shows the fleet at the moment of the call. */
export function createExposition({ fleet, nowMs, overlapMs = 2_000 }: ExpositionOptions): Exposition {
  function viewOf(node: string): NodeView {
    return { machines: fleet.machines(), node, nowMs: nowMs(), overlapMs };
  }

  return {
    virtHandler: (node) => renderFamilies(virtHandlerFamilies(viewOf(node))),
    collectd: (node) => renderFamilies(collectdFamilies(viewOf(node))),
    libvirtExporter: (node) => renderFamilies(libvirtExporterFamilies(viewOf(node))),
    virtController: () => renderFamilies(virtControllerFamilies(fleet.machines())),
    virtApi: () => renderFamilies(virtApiFamilies(fleet.machines(), fleet.createdByNamespace(), nowMs())),
  };
}
