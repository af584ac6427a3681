import { listCatalogue } from "./catalogue.ts";
import { check } from "./check.ts";
import type { Command, Context } from "./context.ts";
import { diff } from "./diff.ts";
import { lint } from "./lint.ts";
import { serve } from "./serve.ts";

const commands: ReadonlyMap<string, Command> = new Map([
  ["serve", serve],
  ["check", check],
  ["diff", diff],
  ["catalogue", listCatalogue],
  ["lint", lint],
]);

/**
 * Runs the command that the first argument names. Without one the adapter serves, because that is how prometheus-adapter
 * is started: with flags alone, or with `/adapter` before them. A word that could be a command and is none is refused with
 * exit code 2, so that a slip does not start a server.
 */
export async function run(context: Context): Promise<number> {
  const [first = "", ...rest] = context.argv;
  const command = commands.get(first);
  if (command !== undefined) return command({ ...context, argv: rest });
  if (!/^[a-z][-a-z]*$/u.test(first)) return serve(context);
  const known = [...commands.keys()].join(", ").replace(/, ([^,]*)$/u, " or $1");
  context.err(`Cannot run ${JSON.stringify(first)}: unknown command; expected ${known}, or flags alone to serve\n`);
  return 2;
}
