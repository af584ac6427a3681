/** Owns what a command started and stops it, the last first, whichever way the command ends. */
export interface Supervisor extends AsyncDisposable {
  /** Aborts when this process is told to end by SIGINT or SIGTERM; pass it to whatever takes long to start. */
  readonly signal: AbortSignal;
  /** Takes charge of something that runs. It is stopped at once if everything else is already stopped. */
  readonly own: <T extends AsyncDisposable>(running: T) => Promise<T>;
  /** Stops everything, the last owned first, each after the one before has ended. Calling it again waits for the same end. */
  readonly stop: () => Promise<void>;
}

/** What a supervisor needs of the process it runs in. */
export interface SignalSource {
  readonly pid: number;
  readonly on: (signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void) => unknown;
  readonly off: (signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void) => unknown;
  readonly kill: (pid: number, signal: NodeJS.Signals) => unknown;
}

const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Makes a supervisor, best held by `await using`, which covers failures too.
 *
 * On SIGINT, SIGTERM and SIGHUP it stops everything in order and then lets the signal end this process, so that its parent
 * sees the true reason. A crash or `process.exit` leaves no time for order: then `startProcess` sees to it that nothing lives on.
 */
export function createSupervisor(parent: SignalSource = process): Supervisor {
  const owned = new AsyncDisposableStack();
  const ending = new AbortController();
  let stopping: Promise<void> | undefined;

  function stop(): Promise<void> {
    stopping ??= owned.disposeAsync().finally(() => {
      for (const signal of endingSignals) parent.off(signal, endBySignal);
    });
    return stopping;
  }
  function endBySignal(signal: NodeJS.Signals): void {
    ending.abort(new Error(`Ended by ${signal}`));
    void stop().finally(() => parent.kill(parent.pid, signal));
  }
  for (const signal of endingSignals) parent.on(signal, endBySignal);

  return {
    signal: ending.signal,
    own: async (running) => {
      if (owned.disposed) await running[Symbol.asyncDispose]();
      else owned.use(running);
      return running;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
