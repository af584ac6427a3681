import type { Clock } from "./clock.ts";
import { fail, ok, type Result } from "../result.ts";
import type { KubernetesFailure } from "./failure.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";

/** How often a client may ask. */
export interface RateLimit {
  /** Requests per second in the long run; not positive for no limit. */
  readonly qps: number;
  /** Requests that may go at once after a pause. */
  readonly burst: number;
}

interface Waiting {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const tooMany = "too many requests of this adapter's own wait (--client-qps, --client-burst)";

/**
 * Lets requests and watches of a client wait for their turn, as the token bucket of client-go does
 * (`flowcontrol.NewTokenBucketRateLimiter`). Their time limits begin when the wait is over; who would wait for longer than
 * that is refused at once, so that a flood does not hold up everything that comes after it.
 */
export function limitRate(
  client: KubernetesClient,
  { qps, burst }: RateLimit,
  { nowMs, sleep }: Pick<Clock, "nowMs" | "sleep">,
): KubernetesClient {
  if (qps <= 0) return client;
  const intervalMs = 1_000 / qps;
  let fullAtMs = 0;

  async function takeTurn({ timeoutMs, signal }: Waiting): Promise<Result<undefined, KubernetesFailure>> {
    const now = nowMs();
    const nextMs = Math.max(fullAtMs, now) + intervalMs;
    const waitMs = nextMs - now - Math.max(1, burst) * intervalMs;
    if (waitMs > timeoutMs) return fail({ kind: "throttled", detail: tooMany, retryAfterMs: waitMs - timeoutMs });
    fullAtMs = nextMs;
    if (waitMs > 0) await sleep(waitMs, signal);
    return ok(undefined);
  }

  return {
    request: async (request) => {
      const turn = await takeTurn(request);
      return turn.ok ? client.request(request) : turn;
    },
    stream: async (stream) => {
      const turn = await takeTurn(stream);
      return turn.ok ? client.stream(stream) : turn;
    },
  };
}
