import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";

/** An object of a manifest. */
export interface ManifestObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec?: Readonly<Record<string, unknown>>;
}

const folder = join(import.meta.dirname, "..", "manifests");

/** The objects of one of the files in `manifests/`. */
export function readManifest(file: string): readonly ManifestObject[] {
  const documents = parseAllDocuments(readFileSync(join(folder, file), "utf8"));
  return documents.map((document) => document.toJS() as ManifestObject);
}

/**
 * The same objects for a cluster whose API server is to reach the adapter as a process on loopback: the Service becomes
 * an alias of localhost, and the APIServices name the port of the process. Everything else stays as it is shipped.
 */
export function onLoopback(objects: readonly ManifestObject[], port: number): readonly ManifestObject[] {
  return objects.map((object) => {
    switch (object.kind) {
      case "Service":
        return { ...object, spec: { type: "ExternalName", externalName: "localhost" } };
      case "APIService":
        return { ...object, spec: { ...object.spec, service: { ...serviceOf(object), port } } };
      default:
        return object;
    }
  });
}

/** A probe of a container, as far as it is given. */
export interface ProbeSpec {
  readonly periodSeconds: number;
  readonly timeoutSeconds: number;
  readonly failureThreshold: number;
}

/** The flags that the Deployment starts the adapter with. */
export function flagsOf(objects: readonly ManifestObject[]): readonly string[] {
  return containerOf(objects).args ?? [];
}

/** How kubelets find out whether a Pod of the Deployment is ready. Throws when the manifest does not say it. */
export function readinessProbeOf(objects: readonly ManifestObject[]): ProbeSpec {
  const { readinessProbe } = containerOf(objects);
  if (readinessProbe === undefined) throw new Error("Cannot find the readiness probe: the manifest has none");
  return readinessProbe;
}

interface ContainerSpec {
  readonly args?: readonly string[];
  readonly readinessProbe?: ProbeSpec;
}

function containerOf(objects: readonly ManifestObject[]): ContainerSpec {
  const deployment = objects.find(({ kind }) => kind === "Deployment");
  const template = deployment?.spec?.["template"] as
    { readonly spec: { readonly containers: readonly ContainerSpec[] } } | undefined;
  return template?.spec.containers[0] ?? {};
}

function serviceOf({ spec }: ManifestObject): object {
  return spec?.["service"] as object;
}
