import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { describeFailure, describeState } from "../../src/cluster/kind.ts";

const page = readFileSync("docs/outages.md", "utf8");
const resource = { group: "pool.kubevirt.io", resource: "virtualmachinepools" };
const kind = { resource, title: "KubeVirt's VirtualMachinePool" };

describe("docs/outages.md", () => {
  test.for([
    describeState(kind, { kind: "pending" }),
    describeState(kind, { kind: "absent" }),
    describeFailure(resource, { kind: "forbidden", detail: "" }).replace(/^Cannot list "[^"]+": /u, ""),
    describeFailure(resource, { kind: "other", detail: "" }).replace(/: $/u, ""),
  ])("quotes: %s", (message) => {
    expect(page).toContain(message.replace(/"[^"]+"/u, '"…"'));
  });

  test.for(["maxInFlight", "deadline", "shutdownDelay"])("names serving.%s", (field) => {
    expect(page).toContain(`serving.${field}`);
  });
});
