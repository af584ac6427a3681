/** How to find out which replicas are ready. */
export interface EndpointsOptions {
  /** Asks the replica at a port whether it is ready, as a kubelet does; a rejection counts as no. */
  readonly probe: (port: number) => Promise<boolean>;
  /** Rest between two questions. */
  readonly periodMs: number;
  /** After so many failures in a row a replica is not ready any more. One success makes it ready. */
  readonly failureThreshold: number;
  /** Waits; ends early, without a rejection, when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** The ready replicas of a Service, as kubelets and the endpoints controller of a cluster keep them. */
export interface Endpoints extends AsyncDisposable {
  /** Takes up the replica at a port; resolves at its first success, from which on it counts as ready, or when it is removed. */
  readonly add: (port: number) => Promise<void>;
  /** Drops a replica at once, as a Pod leaves the endpoints when it is deleted, before it has heard of that itself. */
  readonly remove: (port: number) => void;
  /** Ports of the ready ones, the one that has been ready longest first. */
  readonly ready: () => readonly number[];
}

/** Makes endpoints without replicas. Disposing of them ends all questions. */
export function createEndpoints({ probe, periodMs, failureThreshold, sleep }: EndpointsOptions): Endpoints {
  const following = new Map<number, AbortController>();
  const ready = new Set<number>();

  async function follow(port: number, signal: AbortSignal, becameReady: () => void): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const passed = await probe(port).catch(() => false);
      if (signal.aborted) return;
      failures = passed ? 0 : failures + 1;
      if (passed) {
        ready.add(port);
        becameReady();
      } else if (failures >= failureThreshold) ready.delete(port);
      await sleep(periodMs, signal);
    }
  }

  function remove(port: number): void {
    following.get(port)?.abort();
    following.delete(port);
    ready.delete(port);
  }

  return {
    add: async (port) => {
      remove(port);
      const life = new AbortController();
      following.set(port, life);
      const { promise, resolve } = Promise.withResolvers<void>();
      void follow(port, life.signal, resolve).then(resolve);
      return promise;
    },
    remove,
    ready: () => [...ready],
    [Symbol.asyncDispose]: async () => {
      for (const port of following.keys()) remove(port);
      return Promise.resolve();
    },
  };
}
