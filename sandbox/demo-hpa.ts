import { setTimeout as delay } from "node:timers/promises";
import { autoscaler, objectMetric } from "./autoscaler.ts";
import { type Cluster, startCluster } from "./cluster.ts";
import { clockTime, cores, print, say } from "./console.ts";
import { run } from "./run.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** `make demo-hpa`: the real HPA controller scales a pool of simulated virtual machines on their guests' load. */

const namespace = "shop";
const pool = "web";
const maxReplicas = 8;

/** The load of all guests together, in cores, and for how many seconds it lasts. */
const course = [
  [0.4, 15],
  [1.8, 30],
  [3.2, 30],
  [0.4, 45],
] as const;

await run(async (supervisor) => {
  const cluster = await startCluster({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: say,
    config: { vms: { window: "6s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "0s" } },
  });
  const { kubevirt, controlPlane } = cluster;
  await kubevirt.createPool({ namespace, name: pool, replicas: 2, labels: { app: pool } });
  await controlPlane.kubectl(
    ["apply", "-f", "-"],
    JSON.stringify(autoscaler(namespace, pool, objectMetric(pool), { max: maxReplicas })),
  );
  say(`For your own kubectl in another terminal: export KUBECONFIG=${controlPlane.admin.kubeconfig}`);

  print("\nAn HPA of type Object on the pool, 500m of cpu-usageCores for each VM (AverageValue), 2 to 8 replicas.\n");
  print("time      load of the guests  adapter says  wanted by the HPA  VMs running  last change of the HPA");
  for (const [totalCores, seconds] of course) {
    kubevirt.setPoolLoad(namespace, pool, { totalCores });
    for (let elapsed = 0; elapsed < seconds; elapsed += 3) {
      print(await row(cluster, totalCores));
      await delay(3_000, undefined, { signal: supervisor.signal });
    }
  }
  print("\nThe formula: replicas = ceil(sum of the pool / 0.5), between 2 and 8. That is the whole demo.");
});

interface AutoscalerStatus {
  readonly desiredReplicas?: number;
  readonly conditions?: readonly { readonly type: string; readonly message: string }[];
}

async function row({ controlPlane: { kubectl }, kubevirt: { vms } }: Cluster, totalCores: number): Promise<string> {
  const path = `/apis/custom.metrics.k8s.io/v1beta2/namespaces/${namespace}/virtualmachinepools.pool.kubevirt.io/${pool}/cpu-usageCores`;
  const [metric, hpa] = await Promise.all([
    kubectl(["get", "--raw", path]),
    kubectl(["get", "hpa", pool, "-n", namespace, "-o", "json"]),
  ]);
  const value = /"value":"([^"]*)"/u.exec(metric.stdout)?.[1] ?? "-";
  const { status = {} } = JSON.parse(hpa.stdout) as { readonly status?: AutoscalerStatus };
  const running = vms(namespace).filter(({ phase }) => phase === "Running").length;
  const able = status.conditions?.find(({ type }) => type === "AbleToScale")?.message ?? "";
  return [
    clockTime(),
    cores(totalCores).padEnd(18),
    value.padEnd(12),
    String(status.desiredReplicas || "-").padEnd(17),
    String(running).padEnd(11),
    able,
  ].join("  ");
}
