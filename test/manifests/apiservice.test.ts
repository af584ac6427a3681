import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { flagsOf, type ManifestObject, onLoopback, readManifest } from "../../sandbox/manifest.ts";
import { customMetrics } from "../../src/apiservice/api-group.ts";
import { createInventory } from "../../src/cluster/inventory.ts";
import type { KubernetesClient } from "../../src/cluster/kubernetes-client.ts";
import { version } from "../../src/commands/version.ts";
import { parseFlags } from "../../src/config/flags.ts";
import { formatGroupResource } from "../../src/naming/group-resource.ts";
import { fail } from "../../src/result.ts";
import { vmResources } from "../../src/vm/resource.ts";
import { createFakeClock } from "../cluster/fake-clock.ts";

const objects = readManifest("apiservice.yaml");
const secretName = "vm-metrics-adapter-serving-certificate";
const identity = { kind: "ServiceAccount", name: "vm-metrics-adapter", namespace: "vm-metrics-adapter" };

function all(kind: string): readonly ManifestObject[] {
  return objects.filter((object) => object.kind === kind);
}

/** The one object of a kind that has this name; `T` is what the caller reads of it. */
function one<T>(kind: string, name = "vm-metrics-adapter"): T {
  const found = all(kind).filter(({ metadata }) => metadata.name === name);
  expect(found).toHaveLength(1);
  return found[0] as T;
}

type Labels = Readonly<Record<string, string>>;

interface Container {
  readonly image: string;
  readonly ports: unknown;
  readonly volumeMounts: unknown;
  readonly securityContext: object;
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly scheme: string; readonly port: string };
}

interface Pod {
  readonly metadata: { readonly labels: Labels };
  readonly spec: {
    readonly serviceAccountName: string;
    readonly priorityClassName: string;
    readonly terminationGracePeriodSeconds: number;
    readonly securityContext: object;
    readonly topologySpreadConstraints: readonly { readonly labelSelector: { readonly matchLabels: Labels } }[];
    readonly containers: readonly [Container];
  };
}

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: Pod;
  };
}

interface Service {
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly spec: { readonly ports: unknown; readonly selector: Labels };
}

interface Rules {
  readonly rules: readonly Readonly<Record<"apiGroups" | "resources" | "verbs", readonly string[]>>[];
}

interface Binding {
  readonly subjects: readonly [{ readonly name: string }];
  readonly roleRef: { readonly name: string };
}

interface Budget {
  readonly spec: { readonly minAvailable: number; readonly selector: { readonly matchLabels: Labels } };
}

/** Nothing is asked of an inventory that has not started. */
const unused: KubernetesClient = {
  request: async () => Promise.resolve(fail({ kind: "other", detail: "unused" })),
  stream: async () => Promise.resolve(fail({ kind: "other", detail: "unused" })),
};

const deployment = one<Deployment>("Deployment");
const pod = deployment.spec.template;
const [container] = pod.spec.containers;
const service = one<Service>("Service");
const budget = one<Budget>("PodDisruptionBudget");

describe("manifests/apiservice.yaml", () => {
  test("starts the adapter with flags that it knows and that have an effect", () => {
    const flags = parseFlags(flagsOf(objects));
    expect(flags).toMatchObject({ ok: true, value: { withoutEffect: [] } });
  });

  test("opens the port that the adapter listens on, and leads the Service to it", () => {
    const flags = parseFlags(flagsOf(objects));
    const port = flags.ok ? flags.value.flags["secure-port"] : 0;
    expect(container.ports).toEqual([{ name: "https", containerPort: port }]);
    expect(service.spec.ports).toEqual([{ name: "https", port: 443, targetPort: "https" }]);
  });

  test("shares the certificate in a Secret that is shipped empty, for the Service that the APIServices name [wire 23]", () => {
    const flags = parseFlags(flagsOf(objects));
    expect(flags).toMatchObject({
      value: {
        flags: {
          "tls-secret": "vm-metrics-adapter/vm-metrics-adapter-serving-certificate",
          "tls-service": `${service.metadata.namespace}/${service.metadata.name}`,
        },
      },
    });
    const secret = one<ManifestObject>("Secret", secretName);
    expect(secret.metadata.namespace).toBe("vm-metrics-adapter");
    expect(secret).not.toHaveProperty("data");
    expect(secret).not.toHaveProperty("stringData");
    // It can be applied on one that cert-manager has made, whose type cannot be changed.
    expect(secret).not.toHaveProperty("type");
  });

  test("has the APIServices verified: the adapter writes their bundles", () => {
    for (const { spec } of all("APIService")) {
      expect(spec).not.toHaveProperty("insecureSkipTLSVerify");
      expect(spec).not.toHaveProperty("caBundle");
    }
  });

  test("allows the adapter to write its Secret and its APIServices, and no others", () => {
    expect(one<Rules>("Role", "vm-metrics-adapter:serving-certificate").rules).toEqual([
      { apiGroups: [""], resources: ["secrets"], resourceNames: [secretName], verbs: ["get", "update"] },
    ]);
    const named = { apiGroups: ["apiregistration.k8s.io"], resources: ["apiservices"] };
    expect(one<Rules>("ClusterRole", "vm-metrics-adapter:ca-bundle").rules).toEqual([
      { ...named, resourceNames: all("APIService").map(({ metadata }) => metadata.name), verbs: ["get", "patch"] },
      { ...named, resourceNames: ["v1beta1.external.metrics.k8s.io"], verbs: ["get"] },
    ]);
  });

  test("runs without a folder to write to", () => {
    expect(container.volumeMounts).toBeUndefined();
    expect(container.securityContext).toMatchObject({ readOnlyRootFilesystem: true });
  });

  test("registers each version that is served, and prefers the newest", () => {
    const registered = all("APIService").map(({ metadata, spec }) => [metadata.name, spec?.["versionPriority"]]);
    const served = customMetrics.versions.map((each) => `${each}.${customMetrics.name}`);
    expect(registered.toSorted((a, b) => Number(b[1]) - Number(a[1])).map(([name]) => name)).toEqual(served);
    for (const { spec } of all("APIService")) {
      expect(spec?.["service"]).toEqual({
        name: service.metadata.name,
        namespace: service.metadata.namespace,
        port: 443,
      });
      expect(`${String(spec?.["version"])}.${String(spec?.["group"])}`).toMatch(
        /^v1beta[12]\.custom\.metrics\.k8s\.io$/u,
      );
    }
  });

  test("selects the Deployment's pods everywhere", () => {
    const { labels } = pod.metadata;
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    expect(service.spec.selector).toEqual(labels);
    expect(budget.spec.selector.matchLabels).toEqual(labels);
    for (const spread of pod.spec.topologySpreadConstraints) expect(spread.labelSelector.matchLabels).toEqual(labels);
  });

  test("allows the adapter to list and watch the kinds that it watches, and nothing else", () => {
    const { rules } = one<Rules>("ClusterRole");
    const allowed = rules.flatMap(({ apiGroups, resources }) =>
      apiGroups.flatMap((group) => resources.map((resource) => formatGroupResource({ group, resource }))),
    );
    const watched = createInventory({ client: unused, clock: createFakeClock() }).kinds();
    expect(allowed.toSorted()).toEqual(watched.map(({ resource }) => formatGroupResource(resource)).toSorted());
    expect(rules.map(({ verbs }) => verbs)).toEqual(rules.map(() => ["list", "watch"]));
    const served = vmResources.map(({ resource }) => formatGroupResource(resource));
    expect(served.filter((resource) => !allowed.includes(resource))).toEqual([]);
  });

  test("allows the adapter to review, and to know whom to trust", () => {
    const bindings = [...all("ClusterRoleBinding"), ...all("RoleBinding")] as unknown as readonly Binding[];
    const roles = bindings
      .filter(({ subjects }) => subjects[0].name === identity.name)
      .map(({ roleRef }) => roleRef.name);
    expect(roles.toSorted()).toEqual([
      "extension-apiserver-authentication-reader",
      "system:auth-delegator",
      "vm-metrics-adapter",
      "vm-metrics-adapter:ca-bundle",
      "vm-metrics-adapter:serving-certificate",
    ]);
    expect(all("RoleBinding").map(({ metadata }) => metadata.namespace)).toEqual(["vm-metrics-adapter", "kube-system"]);
    expect(pod.spec.serviceAccountName).toBe(identity.name);
  });

  test("runs two replicas that survive a drain and are not evicted first", () => {
    expect(deployment.spec.replicas).toBe(2);
    expect(budget.spec.minAvailable).toBe(1);
    expect(pod.spec.priorityClassName).toBe("system-cluster-critical");
  });

  test("fits the restricted Pod Security Standard", () => {
    expect(one("Namespace")).toMatchObject({
      metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ["ALL"] },
    });
  });

  test("probes what is served without credentials", () => {
    const paths = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
      ({ httpGet }) => httpGet,
    );
    expect(paths.map(({ path }) => path)).toEqual(["/livez", "/livez", "/readyz"]);
    expect(paths.map(({ scheme, port }) => [scheme, port])).toEqual(paths.map(() => ["HTTPS", "https"]));
  });

  test("gives the adapter longer to stop than it takes", () => {
    expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThan(5 + 20);
  });

  test("names this version's image", () => {
    expect(container.image).toBe(`vm-metrics-adapter:${version}`);
  });
});

test("onLoopback() changes the Service and the APIServices' port, and nothing else", () => {
  const changed = onLoopback(objects, 1234).filter(
    (object, index) => JSON.stringify(object) !== JSON.stringify(objects[index]),
  );
  expect(changed.map(({ kind }) => kind)).toEqual(["Service", "APIService", "APIService"]);
});

test("the version of the package is that of the program", () => {
  const { version: packaged } = parse(readFileSync("package.json", "utf8")) as { readonly version: string };
  expect(packaged).toBe(version);
});
