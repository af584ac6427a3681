import { fail } from "../result.ts";
import type { Authorize } from "./access.ts";

/**
 * Bounds how many requests for metrics of each user wait to be decided at once; one more fails as `crowded`. Equal questions
 * share a review, so whoever reviews sees one of them however many wait. Users do not take each other's room, and health,
 * discovery and OpenAPI need none.
 */
export function limitWaiting(authorize: Authorize, maxOfEach: number): Authorize {
  const waitingByUser = new Map<string, number>();

  function leave(name: string): void {
    const others = (waitingByUser.get(name) ?? 1) - 1;
    if (others > 0) waitingByUser.set(name, others);
    else waitingByUser.delete(name);
  }

  return async (user, attributes) => {
    if ("nonResourceAttributes" in attributes) return authorize(user, attributes);
    const waiting = waitingByUser.get(user.name) ?? 0;
    if (waiting >= maxOfEach) return fail({ kind: "crowded" });
    waitingByUser.set(user.name, waiting + 1);
    try {
      return await authorize(user, attributes);
    } finally {
      leave(user.name);
    }
  };
}
