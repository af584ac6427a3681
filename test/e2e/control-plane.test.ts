import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type ControlPlaneBinaries, findControlPlane } from "../../sandbox/binaries.ts";
import { type ControlPlane, startControlPlane } from "../../sandbox/control-plane.ts";
import { runCommand } from "../../sandbox/run-command.ts";

let directory = "";
let binaries: ControlPlaneBinaries;
let controlPlane: ControlPlane;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "control-plane-"));
  binaries = await findControlPlane({ env: process.env, report: ignore });
  controlPlane = await startControlPlane({ binaries, directory, report: ignore });
}, 1_200_000);

afterAll(async () => {
  await controlPlane.stop();
  rmSync(directory, { recursive: true });
});

function ignore(): void {}

/** Command lines of processes that were started for this test; all of them name its directory. */
function processes(): readonly string[] {
  const { stdout } = spawnSync("ps", ["-eo", "args="], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes(directory));
}

async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    socket.once("error", () => {
      resolve(false);
    });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}

/** The ports that the command lines of its processes name. */
function ports(): readonly number[] {
  const named = processes().flatMap((line) => [...line.matchAll(/(?:127\.0\.0\.1:|-port=)(\d+)/gu)]);
  return [...new Set(named.map(([, port]) => Number(port)))];
}

/** Runs kubectl and answers what it wrote; fails the test if it fails. */
async function kubectl(args: readonly string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await controlPlane.kubectl(args, input);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

describe("startControlPlane()", () => {
  test("serves the API", async () => {
    expect(await kubectl(["get", "--raw", "/readyz"])).toBe("ok");
    expect(JSON.parse(await kubectl(["get", "--raw", "/version"]))).toMatchObject({ major: "1" });
    expect(await kubectl(["api-resources", "-o", "name"])).toContain("horizontalpodautoscalers.autoscaling");
  });

  test("runs controllers, which empty and remove a namespace", async () => {
    await kubectl(["create", "namespace", "shop"]);
    await vi.waitFor(async () => kubectl(["-n", "shop", "get", "configmap", "kube-root-ca.crt"]), 20_000);
    await kubectl(["delete", "namespace", "shop", "--timeout=60s"]);
    expect((await controlPlane.kubectl(["get", "namespace", "shop"])).stderr).toContain("NotFound");
  });

  test("runs the autoscaler at the pace asked for", async () => {
    const pods = {
      selector: { matchLabels: { app: "a" } },
      template: { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } },
    };
    const target = { apiVersion: "apps/v1", kind: "Deployment", name: "a" };
    const list = {
      apiVersion: "v1",
      kind: "List",
      items: [
        { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: { replicas: 1, ...pods } },
        {
          apiVersion: "autoscaling/v2",
          kind: "HorizontalPodAutoscaler",
          metadata: { name: "a" },
          spec: { scaleTargetRef: target, minReplicas: 3, maxReplicas: 4 },
        },
      ],
    };
    await kubectl(["apply", "-f", "-"], JSON.stringify(list));
    await vi.waitFor(async () => {
      expect(await kubectl(["get", "deployment", "a", "-o", "jsonpath={.spec.replicas}"])).toBe("3");
    }, 20_000);
  });

  test("believes a certificate that stands for a ServiceAccount", async () => {
    const groups = ["system:serviceaccounts", "system:serviceaccounts:shop"];
    const kubeconfig = await controlPlane.kubeconfigFor("system:serviceaccount:shop:adapter", groups);
    async function asAdapter(...args: string[]): Promise<string> {
      const { stdout, stderr } = await runCommand(binaries.kubectl, ["--kubeconfig", kubeconfig, ...args]);
      return stdout + stderr;
    }
    expect(JSON.parse(await asAdapter("auth", "whoami", "-o", "json"))).toMatchObject({
      status: {
        userInfo: {
          username: "system:serviceaccount:shop:adapter",
          groups: expect.arrayContaining([...groups, "system:authenticated"]) as unknown,
        },
      },
    });
    expect(await asAdapter("get", "nodes")).toContain("Forbidden");
    await kubectl([
      "create",
      "clusterrolebinding",
      "adapter",
      "--clusterrole=system:node",
      "--serviceaccount=shop:adapter",
    ]);
    await vi.waitFor(async () => {
      expect(await asAdapter("get", "nodes")).toContain("No resources found");
    }, 10_000);
  });

  test("leaves nothing behind", async () => {
    const used = ports();
    expect(used).toHaveLength(4);
    expect(await Promise.all(used.map(isListening))).toEqual([true, true, true, true]);
    await controlPlane.stop();
    expect(await Promise.all(used.map(isListening))).toEqual([false, false, false, false]);
    await vi.waitFor(() => {
      expect(processes()).toEqual([]);
    });
  });
});
