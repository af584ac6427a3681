import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { auditPolicy, readAuditLog } from "../../sandbox/audit-log.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "audit-log-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const event = {
  user: { username: "alice", groups: ["developers"] },
  requestURI: "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/a/cpu?x=1",
  responseStatus: { metadata: {}, code: 503 },
  requestReceivedTimestamp: "2024-05-06T07:08:09.250000Z",
  stageTimestamp: "2024-05-06T07:08:10.500000Z",
};
const request = {
  user: "alice",
  uri: event.requestURI,
  code: 503,
  receivedMs: Date.parse("2024-05-06T07:08:09.250Z"),
  durationMs: 1_250,
};

describe("readAuditLog()", () => {
  test.for([
    ["a request", `${JSON.stringify(event)}\n`, [request]],
    ["one that nobody waited for", `${JSON.stringify({ ...event, responseStatus: undefined })}\n`, [{ code: 0 }]],
    ["a line that is being written", `${JSON.stringify(event)}\n{"user":`, [request]],
    ["nothing yet", "", []],
  ] as const)("reads %s", ([, text, expected]) => {
    const file = join(directory, "audit.log");
    writeFileSync(file, text);
    expect(readAuditLog(file)).toMatchObject(expected);
  });
});

describe("auditPolicy()", () => {
  test("asks for the requests of some groups, once each, and for no others", () => {
    expect(JSON.parse(auditPolicy(["a.example", "b.example"]))).toEqual({
      apiVersion: "audit.k8s.io/v1",
      kind: "Policy",
      omitStages: ["RequestReceived"],
      rules: [{ level: "Metadata", resources: [{ group: "a.example" }, { group: "b.example" }] }, { level: "None" }],
    });
  });
});
