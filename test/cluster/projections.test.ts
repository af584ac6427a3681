import { describe, expect, test } from "vitest";
import { projectLauncherPod, projectMeta, projectVirtualMachineInstance } from "../../src/cluster/projections.ts";

const metadata = { namespace: "shop", name: "web-0", uid: "u1", creationTimestamp: "2026-01-02T03:04:05Z" };
const meta = { namespace: "shop", name: "web-0", uid: "u1", labels: {} };
const vmi = { ...meta, phase: "", createdAtMs: Date.parse(metadata.creationTimestamp) };

describe("projectMeta()", () => {
  const owned = [
    { kind: "Other", name: "other", uid: "o0" },
    { kind: "VirtualMachinePool", name: "web", uid: "o1", controller: true },
  ];
  test.for([
    ["reads name, namespace and uid", { metadata }, meta],
    [
      "leaves out labels that are no text",
      { metadata: { ...metadata, labels: { a: "b", c: 1 } } },
      { ...meta, labels: { a: "b" } },
    ],
    [
      "names the controlling owner",
      { metadata: { ...metadata, ownerReferences: owned } },
      { ...meta, ownerUid: "o1", ownerName: "web" },
    ],
    ["knows no owner without a controller", { metadata: { ...metadata, ownerReferences: owned.slice(0, 1) } }, meta],
    [
      "has an empty namespace for cluster-scoped objects",
      { metadata: { name: "n1" } },
      { namespace: "", name: "n1", uid: "", labels: {} },
    ],
    ["refuses an object without a name", { metadata: { namespace: "shop" } }, undefined],
    ["refuses what is no object", null, undefined],
  ] as const)("%s", ([, raw, expected]) => {
    expect(projectMeta(raw)).toEqual(expected);
  });
});

describe("projectVirtualMachineInstance()", () => {
  const status = { phase: "Running", nodeName: "n1" };
  const phaseTransitionTimestamps = [
    { phase: "Scheduled", phaseTransitionTimestamp: "2026-01-02T03:04:06Z" },
    { phase: "Running", phaseTransitionTimestamp: "2026-01-02T03:04:10Z" },
  ];
  const runningSinceMs = Date.parse("2026-01-02T03:04:10Z");
  test.for([
    ["reads phase and node", { metadata, status }, { ...vmi, ...status }],
    [
      "reads since when it runs",
      { metadata, status: { ...status, phaseTransitionTimestamps } },
      { ...vmi, ...status, runningSinceMs },
    ],
    ["has an empty phase and no node before the first status", { metadata }, vmi],
    [
      "reads between which nodes it migrates, and leaves out the rest",
      {
        metadata,
        status: { ...status, migrationState: { sourceNode: "n1", targetNode: "n2", targetPod: "p", completed: true } },
      },
      { ...vmi, ...status, migration: { sourceNode: "n1", targetNode: "n2", targetPod: "p" } },
    ],
    [
      "reads a migration that has no target yet",
      { metadata, status: { ...status, migrationState: { migrationUid: "m" } } },
      { ...vmi, ...status, migration: { sourceNode: "", targetNode: "", targetPod: "" } },
    ],
    [
      "has no node when its name is empty",
      { metadata, status: { phase: "Pending", nodeName: "" } },
      { ...vmi, phase: "Pending" },
    ],
    [
      "refuses one that does not say when it was created",
      { metadata: { ...metadata, creationTimestamp: null } },
      undefined,
    ],
    ["refuses one without a name", { metadata: { ...metadata, name: "" } }, undefined],
  ] as const)("%s", ([, raw, expected]) => {
    expect(projectVirtualMachineInstance(raw)).toEqual(expected);
  });
});

describe("projectLauncherPod()", () => {
  test.for([
    [
      "reads phase and node",
      { metadata, spec: { nodeName: "n1" }, status: { phase: "Running" } },
      { ...meta, phase: "Running", nodeName: "n1" },
    ],
    [
      "has no node before it is scheduled",
      { metadata, spec: {}, status: { phase: "Pending" } },
      { ...meta, phase: "Pending" },
    ],
    ["refuses one without a name", { metadata: {} }, undefined],
  ] as const)("%s", ([, raw, expected]) => {
    expect(projectLauncherPod(raw)).toEqual(expected);
  });
});
