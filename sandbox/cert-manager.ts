import { join } from "node:path";
import { request } from "undici";
import type { ControlPlane } from "./control-plane.ts";
import { findOwnGoProgram } from "./own-go-program.ts";
import { freePort, type RunningProcess, startProcess } from "./processes.ts";
import type { Report } from "./progress.ts";
import { runCommand } from "./run-command.ts";

/** How to start cert-manager. */
export interface CertManagerOptions {
  readonly controlPlane: ControlPlane;
  /** Holds its log. */
  readonly directory: string;
  readonly report: Report;
  /** Gives up starting. */
  readonly signal?: AbortSignal | undefined;
}

const toolsFolder = join(import.meta.dirname, "tools");
const program = {
  toolsFolder,
  folder: "cert-manager",
  module: "github.com/cert-manager/cert-manager",
  takes: "about 2 minutes",
};

/** Starts cert-manager's controllers and CA injector, without its webhook, on a control plane that gets its definitions. */
export async function startCertManager({
  controlPlane,
  directory,
  report,
  signal,
}: CertManagerOptions): Promise<RunningProcess> {
  const command = await findOwnGoProgram(program, { report, signal });
  // The definitions are too large for the annotation of a client-side apply.
  const apply = ["apply", "--server-side", "-f", join(await moduleFolder(), "deploy", "crds")];
  const { code, stderr } = await controlPlane.kubectl(apply);
  if (code !== 0) throw new Error(`Cannot install the definitions of cert-manager: ${stderr}`);
  const kubeconfig = await controlPlane.kubeconfigFor("cert-manager", ["system:masters"]);
  const healthAddress = `127.0.0.1:${await freePort()}`;
  return startProcess({
    name: "cert-manager",
    command,
    args: [`--kubeconfig=${kubeconfig}`, `--health-address=${healthAddress}`],
    logFile: join(directory, "cert-manager.log"),
    ready: async () => {
      const { statusCode, body } = await request(`http://${healthAddress}/healthz`);
      await body.dump();
      return statusCode === 200;
    },
    readyWithinMs: 30_000,
    signal,
  });
}

/** Where the sources of the module are, which hold the definitions; Go fetches them when they are not there any more. */
async function moduleFolder(): Promise<string> {
  const options = { cwd: join(toolsFolder, program.folder) };
  const { code, stdout, stderr } = await runCommand("go", ["mod", "download", "-json", program.module], options);
  if (code !== 0) throw new Error(`Cannot download "${program.module}": ${stderr}`);
  const { Dir: folder } = JSON.parse(stdout) as { readonly Dir: string };
  return folder;
}
