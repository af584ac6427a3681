import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** A command that runs to its end. */
export interface CommandOptions {
  /** Working folder; this process' own by default. */
  readonly cwd?: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; empty by default. */
  readonly input?: string;
  /** Ends the command with SIGTERM. */
  readonly signal?: AbortSignal | undefined;
}

/** What a command wrote and its exit code: 127 if it could not be found, 128 if a signal ended it. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command without a shell. Resolves whatever its exit code is; rejects only if `signal` aborts. */
export type RunCommand = (command: string, args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** Runs a command of this machine. */
export const runCommand: RunCommand = async (command, args, { cwd, env, input = "", signal } = {}) => {
  signal?.throwIfAborted();
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "pipe", signal });
  const ended = new Promise<number>((resolve) => {
    child.once("error", () => {
      resolve(127);
    });
    child.once("close", (code) => {
      resolve(code ?? 128);
    });
  });
  // A command that does not read its input closes the pipe, which is its right.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  signal?.throwIfAborted();
  return { code, stdout, stderr };
};
