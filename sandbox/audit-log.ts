import { readFileSync } from "node:fs";

/** A request to the API server that has ended, however it ended; for an aggregated API, by the answer of its server. */
export interface AuditedRequest {
  readonly user: string;
  /** Path and query. */
  readonly uri: string;
  /** The status code that the client got; 0 when it did not wait for one. */
  readonly code: number;
  readonly receivedMs: number;
  /** From then until the last byte was sent. */
  readonly durationMs: number;
}

/** An audit policy (audit.k8s.io/v1) for the requests of some API groups; the others leave no trace. JSON is YAML. */
export function auditPolicy(groups: readonly string[]): string {
  const resources = groups.map((group) => ({ group }));
  const rules = [{ level: "Metadata", resources }, { level: "None" }];
  return JSON.stringify({ apiVersion: "audit.k8s.io/v1", kind: "Policy", omitStages: ["RequestReceived"], rules });
}

/** Reads an audit log in the order in which it was written. The API server makes the file when it starts. */
export function readAuditLog(file: string): readonly AuditedRequest[] {
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => requestOf(JSON.parse(line) as AuditEvent));
}

/** The fields of an audit event (audit.k8s.io/v1) that are read here. */
interface AuditEvent {
  readonly user: { readonly username: string };
  readonly requestURI: string;
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

function requestOf(event: AuditEvent): AuditedRequest {
  const receivedMs = Date.parse(event.requestReceivedTimestamp);
  return {
    user: event.user.username,
    uri: event.requestURI,
    code: event.responseStatus?.code ?? 0,
    receivedMs,
    durationMs: Date.parse(event.stageTimestamp) - receivedMs,
  };
}
