import { setTimeout as delay } from "node:timers/promises";
import { type AuditedRequest, readAuditLog } from "../../sandbox/audit-log.ts";
import type { ControlPlane } from "../../sandbox/control-plane.ts";
import type { KubernetesClient } from "../../sandbox/kubernetes-client.ts";
import { pathOf } from "../../sandbox/kubernetes-object.ts";
import { type AutoscalerState, autoscalerStates } from "./autoscaler.ts";

/** What autoscalers met while something was done. */
export interface AutoscalerRecord {
  /** All requests for metrics that the API server passed on and that have ended, by autoscalers and by others. */
  readonly audited: readonly AuditedRequest[];
  /** Of every autoscaler, about each second. */
  readonly states: readonly AutoscalerState[];
  /** Events that say that one of them did not get its metric. */
  readonly complaints: readonly string[];
}

/** Does something and records what all autoscalers of the cluster meet meanwhile. Rejects if `action` does. */
export async function recordAutoscalers(
  { auditLog }: Pick<ControlPlane, "auditLog">,
  client: KubernetesClient,
  action: () => Promise<void>,
): Promise<AutoscalerRecord> {
  const beganMs = Date.now();
  const before = readAuditLog(auditLog).length;
  const over = new AbortController();
  const states = watchStates(client, over.signal);
  try {
    await action();
  } finally {
    over.abort();
  }
  return {
    states: await states,
    audited: readAuditLog(auditLog).slice(before),
    complaints: await complaintsSince(client, beganMs),
  };
}

/** Whether a request is one of the HorizontalPodAutoscaler controller. */
export function isByAutoscaler({ user }: AuditedRequest): boolean {
  return user.endsWith(":horizontal-pod-autoscaler");
}

async function watchStates(client: KubernetesClient, signal: AbortSignal): Promise<readonly AutoscalerState[]> {
  const seen: AutoscalerState[] = [];
  while (!signal.aborted) {
    seen.push(...(await autoscalerStates(client)));
    await delay(1_000, undefined, { signal }).catch(() => undefined);
  }
  return seen;
}

/** Reasons of such events. The controller has failures of its own, such as `FailedUpdateStatus` when two writes meet. */
const reasons = /^Failed(?:Get|Compute)/u;

/** Before the first figures of a pool there are some. */
async function complaintsSince(client: KubernetesClient, sinceMs: number): Promise<readonly string[]> {
  const answer = await client.list(pathOf({ group: "", version: "v1", resource: "events" }, {}));
  if (!answer.ok) throw new Error(answer.error.message);
  return answer.value
    .map((event) => event as Partial<Record<"reason" | "message" | "lastTimestamp", string>>)
    .filter(({ reason = "", lastTimestamp = "" }) => reasons.test(reason) && Date.parse(lastTimestamp) > sinceMs)
    .map(({ reason, message }) => `${reason}: ${message}`);
}
