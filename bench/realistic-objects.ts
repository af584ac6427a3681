/** A kind of object as an API server would send it, cut to a template. */
export interface Template {
  /** The whole object as JSON. */
  readonly whole: Fill;
  /** Its PartialObjectMetadata (meta.k8s.io/v1) as JSON. */
  readonly metadata: Fill;
}

/** Writes the object of this index. */
export type Fill = (facts: { readonly namespace: string; readonly index: number }) => string;

type Json = Readonly<Record<string, unknown>>;

const [namespace, index] = ["@NAMESPACE@", "@INDEX@"];
const created = "2026-01-02T03:04:05Z";

/** A pod that is no launcher: two containers, as a Deployment makes them; about 6 KB. */
export function plainPod(): Template {
  const labels = { app: "web", "app.kubernetes.io/instance": "shop", "pod-template-hash": `7d4b9c${index}` };
  return template({
    metadata: metadataOf(`web-7d4b9c-${index}`, labels, { kind: "ReplicaSet", name: "web-7d4b9c" }, 18),
    spec: podSpec("registry.example.com/web:1.2.3"),
    status: podStatus(),
  });
}

/** A virt-launcher pod; about 6 KB. */
export function launcherPod(): Template {
  const labels = {
    "kubevirt.io": "virt-launcher",
    "kubevirt.io/created-by": `00000000-0000-4000-8000-vmi${index}`,
    "vm.kubevirt.io/name": `web-${index}`,
    "kubevirt.io/vm-pool-revision-name": "web-1",
    "kubevirt.io/vmpool": "web",
  };
  const owner = { kind: "VirtualMachineInstance", name: `web-${index}`, uid: `00000000-0000-4000-8000-vmi${index}` };
  return template({
    metadata: metadataOf(`virt-launcher-web-${index}-x7k2q`, labels, owner, 18),
    spec: podSpec("registry.example.com/kubevirt/virt-launcher:v1.9.0"),
    status: podStatus(),
  });
}

/** A running VirtualMachineInstance; about 12 KB. */
export function instance(): Template {
  const labels = { "kubevirt.io/vmpool": "web", "kubevirt.io/nodeName": `node-${index}` };
  const owner = { kind: "VirtualMachine", name: `web-${index}`, uid: `00000000-0000-4000-8000-vm${index}` };
  const uid = `00000000-0000-4000-8000-vmi${index}`;
  return template({
    metadata: { ...metadataOf(`web-${index}`, labels, owner, 60), uid },
    spec: {
      domain: {
        cpu: { cores: 2, sockets: 1, threads: 1, model: "host-model", maxSockets: 4 },
        devices: { disks: times(8, disk), interfaces: times(4, (each) => ({ name: `net${each}`, masquerade: {} })) },
        features: { acpi: { enabled: true }, smm: { enabled: true } },
        memory: { guest: "2Gi", maxGuest: "8Gi" },
        resources: { requests: { cpu: "2", memory: "2Gi" } },
      },
      networks: times(4, (each) => ({ name: `net${each}`, multus: { networkName: `nets/net${each}` } })),
      volumes: times(8, (each) => ({ name: `disk${each}`, dataVolume: { name: `web-${index}-disk${each}` } })),
    },
    status: {
      phase: "Running",
      nodeName: `node-${index}`,
      activePods: { [`00000000-0000-4000-8000-pod${index}`]: `node-${index}` },
      conditions: times(6, condition),
      interfaces: times(4, (each) => ({ name: `net${each}`, ipAddress: "10.1.2.3", mac: "02:00:00:00:00:01" })),
      phaseTransitionTimestamps: ["Pending", "Scheduling", "Scheduled", "Running"].map((phase) => ({
        phase,
        phaseTransitionTimestamp: created,
      })),
      volumeStatus: times(8, (each) => ({
        name: `disk${each}`,
        target: `vd${each}`,
        size: 10_737_418_240,
        persistentVolumeClaimInfo: {
          accessModes: ["ReadWriteMany"],
          capacity: { storage: "10Gi" },
          requests: { storage: "10Gi" },
          claimName: `web-${index}-disk${each}`,
          filesystemOverhead: "0.055",
        },
      })),
    },
  });
}

/** An object of which only metadata are asked: a VirtualMachine, pool, Namespace or Node. */
export function other(name: string, uid: string, owner?: Json): Template {
  const labels = { "kubevirt.io/vmpool": "web", "app.kubernetes.io/part-of": "shop" };
  return template({ metadata: { ...metadataOf(name, labels, owner, 20), uid }, spec: {}, status: {} });
}

function metadataOf(name: string, labels: Json, owner: Json | undefined, fields: number): Json {
  const controller = { apiVersion: "apps/v1", uid: "00000000-0000-4000-8000-00000000000a", controller: true };
  return {
    name,
    namespace,
    uid: `00000000-0000-4000-8000-pod${index}`,
    resourceVersion: `9${index}`,
    creationTimestamp: created,
    labels,
    annotations: { "k8s.v1.cni.cncf.io/network-status": JSON.stringify(times(3, networkStatus)) },
    ...(owner === undefined ? {} : { ownerReferences: [{ ...controller, ...owner }] }),
    managedFields: [managedFields(fields), managedFields(fields)],
  };
}

/** Server-side apply's book-keeping, often the largest part of metadata. */
function managedFields(fields: number): Json {
  const names = times(fields, (each) => [`k:{"name":"field${each}"}`, { ".": {}, "f:value": {} }] as const);
  const fieldsV1 = { "f:metadata": { "f:labels": { ".": {} } }, "f:spec": Object.fromEntries(names) };
  return {
    manager: "virt-controller",
    operation: "Update",
    apiVersion: "v1",
    time: created,
    fieldsType: "V1",
    fieldsV1,
  };
}

function podSpec(image: string): Json {
  return {
    containers: times(2, (each) => ({
      name: `container${each}`,
      image,
      env: times(8, (number) => ({ name: `VARIABLE_${number}`, value: "some value" })),
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
      volumeMounts: times(3, (number) => ({ name: `volume${number}`, mountPath: `/var/lib/volume${number}` })),
    })),
    volumes: times(3, (each) => ({ name: `volume${each}`, emptyDir: {} })),
    tolerations: times(2, (each) => ({ key: `key${each}`, operator: "Exists", effect: "NoExecute" })),
    nodeName: `node-${index}`,
    serviceAccountName: "default",
  };
}

function podStatus(): Json {
  return {
    phase: "Running",
    conditions: times(5, condition),
    podIP: "10.1.2.3",
    startTime: created,
    containerStatuses: times(2, (each) => ({
      name: `container${each}`,
      ready: true,
      restartCount: 0,
      imageID: "registry.example.com/web@sha256:0123456789abcdef0123456789abcdef0123456789abcdef",
      containerID: "containerd://0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
      state: { running: { startedAt: created } },
    })),
  };
}

function networkStatus(each: number): Json {
  return { name: `net${each}`, interface: `eth${each}`, ips: ["10.1.2.3"], mac: "02:00:00:00:00:01", default: true };
}

function condition(each: number): Json {
  return { type: `Condition${each}`, status: "True", lastProbeTime: null, lastTransitionTime: created };
}

function disk(each: number): Json {
  return { name: `disk${each}`, disk: { bus: "virtio" }, bootOrder: each + 1, cache: "none" };
}

function times<T>(count: number, make: (each: number) => T): readonly T[] {
  return Array.from({ length: count }, (_, each) => make(each));
}

function template(object: Json & { readonly metadata: Json }): Template {
  const partial = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata };
  return { whole: fill(JSON.stringify(object)), metadata: fill(JSON.stringify(partial)) };
}

function fill(text: string): Fill {
  return (facts) =>
    text.replaceAll(namespace, facts.namespace).replaceAll(index, String(facts.index).padStart(12, "0"));
}
