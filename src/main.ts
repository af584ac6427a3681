import { readFileSync } from "node:fs";
import { run } from "./commands/run.ts";

// Whoever reads what is written may have seen enough: `vm-metrics-adapter catalogue | head`.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") process.exit();
});

process.exitCode = await run({
  argv: process.argv.slice(2),
  env: process.env,
  input: () => readFileSync(0, "utf8"),
  out: (text) => process.stdout.write(text),
  // https://no-color.org
  colors: process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb",
  err: (text) => process.stderr.write(text),
  onSignal: (listener) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, listener);
  },
  exit: (code) => process.exit(code),
});
