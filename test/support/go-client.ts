import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findOwnGoProgram } from "../../sandbox/own-go-program.ts";
import type { Report } from "../../sandbox/progress.ts";
import { runCommand } from "../../sandbox/run-command.ts";

/** A question for Kubernetes' own clients of metrics. Without a kind it is one for an external metric. */
export interface GoQuestion {
  /** Version of custom metrics; the one that the server prefers by default. */
  readonly version?: string;
  /** The client's Accept header. */
  readonly accept: string;
  /** Without it, a cluster-scoped object. */
  readonly namespace?: string;
  readonly group?: string;
  readonly kind?: string;
  /** Without it, all that the selector matches. */
  readonly name?: string;
  readonly selector?: string;
  readonly metric: string;
  readonly metricSelector?: string;
}

/** What the client made of an answer. Items of custom metrics are those of v1beta2, whatever the version. */
export interface GoAnswer {
  readonly items?: readonly object[];
  /** The text that an event of the HorizontalPodAutoscaler would have. */
  readonly error?: string;
  /** The media type that the server answered with. */
  readonly contentType: string;
}

/** Asks one question after the other, as whoever the kubeconfig belongs to. */
export type AskGoClient = (kubeconfig: string, questions: readonly GoQuestion[]) => Promise<readonly GoAnswer[]>;

const toolsFolder = join(import.meta.dirname, "..", "e2e");

/** Builds the client unless it has been built before. Rejects with what the compiler said. */
export async function findGoClient(report: Report): Promise<AskGoClient> {
  const program = { toolsFolder, folder: "goclient", module: "k8s.io/metrics", takes: "about half a minute" };
  const binary = await findOwnGoProgram(program, { report });
  return async (kubeconfig, questions) => {
    const input = JSON.stringify(questions);
    const { code, stdout, stderr } = await runCommand(binary, ["--kubeconfig", kubeconfig], { input });
    if (code !== 0) throw new Error(`Cannot ask with the Go client: ${stderr}`);
    // Written by main.go, whose types these are.
    return JSON.parse(stdout) as readonly GoAnswer[];
  };
}

/** Writes a kubeconfig for a server that proves itself by nothing, with a token. */
export async function writeTokenKubeconfig(path: string, server: string, token: string): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  };
  await writeFile(path, JSON.stringify(config));
}
