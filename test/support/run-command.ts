import type { Command, Context } from "../../src/commands/context.ts";

/** Runs a command in a process that has nothing but these arguments. */
export async function runWith(command: Command, ...argv: readonly string[]) {
  return runOn("", command, ...argv);
}

/** The same with a standard input. */
export async function runOn(input: string, command: Command, ...argv: readonly string[]) {
  const written = { out: "", err: "" };
  const context: Context = {
    argv,
    env: { HOME: "/nonexistent" },
    input: () => input,
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    onSignal: () => undefined,
    exit: () => undefined,
  };
  return { code: await command(context), ...written };
}
