import type { Authority, Lifetimes, Trusted } from "./credentials.ts";
import type { RotationState } from "./rotation-state.ts";

/** What an APIService of this server trusts. */
export interface Bundle {
  /** The APIService's. */
  readonly name: string;
  /** Undefined when it could not be read: it counts as trusting nothing that is known. */
  readonly trusted: readonly Trusted[] | undefined;
}

/** How certificates live and change, in milliseconds. */
export interface RotationTimes extends Lifetimes {
  /** How long every API server has to notice a new authority before something is served that it signed. */
  readonly agingMs: number;
}

/** A new state of the Secret. */
export type SecretStep =
  /** Nobody trusts anything yet: an authority and a serving certificate, at once. */
  | { readonly kind: "begin" }
  /** A serving certificate by the same authority. */
  | { readonly kind: "renew" }
  /** An authority that is to come after this one. */
  | { readonly kind: "announce" }
  /** APIServices trust authorities that the Secret does not know: they stay until what they may have signed has ended. */
  | { readonly kind: "adopt"; readonly authorities: readonly Trusted[] }
  /** Every APIService trusts the next authority: its age counts from this moment. */
  | { readonly kind: "trusted" }
  /** One does not any more: its age will count anew. */
  | { readonly kind: "distrusted" }
  /** The next authority signs; the former one goes on being trusted. At the last moment not everybody has to trust the next. */
  | { readonly kind: "promote" }
  /** Nothing valid is left of the former authorities, and no APIService trusts them. */
  | { readonly kind: "retire" };

/** The one next thing to do. Any replica may do it, and may die before or after. */
export type RotationStep =
  | SecretStep
  /** These APIServices are to trust exactly these authorities. */
  | { readonly kind: "publish"; readonly names: readonly string[]; readonly authorities: readonly Trusted[] }
  | { readonly kind: "rest" };

/**
 * Decides what comes next, from the Secret, from the bundles of this server's APIServices as they were read after it, and
 * from `rotateAfterMs`: an authority that was made before this moment is replaced (undefined: none is, but for its age).
 *
 * What holds at any time, whoever does which step: every certificate that a replica may serve verifies against every
 * bundle that is not empty. Therefore an authority is trusted everywhere before it signs, and until what it signed has
 * ended; and a bundle never loses an authority that the Secret does not know. The one exception is the last moment
 * (`isAboutToEnd`): the next authority then signs for those that trust it, so that one APIService that cannot be read or
 * written does not end the certificate for all.
 */
export function nextStep(
  state: RotationState,
  bundles: readonly Bundle[],
  nowMs: number,
  times: RotationTimes,
  rotateAfterMs?: number,
): RotationStep {
  const { authority, next, former, formerUntilMs, trustedSinceMs } = state;
  const wanted = wantedAuthorities(state, nowMs);
  const known = bundles.flatMap(({ name, trusted }) => (trusted === undefined ? [] : [{ name, trusted }]));
  const allKnown = known.length === bundles.length;
  if (!allKnown && !isOurs(state)) return { kind: "rest" };
  const unknown = unknownAuthorities(state, known, nowMs);
  if (unknown.length > 0) return { kind: "adopt", authorities: unknown };

  if (authority === undefined && next === undefined) {
    return { kind: known.some(({ trusted }) => trusted.some(isIn(wanted))) ? "announce" : "begin" };
  }
  // Before anything that needs the APIServices: their trouble must not keep a certificate from being renewed.
  if (authority?.keyPem !== undefined && isLeafDue(state, authority, nowMs, times)) return { kind: "renew" };
  if (next === undefined && isDue(authority, nowMs, times, rotateAfterMs)) return { kind: "announce" };

  const trusting = next === undefined ? known : known.filter(({ trusted }) => trusted.some(isIn([next])));
  const isOld = next !== undefined && nowMs - next.madeMs >= times.agingMs;
  const trustedBySome = trusting.length > 0 && trusting.length < bundles.length;
  if (isOld && trustedBySome && isAboutToEnd(lastEndMs(state), nowMs, times)) return { kind: "promote" };
  if (trustedSinceMs !== undefined && trusting.length < known.length) return { kind: "distrusted" };
  const stale = known.filter(({ trusted }) => !isSame(trusted, wanted)).map(({ name }) => name);
  if (stale.length > 0) return { kind: "publish", names: stale, authorities: wanted };

  if (!allKnown) return { kind: "rest" };
  if (next !== undefined && trustedSinceMs === undefined) return { kind: "trusted" };
  if (next !== undefined && nowMs - (trustedSinceMs ?? nowMs) >= times.agingMs) return { kind: "promote" };
  return { kind: former.length > 0 && formerUntilMs <= nowMs ? "retire" : "rest" };
}

/** Whether so little is left of a certificate that it is better to be trusted by some than by nobody: a day of thirty. */
export function isAboutToEnd(endsMs: number, nowMs: number, { leafMs }: Pick<RotationTimes, "leafMs">): boolean {
  return endsMs - nowMs < leafMs / 30;
}

/** Whether the Secret has what only the adapter writes; without it an APIService that cannot be read may have an injector. */
function isOurs({ authority, next }: RotationState): boolean {
  return authority === undefined ? next !== undefined : authority.keyPem !== undefined;
}

/** When the last certificate ends that a replica may serve; a lost one may be as good as its authority. */
function lastEndMs({ authority, leaf, formerUntilMs }: RotationState): number {
  return Math.max(formerUntilMs, leaf?.endsMs ?? authority?.endsMs ?? 0);
}

/** What every APIService is to trust. */
function wantedAuthorities(
  { authority, next, former, formerUntilMs }: RotationState,
  nowMs: number,
): readonly Trusted[] {
  const needed = formerUntilMs > nowMs ? former : [];
  const all = [authority, next, ...needed].filter((each) => each !== undefined && each.endsMs > nowMs);
  return [...new Map(all.flatMap((each) => (each === undefined ? [] : [[each.id, each]]))).values()];
}

/** Valid ones only: what an ended authority signed is refused anyway. */
function unknownAuthorities(
  { authority, next, former }: RotationState,
  bundles: readonly { readonly trusted: readonly Trusted[] }[],
  nowMs: number,
): readonly Trusted[] {
  const known = isIn([authority, next, ...former].filter((each) => each !== undefined));
  const unknown = bundles.flatMap(({ trusted }) => trusted).filter((each) => each.endsMs > nowMs && !known(each));
  return [...new Map(unknown.map((each) => [each.id, each])).values()];
}

/**
 * A third of its life is left for an API that is down. One that ends with its authority, which certificates say in whole
 * seconds, cannot be made longer.
 */
function isLeafDue({ leaf }: RotationState, authority: Authority, nowMs: number, { leafMs }: RotationTimes): boolean {
  if (leaf === undefined) return true;
  return leaf.endsMs - nowMs < leafMs / 3 && authority.endsMs - leaf.endsMs > 1_000;
}

/** Early enough that its certificates live as long as others. Without its key it is due at once. */
function isDue(
  authority: Authority | undefined,
  nowMs: number,
  { leafMs }: RotationTimes,
  rotateAfterMs: number | undefined,
): boolean {
  if (authority?.keyPem === undefined || authority.endsMs - nowMs < 3 * leafMs) return true;
  return rotateAfterMs !== undefined && rotateAfterMs <= nowMs && authority.madeMs < rotateAfterMs;
}

function isIn(authorities: readonly Trusted[]): (authority: Trusted) => boolean {
  const ids = new Set(authorities.map(({ id }) => id));
  return ({ id }) => ids.has(id);
}

function isSame(a: readonly Trusted[], b: readonly Trusted[]): boolean {
  return a.length === b.length && a.every(isIn(b));
}
