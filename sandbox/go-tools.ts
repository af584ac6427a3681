import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunCommand } from "./run-command.ts";

/** A Go module under `sandbox/tools` that pins a version and builds binaries of it. */
export interface GoTool {
  /** Its folder under `sandbox/tools`, and the first part of its folder in the cache. */
  readonly folder: string;
  /** The module whose version counts. */
  readonly module: string;
  /** Package of each binary. */
  readonly packages: Readonly<Record<string, string>>;
  /** Linker variables that say the version, which `go build` cannot know by itself. */
  readonly stamps: (version: string) => Readonly<Record<string, string>>;
  /** What a first build takes, in words. */
  readonly takes: string;
}

/** kube-apiserver, kube-controller-manager and kubectl. */
export const kubernetes: GoTool = {
  folder: "kubernetes",
  module: "k8s.io/kubernetes",
  packages: {
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
    kubectl: "k8s.io/kubernetes/cmd/kubectl",
  },
  stamps: (version) => {
    const [major = "", minor = ""] = version.replace(/^v/u, "").split(".");
    const variables = "k8s.io/component-base/version";
    return { [`${variables}.gitVersion`]: version, [`${variables}.gitMajor`]: major, [`${variables}.gitMinor`]: minor };
  },
  takes: "about 3 minutes",
};

/** The etcd server. */
export const etcd: GoTool = {
  folder: "etcd",
  module: "go.etcd.io/etcd/server/v3",
  packages: { etcd: "go.etcd.io/etcd/server/v3" },
  stamps: () => ({}),
  takes: "about half a minute",
};

/** Prometheus 3 and promtool. Its Go modules number release 3.15.0 as v0.315.0. */
export const prometheus: GoTool = {
  folder: "prometheus",
  module: "github.com/prometheus/prometheus",
  packages: {
    prometheus: "github.com/prometheus/prometheus/cmd/prometheus",
    promtool: "github.com/prometheus/prometheus/cmd/promtool",
  },
  stamps: (version) => ({
    "github.com/prometheus/common/version.Version": version.replace(
      /^v0\.(\d)(\d\d)\.(\d+)$/u,
      (_, major: string, minor: string, patch: string) => `${major}.${Number(minor)}.${patch}`,
    ),
  }),
  takes: "about 4 minutes",
};

/** VictoriaMetrics, the single-node version. */
export const victoriaMetrics: GoTool = {
  folder: "victoria-metrics",
  module: "github.com/VictoriaMetrics/VictoriaMetrics",
  packages: { "victoria-metrics": "github.com/VictoriaMetrics/VictoriaMetrics/app/victoria-metrics" },
  stamps: (version) => ({
    "github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version": `victoria-metrics-${version}`,
  }),
  takes: "about half a minute",
};

/** prometheus-adapter, which this adapter takes the place of. */
export const prometheusAdapter: GoTool = {
  folder: "prometheus-adapter",
  module: "sigs.k8s.io/prometheus-adapter",
  packages: { "prometheus-adapter": "sigs.k8s.io/prometheus-adapter/cmd/adapter" },
  stamps: () => ({}),
  takes: "about 2 minutes",
};

/** The version of its module that a tool's go.mod requires, such as `v1.36.3`. Rejects if it names none. */
export async function requiredVersion(toolsFolder: string, { folder, module }: GoTool): Promise<string> {
  const path = join(toolsFolder, folder, "go.mod");
  const lines = (await readFile(path, "utf8")).split("\n");
  const words = lines.map((line) =>
    line
      .trim()
      .replace(/^require /u, "")
      .split(/\s+/u),
  );
  const version = words.find(([name, second]) => name === module && second?.startsWith("v"))?.[1];
  if (version === undefined) throw new Error(`Cannot find the version of "${module}": no requirement in "${path}"`);
  return version;
}

/** Builds one binary of a tool to `output`. Rejects with what the compiler said. */
export async function buildGoTool(
  {
    run,
    toolsFolder,
    signal,
  }: { readonly run: RunCommand; readonly toolsFolder: string; readonly signal?: AbortSignal | undefined },
  tool: GoTool,
  binary: string,
  output: string,
): Promise<void> {
  const stamps = Object.entries(tool.stamps(await requiredVersion(toolsFolder, tool)));
  const linkerFlags = ["-s", "-w", ...stamps.map(([variable, value]) => `-X ${variable}=${value}`)].join(" ");
  const { code, stderr } = await run(
    "go",
    ["build", "-ldflags", linkerFlags, "-o", output, tool.packages[binary] ?? binary],
    { cwd: join(toolsFolder, tool.folder), env: { CGO_ENABLED: "0" }, signal },
  );
  if (code === 127)
    throw new Error(`Cannot build "${binary}": no "go" on PATH. Install Go, see https://go.dev/doc/install`);
  if (code !== 0) throw new Error(`Cannot build "${binary}": go build ended with code ${code}\n${stderr.trimEnd()}`);
}
