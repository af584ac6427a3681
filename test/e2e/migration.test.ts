import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { startAdapter } from "../../sandbox/adapter.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { diff } from "../../src/commands/diff.ts";
import { migrationRules, type MigrationScene, startMigrationScene } from "../support/migration-scene.ts";
import { runWith } from "../support/run-command.ts";
import { during, until } from "../support/until.ts";

/** The walk through docs/migrating-from-prometheus-adapter.md, from the real prometheus-adapter to this one. */

const page = readFileSync("docs/migrating-from-prometheus-adapter.md", "utf8");
const bothApis = "--against=v1beta1.custom.metrics.k8s.io,v1beta1.external.metrics.k8s.io";

let supervisor: Supervisor;
let scene: MigrationScene;
let directory = "";

beforeAll(async () => {
  supervisor = createSupervisor();
  directory = await temporaryFolder(supervisor);
  scene = await startMigrationScene(supervisor, directory);
});

afterAll(async () => {
  await supervisor.stop();
});

/** The lines that the page shows below a command. */
function shownBelow(command: string): string {
  const [, shown = ""] = page.split(`$ vm-metrics-adapter ${command}\n`);
  return shown.slice(0, shown.indexOf("```"));
}

async function compared(...flags: readonly string[]) {
  const { configFile, prometheusUrl, controlPlane } = scene;
  const { out, ...rest } = await runWith(
    diff,
    configFile,
    `--prometheus-url=${prometheusUrl}`,
    `--lister-kubeconfig=${controlPlane.admin.kubeconfig}`,
    ...flags,
  );
  return { ...rest, out: out.replaceAll(configFile, "config.yaml") };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message: string;
}

/** What the autoscaler says of its metrics: nothing when it can read them all. */
async function complaints(): Promise<readonly string[]> {
  const { stdout } = await scene.controlPlane.kubectl(["get", "hpa", "-n", "shop", "web", "-o", "json"]);
  const { status } = JSON.parse(stdout) as { readonly status: { readonly conditions?: readonly Condition[] } };
  const { conditions = [] } = status;
  if (conditions.length === 0) return ["no condition yet"];
  return conditions.flatMap(({ type, status: is, message }) =>
    is === "False" && type !== "ScalingLimited" ? [`${type}: ${message}`] : [],
  );
}

/** Warnings about the autoscaler so far. */
async function warnings(): Promise<number> {
  const { stdout } = await scene.controlPlane.kubectl(["get", "events", "-n", "shop", "-o", "json"]);
  const { items } = JSON.parse(stdout) as {
    readonly items: readonly {
      readonly type: string;
      readonly count?: number;
      readonly involvedObject: { readonly kind: string };
    }[];
  };
  return items
    .filter(({ type, involvedObject }) => type === "Warning" && involvedObject.kind === "HorizontalPodAutoscaler")
    .reduce((sum, { count = 1 }) => sum + count, 0);
}

describe("docs/migrating-from-prometheus-adapter.md", () => {
  test("shows what differs from the real prometheus-adapter", async () => {
    const { code, out, err } = await compared(bothApis);
    expect([code, err]).toEqual([1, ""]);
    expect(out).toBe(
      shownBelow(
        "diff config.yaml --prometheus-url http://prometheus:9090 \\\n    --against v1beta1.custom.metrics.k8s.io,v1beta1.external.metrics.k8s.io",
      ),
    );
  });

  test("shows that nothing differs of what the autoscalers ask", async () => {
    const { code, out, err } = await compared(bothApis, "--hpas");
    expect([code, err]).toEqual([0, ""]);
    expect(out).toBe(
      shownBelow(
        "diff config.yaml --prometheus-url http://prometheus:9090 --hpas \\\n    --against v1beta1.custom.metrics.k8s.io,v1beta1.external.metrics.k8s.io",
      ),
    );
  });

  test("the autoscaler does not notice the cut-over", async () => {
    await until(complaints, (each) => each.length === 0, 60);
    const before = await warnings();
    const adapter = await supervisor.own(
      await startAdapter({
        directory: join(directory, "adapter"),
        kubeconfig: scene.controlPlane.admin.kubeconfig,
        prometheusUrl: scene.prometheusUrl,
        config: parse(migrationRules) as object,
        args: ["-v=2"],
      }),
    );
    async function cut(): Promise<void> {
      scene.pointServiceAt(adapter.port);
      await scene.stopPeer();
    }
    const [told] = await Promise.all([during(complaints, 20), cut()]);
    expect([...new Set(told.flat())]).toEqual([]);
    expect((await warnings()) - before).toBe(0);
    const log = readFileSync(adapter.logFile, "utf8");
    for (const path of ["pods/*/http_requests_per_second", "pods/web-0/cache_hit_ratio", "shop/queue_depth"]) {
      expect(log).toContain(path);
    }
  });
});
