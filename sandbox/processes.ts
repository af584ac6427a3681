import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { open } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A process to start and how to know that it serves. */
export interface ProcessOptions {
  /** What messages call it, such as `etcd`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Where its standard output and error go; appended to. */
  readonly logFile: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Asked every 50 ms until it answers true; a rejection counts as false. */
  readonly ready: () => Promise<boolean>;
  readonly readyWithinMs: number;
  /** How long it may take to end after SIGTERM before SIGKILL follows. Default 10 s. */
  readonly stopWithinMs?: number;
  /** Gives up waiting for `ready` and stops the process. It has no effect afterwards. */
  readonly signal?: AbortSignal | undefined;
}

/** How a process ended: one of the two is null. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that was ready. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** Resolves when it has ended, whoever ended it. */
  readonly exited: Promise<Exit>;
  /** Ends it with SIGTERM, then SIGKILL, and waits for its end. Calling it again waits for the same end. */
  readonly stop: () => Promise<void>;
  /** Ends it with SIGKILL, which it cannot see coming, and waits for its end. */
  readonly kill: () => Promise<void>;
}

const pollMs = 50;
const defaultStopWithinMs = 10_000;
const logTail = { bytes: 16_384, lines: 15 };

/**
 * Runs a command in place of a shell that first leaves a watcher behind. The watcher waits for the end of a pipe whose other
 * end only the parent holds, and then kills the process group. So the command cannot outlive a parent that was ended by
 * SIGKILL, which no handler sees; Linux' PR_SET_PDEATHSIG would do, but not elsewhere, and it follows a thread, not a process.
 */
const watched = '(read -r _ <&3; kill -KILL 0) & exec 3<&- "$0" "$@"';

/**
 * Starts a process and waits until it is ready.
 *
 * It gets a session of its own, because Ctrl-C in a terminal reaches the whole foreground group, and whoever started it is
 * to decide in which order things end. Whatever descendants it leaves in its process group are killed when it ends.
 *
 * Rejects, with the last lines of the log, if it ends or `readyWithinMs` passes before it is ready; rejects with the
 * signal's reason if `signal` aborts. Nothing is left running then.
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  options.signal?.throwIfAborted();
  const started = await launch(options);
  const within = AbortSignal.any([
    AbortSignal.timeout(options.readyWithinMs),
    abortedWhen(started.exited),
    ...(options.signal === undefined ? [] : [options.signal]),
  ]);
  if (await becomesTrue(options.ready, within)) return started;

  const ended = await Promise.race([started.exited, Promise.resolve(undefined)]);
  await started.stop();
  options.signal?.throwIfAborted();
  throw new Error(`Cannot start "${options.name}": ${stateOf(ended, options)}\n${await tail(options.logFile)}`);
}

/**
 * A loopback TCP port that nobody listens on. It lies below the range from which the kernel takes ports for outgoing
 * connections (32768 and up on Linux), so that it stays free while its owner is stopped for a while. As long as this
 * process lives, neither it nor another one gets the same answer. `random` is uniform in [0, 1).
 */
export async function freePort(random: () => number = Math.random): Promise<number> {
  const port = 20_000 + Math.floor(random() * 12_000);
  return (await reserve(port)) && (await isFree(port)) ? port : freePort(random);
}

async function launch(options: ProcessOptions): Promise<RunningProcess> {
  const { command, args, logFile, env, stopWithinMs = defaultStopWithinMs } = options;
  await using log = await open(logFile, "a");
  const child = spawn("/bin/sh", ["-c", watched, command, ...args], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ["ignore", log.fd, log.fd, "pipe"],
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => {
      resolve({ code, signal });
    });
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`Cannot start "${options.name}"`, { cause: (await once(child, "error"))[0] });
  void exited.then(() => child.stdio[3]?.destroy());

  let stopping: Promise<void> | undefined;
  function stop(): Promise<void> {
    stopping ??= end((signal) => child.kill(signal), exited, stopWithinMs);
    return stopping;
  }
  async function kill(): Promise<void> {
    child.kill("SIGKILL");
    await exited;
  }
  return { pid, exited, stop, kill, [Symbol.asyncDispose]: stop };
}

async function end(kill: (signal: NodeJS.Signals) => void, exited: Promise<Exit>, withinMs: number): Promise<void> {
  kill("SIGTERM");
  const enough = new AbortController();
  const late = delay(withinMs, "late" as const, { signal: enough.signal }).catch(() => undefined);
  if ((await Promise.race([exited, late])) === "late") kill("SIGKILL");
  enough.abort();
  await exited;
}

async function becomesTrue(question: () => Promise<boolean>, within: AbortSignal): Promise<boolean> {
  const overdue = new Promise<false>((resolve) => {
    within.addEventListener("abort", () => {
      resolve(false);
    });
  });
  while (!within.aborted) {
    if (await Promise.race([question().catch(() => false), overdue])) return true;
    await Promise.race([delay(pollMs), overdue]);
  }
  return false;
}

function abortedWhen(promise: Promise<unknown>): AbortSignal {
  const controller = new AbortController();
  void promise.then(() => {
    controller.abort();
  });
  return controller.signal;
}

function stateOf(ended: Exit | undefined, { command, readyWithinMs, logFile }: ProcessOptions): string {
  const state =
    ended === undefined
      ? `not ready after ${readyWithinMs / 1_000} s`
      : ended.signal === null
        ? `ended with code ${ended.code}`
        : `ended by ${ended.signal}`;
  return `${state}. Command ${JSON.stringify(command)}; the end of its log ${JSON.stringify(logFile)}:`;
}

async function tail(logFile: string): Promise<string> {
  await using log = await open(logFile, "r");
  const { size } = await log.stat();
  const length = Math.min(size, logTail.bytes);
  const { buffer } = await log.read({ buffer: Buffer.alloc(length), position: size - length });
  return buffer.toString("utf8").trimEnd().split("\n").slice(-logTail.lines).join("\n");
}

/** A UDP socket on the same number is the mark of a port that has been given away; the kernel removes it with its process. */
async function reserve(port: number): Promise<boolean> {
  const mark = createSocket("udp4").unref();
  const bound = Promise.withResolvers<boolean>();
  mark.once("error", () => {
    mark.close();
    bound.resolve(false);
  });
  mark.bind({ port, address: "127.0.0.1", exclusive: true }, () => {
    bound.resolve(true);
  });
  return bound.promise;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = Promise.withResolvers<boolean>();
  server.once("error", () => {
    listening.resolve(false);
  });
  server.listen({ port, host: "127.0.0.1" }, () => {
    server.close(() => {
      listening.resolve(true);
    });
  });
  return listening.promise;
}
