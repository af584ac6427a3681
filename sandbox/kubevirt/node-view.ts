import type { Machine } from "./machine.ts";

/** One node's view of the fleet. */
export interface NodeView {
  readonly machines: readonly Machine[];
  readonly node: string;
  readonly nowMs: number;
  /** How long a node goes on reporting a guest that has left it, in milliseconds. */
  readonly overlapMs: number;
}
