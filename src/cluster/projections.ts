import type { LauncherPod, Migration, ObjectMeta, VirtualMachineInstance } from "../vm/objects.ts";
import { asArray, asText, asTextMap, at, isRecord } from "./json.ts";

/** Reads the metadata of any namespaced object, whole or PartialObjectMetadata; undefined when it has no name. */
export function projectMeta(raw: unknown): ObjectMeta | undefined {
  const metadata = at(raw, "metadata");
  const name = asText(at(metadata, "name"));
  if (name === "") return undefined;
  const owner = asArray(at(metadata, "ownerReferences")).find((reference) => at(reference, "controller") === true);
  return {
    namespace: asText(at(metadata, "namespace")),
    name,
    uid: asText(at(metadata, "uid")),
    labels: asTextMap(at(metadata, "labels")),
    ...(owner === undefined ? {} : { ownerUid: asText(at(owner, "uid")), ownerName: asText(at(owner, "name")) }),
  };
}

/** Reads a VirtualMachineInstance (kubevirt.io/v1); undefined when it has no name or no readable creation time. */
export function projectVirtualMachineInstance(raw: unknown): VirtualMachineInstance | undefined {
  const meta = projectMeta(raw);
  const createdAtMs = Date.parse(asText(at(raw, "metadata", "creationTimestamp")));
  if (meta === undefined || Number.isNaN(createdAtMs)) return undefined;
  return {
    ...meta,
    phase: asText(at(raw, "status", "phase")),
    ...nodeName(at(raw, "status", "nodeName")),
    createdAtMs,
    ...runningSince(at(raw, "status", "phaseTransitionTimestamps")),
    ...migration(at(raw, "status", "migrationState")),
  };
}

/** Reads a virt-launcher pod; undefined when it has no name. */
export function projectLauncherPod(raw: unknown): LauncherPod | undefined {
  const meta = projectMeta(raw);
  if (meta === undefined) return undefined;
  return { ...meta, phase: asText(at(raw, "status", "phase")), ...nodeName(at(raw, "spec", "nodeName")) };
}

/** An object that has no node yet has none or an empty one. */
function nodeName(value: unknown): { readonly nodeName?: string } {
  const name = asText(value);
  return name === "" ? {} : { nodeName: name };
}

/** KubeVirt notes when an instance came into each phase. */
function runningSince(transitions: unknown): { readonly runningSinceMs?: number } {
  const running = asArray(transitions).find((transition) => at(transition, "phase") === "Running");
  const runningSinceMs = timeOf(at(running, "phaseTransitionTimestamp"));
  return runningSinceMs === undefined ? {} : { runningSinceMs };
}

/** KubeVirt keeps the state of a migration when it is over, until the next one begins. */
function migration(state: unknown): { readonly migration?: Migration } {
  if (!isRecord(state)) return {};
  const { sourceNode, targetNode, targetPod, startTimestamp, endTimestamp } = state;
  const [startedAtMs, endedAtMs] = [timeOf(startTimestamp), timeOf(endTimestamp)];
  return {
    migration: {
      sourceNode: asText(sourceNode),
      targetNode: asText(targetNode),
      targetPod: asText(targetPod),
      ...(startedAtMs === undefined ? {} : { startedAtMs }),
      ...(endedAtMs === undefined ? {} : { endedAtMs }),
    },
  };
}

/** A time in milliseconds since the Unix epoch; undefined when there is none that can be read. */
function timeOf(value: unknown): number | undefined {
  const ms = Date.parse(asText(value));
  return Number.isNaN(ms) ? undefined : ms;
}
