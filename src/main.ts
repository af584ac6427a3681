import type { Command } from "./commands/context.ts";
import { serve } from "./commands/serve.ts";

const commands: ReadonlyMap<string, Command> = new Map([["serve", serve]]);

// Without a command's name the adapter serves, because that is how prometheus-adapter is started.
const [first = "", ...rest] = process.argv.slice(2);
const command = commands.get(first);
process.exitCode = await (command ?? serve)({
  argv: command === undefined ? process.argv.slice(2) : rest,
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  onSignal: (listener) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, listener);
  },
  exit: (code) => process.exit(code),
});
