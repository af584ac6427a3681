import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Agent, request } from "undici";
import { auditPolicy } from "./audit-log.ts";
import type { ControlPlaneBinaries } from "./binaries.ts";
import { createIdentities, type Identities } from "./identities.ts";
import { freePort, startProcess } from "./processes.ts";
import { type Report, withProgress } from "./progress.ts";
import { type CommandResult, runCommand } from "./run-command.ts";

/** How to start a control plane. */
export interface ControlPlaneOptions {
  readonly binaries: ControlPlaneBinaries;
  /** Holds keys, kubeconfigs, etcd's data and logs; made if missing. */
  readonly directory: string;
  readonly report: Report;
  /** Pace of the HorizontalPodAutoscaler controller: a round every 2 s and scaling down after 5 s by default. */
  readonly hpa?: { readonly syncPeriodMs?: number; readonly downscaleStabilizationMs?: number };
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

/** A Kubernetes control plane on loopback, without kubelets and a scheduler. */
export interface ControlPlane extends AsyncDisposable {
  /** Of the API server, such as `https://127.0.0.1:23456`. */
  readonly url: string;
  /** Authority of the API server's certificate and of clients. */
  readonly caPem: string;
  /** A member of `system:masters`. */
  readonly admin: { readonly kubeconfig: string };
  /** Runs kubectl as admin. */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<CommandResult>;
  /**
   * Writes a kubeconfig with a client certificate and answers its path. The user `system:serviceaccount:NAMESPACE:NAME` in
   * the groups `system:serviceaccounts` and `system:serviceaccounts:NAMESPACE` is authorized like that ServiceAccount.
   */
  readonly kubeconfigFor: (userName: string, groups: readonly string[]) => Promise<string>;
  readonly logFiles: { readonly etcd: string; readonly apiServer: string; readonly controllerManager: string };
  /** Where the API server writes what became of each request for metrics; see `readAuditLog()`. */
  readonly auditLog: string;
  /** Process ids, for measuring. */
  readonly pids: { readonly etcd: number; readonly apiServer: number; readonly controllerManager: number };
  /** Ends the controller manager, the API server and etcd, each after the one before. */
  readonly stop: () => Promise<void>;
}

interface Part {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly ready: () => Promise<boolean>;
  readonly stopWithinMs?: number;
}

interface Ports {
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
}

/** Starts etcd, kube-apiserver and kube-controller-manager, which takes some seconds. Rejects with nothing left running. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  return withProgress(options.report, "Starting a Kubernetes control plane", async () => start(options));
}

async function start(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { binaries, directory, signal } = options;
  await mkdir(directory, { recursive: true });
  const ports = await choosePorts();
  const url = `https://127.0.0.1:${ports.apiServer}`;
  const identities = await createIdentities(join(directory, "identities"), url, Date.now());
  const { caPem, kubeconfigFor } = identities;
  const admin = { kubeconfig: await kubeconfigFor("admin", ["system:masters"]) };

  // What has been started ends, in reverse, if a later step fails; without a failure it is moved away from here.
  await using starting = new AsyncDisposableStack();
  async function run(part: Part): Promise<number> {
    const logFile = join(directory, `${part.name}.log`);
    return starting.use(await startProcess({ ...part, logFile, readyWithinMs: 60_000, signal })).pid;
  }
  const pids = {
    etcd: await run(etcdPart(binaries.etcd, join(directory, "etcd"), ports)),
    apiServer: await run(await apiServerPart(options, identities, ports)),
    controllerManager: await run(await controllerManagerPart(options, identities, ports)),
  };
  const running = starting.move();
  let stopping: Promise<void> | undefined;
  function stop(): Promise<void> {
    stopping ??= running.disposeAsync();
    return stopping;
  }
  const kubectlArgs = ["--kubeconfig", admin.kubeconfig, "--cache-dir", join(directory, "kubectl-cache")];
  return {
    url,
    caPem,
    admin,
    kubeconfigFor,
    kubectl: async (args, input = "") => runCommand(binaries.kubectl, [...kubectlArgs, ...args], { input }),
    auditLog: auditLogIn(directory),
    logFiles: {
      etcd: join(directory, "etcd.log"),
      apiServer: join(directory, "kube-apiserver.log"),
      controllerManager: join(directory, "kube-controller-manager.log"),
    },
    pids,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function choosePorts(): Promise<Ports> {
  const ports = new Set<number>();
  while (ports.size < 4) ports.add(await freePort());
  const [etcd = 0, etcdPeer = 0, apiServer = 0, controllerManager = 0] = ports;
  return { etcd, etcdPeer, apiServer, controllerManager };
}

function etcdPart(command: string, dataFolder: string, ports: Ports): Part {
  const clientUrl = `http://127.0.0.1:${ports.etcd}`;
  const peerUrl = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: "etcd",
    command,
    args: [
      `--data-dir=${dataFolder}`,
      // Nothing here has to survive a power cut, and fsync costs most of the time.
      "--unsafe-no-fsync",
      `--listen-client-urls=${clientUrl}`,
      `--advertise-client-urls=${clientUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
    ],
    ready: async () => isOk(`${clientUrl}/health`),
  };
}

/** Requests that are passed on to another server are in none of the API server's own counters. */
const auditedGroups = ["custom.metrics.k8s.io", "external.metrics.k8s.io"];

function auditLogIn(directory: string): string {
  return join(directory, "audit.log");
}

async function apiServerPart(
  { binaries, directory }: ControlPlaneOptions,
  identities: Identities,
  ports: Ports,
): Promise<Part> {
  const { apiServer, frontProxyClient } = identities;
  const auditPolicyFile = join(directory, "audit-policy.yaml");
  await writeFile(auditPolicyFile, auditPolicy(auditedGroups));
  return {
    name: "kube-apiserver",
    command: binaries.kubeApiserver,
    args: [
      `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.apiServer}`,
      // Loopback is refused as the address of the Service "kubernetes"; this one is reserved for documentation (RFC 5737).
      "--advertise-address=192.0.2.1",
      "--service-cluster-ip-range=10.0.0.0/24",
      `--tls-cert-file=${apiServer.cert}`,
      `--tls-private-key-file=${apiServer.key}`,
      `--client-ca-file=${identities.caFile}`,
      "--authorization-mode=RBAC",
      // Pods need no tokens where none of them run.
      "--disable-admission-plugins=ServiceAccount",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${identities.serviceAccountPublicKeyFile}`,
      `--service-account-signing-key-file=${identities.serviceAccountKeyFile}`,
      `--requestheader-client-ca-file=${identities.frontProxyCaFile}`,
      "--requestheader-allowed-names=front-proxy-client",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-uid-headers=X-Remote-Uid",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      `--proxy-client-cert-file=${frontProxyClient.cert}`,
      `--proxy-client-key-file=${frontProxyClient.key}`,
      `--audit-policy-file=${auditPolicyFile}`,
      `--audit-log-path=${auditLogIn(directory)}`,
    ],
    ready: async () => isOk(`https://127.0.0.1:${ports.apiServer}/readyz`, identities.caPem),
  };
}

async function controllerManagerPart(
  { binaries, hpa: { syncPeriodMs = 2_000, downscaleStabilizationMs = 5_000 } = {} }: ControlPlaneOptions,
  { controllerManager, caFile, caPem, serviceAccountKeyFile, kubeconfigFor }: Identities,
  ports: Ports,
): Promise<Part> {
  return {
    name: "kube-controller-manager",
    command: binaries.kubeControllerManager,
    args: [
      `--kubeconfig=${await kubeconfigFor("system:kube-controller-manager", [])}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.controllerManager}`,
      `--tls-cert-file=${controllerManager.cert}`,
      `--tls-private-key-file=${controllerManager.key}`,
      `--root-ca-file=${caFile}`,
      `--service-account-private-key-file=${serviceAccountKeyFile}`,
      "--use-service-account-credentials=true",
      "--leader-elect=false",
      // Without kubelets every node looks dead; these would declare its pods not ready and then delete them.
      "--controllers=*,-node-lifecycle-controller,-taint-eviction-controller,-pod-garbage-collector-controller",
      `--horizontal-pod-autoscaler-sync-period=${syncPeriodMs}ms`,
      `--horizontal-pod-autoscaler-downscale-stabilization=${downscaleStabilizationMs}ms`,
      "--horizontal-pod-autoscaler-cpu-initialization-period=1s",
      "--horizontal-pod-autoscaler-initial-readiness-delay=1s",
    ],
    ready: async () => isOk(`https://127.0.0.1:${ports.controllerManager}/healthz`, caPem),
  };
}

async function isOk(url: string, caPem?: string): Promise<boolean> {
  const dispatcher = new Agent(caPem === undefined ? {} : { connect: { ca: caPem } });
  try {
    const { statusCode, body } = await request(url, { dispatcher });
    await body.dump();
    return statusCode === 200;
  } finally {
    await dispatcher.close();
  }
}
