import type { Fleet } from "./fleet.ts";
import { renderFamilies } from "./text-format.ts";
import { virtApiFamilies } from "./virt-api.ts";
import { virtControllerFamilies } from "./virt-controller.ts";
import { virtHandlerFamilies } from "./virt-handler.ts";

/** The `/metrics` of KubeVirt's components about a fleet, in Prometheus' text format. */
export interface Exposition {
  /** One node's domains and migrations. */
  readonly virtHandler: (node: string) => string;
  /** The leader's view of the API's objects. */
  readonly virtController: () => string;
  /** Connections. */
  readonly virtApi: () => string;
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
  return {
    virtHandler: (node) =>
      renderFamilies(virtHandlerFamilies({ machines: fleet.machines(), node, nowMs: nowMs(), overlapMs })),
    virtController: () => renderFamilies(virtControllerFamilies(fleet.machines())),
    virtApi: () => renderFamilies(virtApiFamilies(fleet.machines(), fleet.createdByNamespace(), nowMs())),
  };
}
