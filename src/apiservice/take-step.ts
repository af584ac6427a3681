import type { Credentials } from "./credentials.ts";
import type { RotationState } from "./rotation-state.ts";
import type { RotationTimes, SecretStep } from "./rotation-step.ts";

/** The state after a step that `nextStep` chose for this one; nothing is written yet. */
export async function takeStep(
  step: SecretStep,
  state: RotationState,
  { makeAuthority, makeLeaf }: Pick<Credentials, "makeAuthority" | "makeLeaf">,
  nowMs: number,
  { leafMs }: RotationTimes,
): Promise<RotationState> {
  const { authority, leaf, next, former, formerUntilMs } = state;
  switch (step.kind) {
    case "begin": {
      const made = await makeAuthority(nowMs);
      return { ...state, authority: made, leaf: await makeLeaf(made, nowMs) };
    }
    case "renew":
      return authority === undefined ? state : { ...state, leaf: await makeLeaf(authority, nowMs) };
    case "announce":
      return { ...state, next: await makeAuthority(nowMs), trustedSinceMs: undefined };
    case "adopt":
      // Nobody knows what they signed last; it was for a lifetime at most.
      return {
        ...state,
        former: [...former, ...step.authorities],
        formerUntilMs: Math.max(formerUntilMs, nowMs + leafMs),
      };
    case "trusted":
      return { ...state, trustedSinceMs: nowMs };
    case "distrusted":
      return { ...state, trustedSinceMs: undefined };
    case "promote":
      if (next === undefined) return state;
      return {
        authority: next,
        leaf: await makeLeaf(next, nowMs),
        next: undefined,
        trustedSinceMs: undefined,
        former: authority === undefined ? former : [...former, authority],
        formerUntilMs: Math.max(formerUntilMs, leaf?.endsMs ?? nowMs + leafMs),
      };
    case "retire":
      return { ...state, former: [], formerUntilMs: 0 };
  }
}
