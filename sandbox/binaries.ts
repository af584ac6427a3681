import { dirname, join } from "node:path";
import { fail, ok, type Result } from "../src/result.ts";
import { cacheFolder, makeOnce } from "./binary-cache.ts";
import { unpackDebianPackage } from "./debian-package.ts";
import { findIn, foldersOf, isExecutable } from "./executable.ts";
import {
  buildGoTool,
  etcd,
  type GoTool,
  kubernetes,
  prometheus,
  prometheusAdapter,
  requiredVersion,
  victoriaMetrics,
} from "./go-tools.ts";
import { type Report, withProgress } from "./progress.ts";
import { runCommand, type RunCommand } from "./run-command.ts";

/** Where to look for binaries and how to get those that are missing. */
export interface BinaryOptions {
  /**
   * `PROMETHEUS`, `VICTORIA_METRICS` and `KUBEBUILDER_ASSETS` say where binaries are, two files and a folder;
   * `PROMETHEUS_VERSION=3` refuses Prometheus 2. `PATH` and `XDG_CACHE_HOME` as usual.
   */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Hears what is being done while it takes long. */
  readonly report: Report;
  /** Runs `go`, `apt-get` and the like; on this machine by default. */
  readonly run?: RunCommand;
  /** The folder of the Go modules that pin versions; `sandbox/tools` by default. */
  readonly toolsFolder?: string;
  /** Ends what is being made. */
  readonly signal?: AbortSignal | undefined;
}

/** Paths of Prometheus' binaries. */
export interface PrometheusBinaries {
  readonly prometheus: string;
  /** The promtool beside it; undefined if there is none. */
  readonly promtool: string | undefined;
  /** Such as `2.42.0`. */
  readonly version: string;
}

/** Path of VictoriaMetrics' binary. */
export interface VictoriaMetricsBinary {
  readonly victoriaMetrics: string;
  /** Such as `v1.122.0`; `unknown` if it was built without one, as Debian's is. */
  readonly version: string;
}

/** Paths of the binaries of a control plane. */
export interface ControlPlaneBinaries {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubectl: string;
}

const prometheusNames = ["prometheus", "promtool"];

/**
 * Finds Prometheus, 2.40 or newer: `$PROMETHEUS`, the cache, PATH, and if none is there, Debian's package or a build from its
 * Go module. With `PROMETHEUS_VERSION=3` only release 3 will do, which means no Debian package.
 *
 * Rejects with everything that was tried.
 */
export async function findPrometheus(options: BinaryOptions): Promise<PrometheusBinaries> {
  const { PROMETHEUS: chosen, PROMETHEUS_VERSION: wanted } = options.env;
  const least = leastVersion(wanted);
  if (chosen && !(await isExecutable(chosen))) {
    throw new Error(`Cannot use PROMETHEUS ${JSON.stringify(chosen)}: no such program`);
  }
  const sources = chosen ? [chosenPrometheus(chosen)] : await prometheusSources(options, least);
  const failures: string[] = [];
  for (const source of sources) {
    const found = await tryPrometheus(source, least, options);
    if (found.ok) return found.value;
    failures.push(`  ${source.what}: ${found.error.replaceAll("\n", "\n    ")}`);
  }
  throw new Error(`Cannot find Prometheus: install it, or set PROMETHEUS to its path. Tried:\n${failures.join("\n")}`);
}

/**
 * Finds single-node VictoriaMetrics: `$VICTORIA_METRICS`, the cache, PATH, and if it is in none, a build from its Go module.
 * Debian's package is not unpacked: it is of 2022, and the answers of MetricsQL have changed since.
 *
 * Rejects with what the build said, or that Go is missing, or that the one chosen cannot be run.
 */
export async function findVictoriaMetrics(options: BinaryOptions): Promise<VictoriaMetricsBinary> {
  const { env, run = runCommand } = options;
  const { VICTORIA_METRICS: chosen } = env;
  if (chosen && !(await isExecutable(chosen))) {
    throw new Error(`Cannot use VICTORIA_METRICS ${JSON.stringify(chosen)}: no such program`);
  }
  const path = chosen || (await findOrBuild(options, victoriaMetrics, "victoria-metrics"));
  const { stdout } = await run(path, ["--version"]);
  return { victoriaMetrics: path, version: /\bv\d+\.\d+\.\d+/u.exec(stdout)?.[0] ?? "unknown" };
}

/**
 * Finds prometheus-adapter, in the one version that this adapter is compared with: in the cache, or a build from its Go
 * module. Rejects with what the build said, or that Go is missing.
 */
export async function findPrometheusAdapter(options: BinaryOptions): Promise<string> {
  const name = "prometheus-adapter";
  const folder = await builtFolder(options, prometheusAdapter);
  return (await findIn([folder], name)) ?? build(options, prometheusAdapter, [name]);
}

/**
 * Finds each binary of a control plane: `$KUBEBUILDER_ASSETS`, the cache, PATH, and if it is in none, a build from its Go
 * module, minutes for Kubernetes. Rejects with what the build said, or that Go is missing.
 */
export async function findControlPlane(options: BinaryOptions): Promise<ControlPlaneBinaries> {
  return {
    etcd: await findOrBuild(options, etcd, "etcd"),
    kubeApiserver: await findOrBuild(options, kubernetes, "kube-apiserver"),
    kubeControllerManager: await findOrBuild(options, kubernetes, "kube-controller-manager"),
    kubectl: await findOrBuild(options, kubernetes, "kubectl"),
  };
}

async function findOrBuild(options: BinaryOptions, tool: GoTool, name: string): Promise<string> {
  const folder = await builtFolder(options, tool);
  const assets = options.env["KUBEBUILDER_ASSETS"];
  const found = await findIn([...(assets ? [assets] : []), folder, ...foldersOf(options.env["PATH"])], name);
  if (found === undefined) await build(options, tool, [name]);
  return found ?? join(folder, name);
}

interface Source {
  readonly what: string;
  /** A path to try; undefined if this source has none. */
  readonly path: () => Promise<string | undefined>;
}

async function tryPrometheus(
  { path }: Source,
  least: Version,
  { run = runCommand, signal }: BinaryOptions,
): Promise<Result<PrometheusBinaries, string>> {
  let found: string | undefined;
  try {
    found = await path();
  } catch (thrown) {
    signal?.throwIfAborted();
    return fail(thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (found === undefined) return fail("none");
  const version = await prometheusVersion(found, run);
  return version !== undefined && isAtLeast(version, least)
    ? ok({ prometheus: found, promtool: await findIn([dirname(found)], "promtool"), version })
    : fail(`${JSON.stringify(found)} is ${version ?? "no Prometheus"}, not ${least.join(".")} or newer`);
}

function chosenPrometheus(path: string): Source {
  return { what: "PROMETHEUS", path: () => Promise.resolve(path) };
}

async function prometheusSources(options: BinaryOptions, [leastMajor]: Version): Promise<readonly Source[]> {
  const built = await builtFolder(options, prometheus);
  const unpacked = join(cacheFolder(options.env), "prometheus-debian");
  const builtBefore = { what: "An earlier build", path: async () => findIn([built], "prometheus") };
  const unpackedBefore = { what: "Debian's package in the cache", path: async () => findIn([unpacked], "prometheus") };
  const onPath = { what: "PATH", path: async () => findIn(foldersOf(options.env["PATH"]), "prometheus") };
  const byGo = { what: "A build with Go", path: async () => build(options, prometheus, prometheusNames) };
  const byDebian = { what: "Debian's package", path: async () => unpackPrometheus(options, unpacked) };
  return leastMajor === 3 ? [builtBefore, onPath, byGo] : [unpackedBefore, builtBefore, onPath, byDebian, byGo];
}

async function unpackPrometheus(options: BinaryOptions, folder: string): Promise<string> {
  const { report, run = runCommand, signal } = options;
  await makeOnce(folder, prometheusNames, report, async (unfinished) =>
    withProgress(report, "Unpacking Debian's package of Prometheus", async () =>
      unpackDebianPackage({ run, signal }, { name: "prometheus", binaries: prometheusNames, folder: unfinished }),
    ),
  );
  return join(folder, "prometheus");
}

async function build(options: BinaryOptions, tool: GoTool, names: readonly string[]): Promise<string> {
  const { report, run = runCommand, signal } = options;
  const toolsFolder = toolsFolderOf(options);
  const version = await requiredVersion(toolsFolder, tool);
  const folder = await builtFolder(options, tool);
  await makeOnce(folder, names, report, async (unfinished) => {
    for (const name of names) {
      const doing = `Building ${name} ${version} with Go, which takes ${tool.takes} the first time`;
      await withProgress(report, doing, async () =>
        buildGoTool({ run, toolsFolder, signal }, tool, name, join(unfinished, name)),
      );
    }
  });
  return join(folder, names[0] ?? "");
}

/** `kubernetes-v1.36.3` in the cache. */
async function builtFolder(options: BinaryOptions, tool: GoTool): Promise<string> {
  return join(cacheFolder(options.env), `${tool.folder}-${await requiredVersion(toolsFolderOf(options), tool)}`);
}

function toolsFolderOf({ toolsFolder = join(import.meta.dirname, "tools") }: BinaryOptions): string {
  return toolsFolder;
}

type Version = readonly [major: number, minor: number];

function leastVersion(wanted: string | undefined): Version {
  if (wanted === undefined || wanted === "") return [2, 40];
  if (wanted === "3") return [3, 0];
  throw new Error(`Cannot use PROMETHEUS_VERSION ${JSON.stringify(wanted)}: only "3" can be asked for`);
}

async function prometheusVersion(path: string, run: RunCommand): Promise<string | undefined> {
  const { stdout } = await run(path, ["--version"]);
  return /^prometheus, version (\d+\.\d+\.\d+)/u.exec(stdout)?.[1];
}

function isAtLeast(version: string, [leastMajor, leastMinor]: Version): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > leastMajor || (major === leastMajor && minor >= leastMinor);
}
