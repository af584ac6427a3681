import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeyPair } from "../../src/apiservice/certificates.ts";
import { serve } from "../../src/commands/serve.ts";
import type { ScriptedKubernetes } from "./scripted-kubernetes.ts";

/** One line of the adapter's log. */
export type LogLine = Readonly<Record<string, unknown>>;

/** The adapter as it is put together in production, on a free port of loopback. */
export interface ServedAdapter {
  readonly port: number;
  readonly lines: readonly LogLine[];
  /** Sends SIGTERM. */
  readonly signal: () => void;
  /** The codes with which it wanted to end at once. */
  readonly exits: readonly number[];
  /** Sends SIGTERM; resolves with the exit code. */
  readonly stop: () => Promise<number>;
}

/** What the adapter is started with, besides flags. */
export interface AdapterScene {
  readonly kubernetes: Pick<ScriptedKubernetes, "kubeconfig">;
  /** Its serving certificate. */
  readonly keyPair: KeyPair;
}

/** Serves with these flags beside a Kubernetes API, without a Prometheus. Rejects when it does not start. */
export async function startAdapter(
  { kubernetes, keyPair }: AdapterScene,
  ...flags: readonly string[]
): Promise<ServedAdapter> {
  const folder = await mkdtemp(join(tmpdir(), "served-adapter-"));
  const [config, certFile, keyFile] = ["config.yaml", "tls.crt", "tls.key"].map((name) => join(folder, name));
  if (config === undefined || certFile === undefined || keyFile === undefined) throw new Error("unreachable");
  await Promise.all([
    writeFile(config, "serving: { shutdownDelay: 0s }\n"),
    writeFile(certFile, keyPair.certPem),
    writeFile(keyFile, keyPair.keyPem),
  ]);
  const lines: LogLine[] = [];
  const exits: number[] = [];
  const listening = Promise.withResolvers<number>();
  let signal: (() => void) | undefined;

  const exitCode = serve({
    argv: [
      `--lister-kubeconfig=${kubernetes.kubeconfig}`,
      `--config=${config}`,
      `--tls-cert-file=${certFile}`,
      `--tls-private-key-file=${keyFile}`,
      "--bind-address=127.0.0.1",
      "--secure-port=0",
      "--prometheus-url=http://127.0.0.1:1",
      ...flags,
    ],
    env: {},
    input: () => "",
    out: () => {},
    err: (text) => {
      const line = JSON.parse(text) as LogLine;
      lines.push(line);
      if (line["message"] === "Serving") listening.resolve(Number(line["port"]));
    },
    onSignal: (listener) => {
      signal = listener;
    },
    exit: (code) => exits.push(code),
  });
  const port = await Promise.race([
    listening.promise,
    exitCode.then((code) => Promise.reject(new Error(`Cannot start: exit code ${code}: ${JSON.stringify(lines)}`))),
  ]);
  return {
    port,
    lines,
    exits,
    signal: () => signal?.(),
    stop: async () => {
      signal?.();
      const code = await exitCode;
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
}
