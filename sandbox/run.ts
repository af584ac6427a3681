import { createSupervisor, type Supervisor } from "./supervisor.ts";

/**
 * Runs a command to its end or to Ctrl-C, and then ends what it started. What goes wrong is shown as a message for a
 * person; with `DEBUG` set, with its stack. The exit code is 1 then.
 */
export async function run(command: (supervisor: Supervisor) => Promise<void>): Promise<void> {
  await using supervisor = createSupervisor();
  supervisor.signal.addEventListener("abort", () => process.stderr.write("\nStopping ...\n"));
  try {
    await command(supervisor);
  } catch (thrown) {
    if (supervisor.signal.aborted) return;
    process.exitCode = 1;
    process.stderr.write(`${describe(thrown)}\n`);
  }
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return (process.env["DEBUG"] ? thrown.stack : undefined) ?? thrown.message;
}
