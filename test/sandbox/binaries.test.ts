import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type BinaryOptions,
  findControlPlane,
  findPrometheus,
  findPrometheusAdapter,
  findVictoriaMetrics,
} from "../../sandbox/binaries.ts";
import type { CommandResult, RunCommand } from "../../sandbox/run-command.ts";

const built = "prometheus-v0.315.0";
const kubernetesFolder = "kubernetes-v1.36.3";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "binaries-"));
  for (const [folder, requirement] of [
    ["prometheus", "require (\n\tgithub.com/prometheus/prometheus v0.315.0 // indirect\n)"],
    ["kubernetes", "require (\n\tk8s.io/kubernetes v1.36.3 // indirect\n)\nreplace k8s.io/api => k8s.io/api v0.36.3"],
    ["etcd", "require go.etcd.io/etcd/server/v3 v3.6.5"],
    ["victoria-metrics", "require github.com/VictoriaMetrics/VictoriaMetrics v1.122.0 // indirect"],
    ["prometheus-adapter", "require sigs.k8s.io/prometheus-adapter v0.12.0 // indirect"],
  ] as const) {
    put(join("tools", folder, "go.mod"), `module tools\n\n${requirement}\n`);
  }
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

function put(path: string, text = ""): string {
  const absolute = join(root, path);
  mkdirSync(dirname(absolute), { recursive: true });
  writeFileSync(absolute, text);
  chmodSync(absolute, 0o755);
  return absolute;
}

const success: CommandResult = { code: 0, stdout: "", stderr: "" };

interface Machine {
  /** What each command does; a command without an entry cannot be found. `go` and `apt-get` are as on a good machine by default. */
  readonly commands?: Readonly<Record<string, (args: readonly string[], cwd: string) => CommandResult>>;
  readonly env?: Readonly<Record<string, string>>;
  /** What `--version` says for a path that contains the key; 2.42.0 for all others. */
  readonly versions?: Readonly<Record<string, string>>;
}

const goodMachine: NonNullable<Machine["commands"]> = {
  go: (args) => {
    writeFileSync(args[args.indexOf("-o") + 1] ?? "", "built");
    return success;
  },
  "apt-get": (_, cwd) => {
    writeFileSync(join(cwd, "prometheus_2.42.0.deb"), "");
    return success;
  },
  dpkg: ([, , tree = ""], cwd) => {
    mkdirSync(join(tree, "usr", "bin"), { recursive: true });
    for (const name of ["prometheus", "promtool"]) writeFileSync(join(cwd, "tree", "usr", "bin", name), "unpacked");
    return success;
  },
};

/** Options for a machine, with the commands it ran and the lines it reported. */
function machine({ commands = goodMachine, env = {}, versions = {} }: Machine) {
  const ran: string[] = [];
  const lines: string[] = [];
  const run: RunCommand = async (command, args, { cwd = root } = {}) => {
    if (args[0] === "--version") {
      const version = Object.entries(versions).find(([part]) => command.includes(part))?.[1] ?? "2.42.0+ds";
      return Promise.resolve({ ...success, stdout: `prometheus, version ${version} (branch: debian)\n` });
    }
    ran.push([command, ...args.map((argument) => basename(argument))].join(" "));
    return Promise.resolve(commands[command]?.(args, cwd) ?? { code: 127, stdout: "", stderr: "" });
  };
  const options: BinaryOptions = {
    env: { XDG_CACHE_HOME: join(root, "cache"), PATH: join(root, "path"), ...env },
    report: (line) => lines.push(line),
    run,
    toolsFolder: join(root, "tools"),
  };
  return { options, ran, lines };
}

function cached(folder: string, name: string): string {
  return join("cache", "vm-metrics-adapter", "bin", folder, name);
}

describe("findPrometheus()", () => {
  test.for([
    ["the one unpacked before", undefined, cached("prometheus-debian", "prometheus")],
    ["the one built before, if it is to be 3", "3", cached(built, "prometheus")],
  ] as const)("takes %s", async ([, major, expected]) => {
    for (const folder of ["prometheus-debian", built]) put(cached(folder, "prometheus"));
    put("path/prometheus");
    const env = major === undefined ? {} : { PROMETHEUS_VERSION: major };
    const { options, ran, lines } = machine({ env, versions: { [built]: "3.15.0" } });
    expect((await findPrometheus(options)).prometheus).toBe(join(root, expected));
    expect({ ran, lines }).toEqual({ ran: [], lines: [] });
  });

  test("takes the one chosen before all others", async () => {
    put(cached("prometheus-debian", "prometheus"));
    const chosen = put("chosen/prometheus");
    expect((await findPrometheus(machine({ env: { PROMETHEUS: chosen } }).options)).prometheus).toBe(chosen);
  });

  test("takes the one on PATH when it is new enough", async () => {
    const path = put("path/prometheus");
    const promtool = put("path/promtool");
    await expect(findPrometheus(machine({}).options)).resolves.toEqual({
      prometheus: path,
      promtool,
      version: "2.42.0",
    });
  });

  test.for([
    ["too old", "2.39.1", {}],
    ["of release 2 where 3 is asked for", "2.99.0", { PROMETHEUS_VERSION: "3" }],
  ] as const)("passes over one that is %s", async ([, version, env]) => {
    put("path/prometheus");
    const { options } = machine({ env, versions: { [join(root, "path")]: version, [built]: "3.15.0" } });
    expect((await findPrometheus(options)).prometheus).not.toContain(join(root, "path"));
  });

  test("unpacks Debian's package if there is none", async () => {
    const { options, ran, lines } = machine({});
    const found = await findPrometheus(options);
    expect(found.prometheus).toBe(join(root, cached("prometheus-debian", "prometheus")));
    expect(found.promtool).toBe(join(root, cached("prometheus-debian", "promtool")));
    expect(ran).toEqual(["apt-get download prometheus", "dpkg -x prometheus_2.42.0.deb tree"]);
    expect(lines).toEqual(["Unpacking Debian's package of Prometheus"]);
    expect(readdirSync(dirname(found.prometheus)).toSorted()).toEqual(["prometheus", "promtool"]);
  });

  test("updates package lists when the download fails without", async () => {
    let updated = false;
    const aptGet: (typeof goodMachine)[string] = (args, cwd) => {
      if (args[0] === "update") updated = true;
      return updated ? (goodMachine["apt-get"]?.(args, cwd) ?? success) : { ...success, code: 100 };
    };
    const { options, ran } = machine({ commands: { ...goodMachine, "apt-get": aptGet } });
    await findPrometheus(options);
    expect(ran.slice(0, 3)).toEqual(["apt-get download prometheus", "apt-get update", "apt-get download prometheus"]);
  });

  test("builds it where there is no apt-get, and stamps the release", async () => {
    const { options, ran, lines } = machine({ commands: { go: goodMachine["go"] ?? (() => success) } });
    expect((await findPrometheus(options)).prometheus).toBe(join(root, cached(built, "prometheus")));
    expect(ran).toContain("go build -ldflags version.Version=3.15.0 -o prometheus prometheus");
    expect(lines).toContain("Building prometheus v0.315.0 with Go, which takes about 4 minutes the first time");
  });

  test("says what was tried when nothing works", async () => {
    put("path/prometheus");
    const { options } = machine({ commands: {}, versions: { path: "2.1.0" } });
    const finding = findPrometheus(options);
    await expect(finding).rejects.toThrow("install it, or set PROMETHEUS to its path");
    await expect(finding).rejects.toThrow(/PATH: ".*" is 2\.1\.0, not 2\.40 or newer/u);
    await expect(finding).rejects.toThrow('no "apt-get" on PATH');
    await expect(finding).rejects.toThrow('no "go" on PATH. Install Go');
  });

  test("does not look elsewhere when the one chosen is not there", async () => {
    put("path/prometheus");
    const { options } = machine({ env: { PROMETHEUS: "/no/such/file" } });
    await expect(findPrometheus(options)).rejects.toThrow('Cannot use PROMETHEUS "/no/such/file": no such program');
  });

  test("refuses a version that nobody can get", async () => {
    const { options } = machine({ env: { PROMETHEUS_VERSION: "4" } });
    await expect(findPrometheus(options)).rejects.toThrow('Cannot use PROMETHEUS_VERSION "4"');
  });
});

describe("findPrometheusAdapter()", () => {
  const name = "prometheus-adapter";
  const path = cached(`${name}-v0.12.0`, name);

  test("takes the one built before, whatever is on PATH", async () => {
    put(path);
    put(`path/${name}`);
    const { options, ran } = machine({});
    expect(await findPrometheusAdapter(options)).toBe(join(root, path));
    expect(ran).toEqual([]);
  });

  test("builds it if there is none", async () => {
    const { options, ran } = machine({});
    expect(await findPrometheusAdapter(options)).toBe(join(root, path));
    expect(ran).toEqual(["go build -ldflags -s -w -o prometheus-adapter adapter"]);
  });
});

describe("findVictoriaMetrics()", () => {
  const name = "victoria-metrics";
  const folder = `${name}-v1.122.0`;
  const versions = { [name]: "v1.122.0" };

  test.for([
    ["the one chosen", "chosen", { [`chosen/${name}`]: true, [cached(folder, name)]: true }],
    ["the one built before", cached(folder, ""), { [cached(folder, name)]: true, [`path/${name}`]: true }],
    ["the one on PATH", "path", { [`path/${name}`]: true }],
  ] as const)("takes %s", async ([, expected, there]) => {
    for (const path of Object.keys(there)) put(path);
    const env: Readonly<Record<string, string>> =
      expected === "chosen" ? { VICTORIA_METRICS: join(root, "chosen", name) } : {};
    const { options, ran } = machine({ env, versions });
    await expect(findVictoriaMetrics(options)).resolves.toEqual({
      victoriaMetrics: join(root, expected, name),
      version: "v1.122.0",
    });
    expect(ran).toEqual([]);
  });

  test("builds it if there is none, and stamps the release", async () => {
    const { options, ran, lines } = machine({ versions });
    expect((await findVictoriaMetrics(options)).victoriaMetrics).toBe(join(root, cached(folder, name)));
    expect(ran).toEqual([
      "go build -ldflags buildinfo.Version=victoria-metrics-v1.122.0 -o victoria-metrics victoria-metrics",
    ]);
    expect(lines).toEqual([
      "Building victoria-metrics v1.122.0 with Go, which takes about half a minute the first time",
    ]);
  });

  test("does not know the version of one that does not say it", async () => {
    put(`path/${name}`);
    await expect(findVictoriaMetrics(machine({ versions: { [name]: "" } }).options)).resolves.toMatchObject({
      version: "unknown",
    });
  });

  test("does not look elsewhere when the one chosen is not there", async () => {
    put(`path/${name}`);
    const { options } = machine({ env: { VICTORIA_METRICS: "/no/such/file" } });
    await expect(findVictoriaMetrics(options)).rejects.toThrow(
      'Cannot use VICTORIA_METRICS "/no/such/file": no such program',
    );
  });
});

describe("findControlPlane()", () => {
  test("looks for each binary in KUBEBUILDER_ASSETS, the cache and PATH", async () => {
    for (const name of ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"]) put(`path/${name}`);
    put(cached(kubernetesFolder, "kube-apiserver"));
    put(cached(kubernetesFolder, "kube-controller-manager"));
    put("assets/kube-apiserver");
    const { options, ran } = machine({ env: { KUBEBUILDER_ASSETS: join(root, "assets") } });
    await expect(findControlPlane(options)).resolves.toEqual({
      etcd: join(root, "path/etcd"),
      kubeApiserver: join(root, "assets/kube-apiserver"),
      kubeControllerManager: join(root, cached(kubernetesFolder, "kube-controller-manager")),
      kubectl: join(root, "path/kubectl"),
    });
    expect(ran).toEqual([]);
  });

  test("builds what is missing, with its version", async () => {
    const { options, ran, lines } = machine({});
    const { kubectl, etcd } = await findControlPlane(options);
    expect(kubectl).toBe(join(root, cached(kubernetesFolder, "kubectl")));
    expect(existsSync(kubectl)).toBe(true);
    expect(etcd).toBe(join(root, cached("etcd-v3.6.5", "etcd")));
    expect(ran).toHaveLength(4);
    expect(lines[1]).toBe("Building kube-apiserver v1.36.3 with Go, which takes about 3 minutes the first time");
  });

  test("stamps all parts of the version", async () => {
    const flags: string[] = [];
    const go: (typeof goodMachine)[string] = (args, cwd) => {
      flags.push(args[args.indexOf("-ldflags") + 1] ?? "");
      return goodMachine["go"]?.(args, cwd) ?? success;
    };
    await findControlPlane(machine({ commands: { go } }).options);
    const stamp = "-X k8s.io/component-base/version";
    expect(flags[0]).toBe("-s -w");
    expect(flags[1]).toBe(`-s -w ${stamp}.gitVersion=v1.36.3 ${stamp}.gitMajor=1 ${stamp}.gitMinor=36`);
  });

  test("says so when Go is missing", async () => {
    await expect(findControlPlane(machine({ commands: {} }).options)).rejects.toThrow(
      'Cannot build "etcd": no "go" on PATH. Install Go',
    );
  });

  test("leaves nothing half after a failed build", async () => {
    const failing: (typeof goodMachine)[string] = (args, cwd) => {
      goodMachine["go"]?.(args, cwd);
      return { code: 1, stdout: "", stderr: "no space left on device\n" };
    };
    const { options } = machine({ commands: { go: failing } });
    await expect(findControlPlane(options)).rejects.toThrow("code 1\nno space left on device");
    expect(readdirSync(join(root, cached("", "")))).toEqual(["etcd-v3.6.5"]);
    expect(readdirSync(join(root, cached("etcd-v3.6.5", "")))).toEqual([]);
  });

  test("builds once for two that ask at once", async () => {
    const { options, ran, lines } = machine({});
    await Promise.all([findControlPlane(options), findControlPlane(options)]);
    expect(ran).toHaveLength(4);
    expect(lines).toContainEqual(expect.stringContaining(`Waiting for process ${process.pid}`));
  });

  test("takes away the lock of a process that is gone", async () => {
    const folder = join(root, cached("etcd-v3.6.5", ""));
    mkdirSync(folder, { recursive: true });
    symlinkSync("999999999", join(folder, ".etcd.lock"));
    await findControlPlane(machine({}).options);
    expect(readdirSync(folder)).toEqual(["etcd"]);
  });
});
