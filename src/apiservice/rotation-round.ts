import { fail, ok, type Result } from "../result.ts";
import type { Credentials, Leaf, Trusted } from "./credentials.ts";
import { injectorOf, type Refusal, type Registration, type Registrations, type SharedSecret } from "./registration.ts";
import { earlyProblem, readRotationState, type RotationState, writeRotationState } from "./rotation-state.ts";
import { type Bundle, isAboutToEnd, nextStep, type RotationStep, type RotationTimes } from "./rotation-step.ts";
import { takeStep } from "./take-step.ts";

/** What a round works with. */
export interface RoundOptions {
  readonly readSecret: () => Promise<Result<SharedSecret, Refusal>>;
  readonly readApiServices: () => Promise<Registrations>;
  /** The Service of this server, as `{namespace}/{name}`. */
  readonly service: string;
  readonly credentials: Credentials;
  readonly times: RotationTimes;
  /** Unix, in milliseconds. */
  readonly now: () => number;
}

/** What a round found and did. */
export interface RoundOutcome {
  /** What may be served; undefined when there is nothing yet. */
  readonly leaf: Leaf | undefined;
  readonly step: RotationStep["kind"] | "injected";
  /** What became of the step: taken, not taken because somebody else was faster, or refused. */
  readonly end: "done" | "overtaken" | "refused";
  /** What is wrong with the Secret and the APIServices, one line each, and why a step was refused. */
  readonly problems: readonly string[];
  /** Whether this server is registered and trusted, and nothing is under way. */
  readonly settled: boolean;
}

/** An authority made before this moment (RFC 3339) is replaced. */
const rotateAfter = "vm-metrics-adapter/rotate-after";

/** How far the clock may be from the Kubernetes API's: a minute, and the second to which HTTP says it. */
const maxSkewMs = 61_000;

/**
 * Reads the Secret, then the APIServices, and takes the next step. `served` is what this replica serves so far. Fails when
 * the Secret cannot be read. No step is taken while the clock differs from the Kubernetes API's: certificates would be made
 * that are not valid yet, or forgotten while they are needed.
 *
 * One APIService with an injector (`injectorOf`) turns all of it off, for the others, too: `tls.crt` and `tls.key` of the Secret are served as
 * whoever owns them wrote them, once the injector has written their authority, and nothing is written.
 */
export async function rotationRound(
  options: RoundOptions,
  served: Leaf | undefined,
): Promise<Result<RoundOutcome, Refusal>> {
  const { readSecret, readApiServices, service, credentials, times, now } = options;
  const readMs = now();
  const secret = await readSecret();
  if (!secret.ok) return secret;
  const heardMs = now();
  const { found, unread } = await readApiServices();
  const own = found.filter((each) => each.service === service);
  const unreadProblems = unread.map(({ name, detail }) => `${name}: ${detail}`);
  if (own.some((each) => injectorOf(each) !== undefined)) {
    const followed = followInjector(secret.value, own, served, options);
    return ok({ ...followed, problems: [...followed.problems, ...unreadProblems] });
  }

  const { state, problems: stateProblems } = readRotationState(secret.value.data, credentials, readMs);
  const problems = [...stateProblems, ...unreadProblems];
  const bundles = [
    ...own.map(({ name, caBundle }) => ({ name, trusted: credentials.readBundle(caBundle) })),
    ...unread.map(({ name }) => ({ name, trusted: undefined })),
  ];
  const step = nextStep(state, bundles, readMs, times, toldMs(secret.value));
  const written = await carryOut();
  const refusal = written.ok || written.error.kind === "conflict" ? undefined : written.error.detail;
  return ok({
    leaf: isServable(state, bundles, served, options) ? state.leaf : served,
    step: step.kind,
    end: written.ok ? "done" : refusal === undefined ? "overtaken" : "refused",
    problems: refusal === undefined ? problems : [...problems, `${step.kind}: ${refusal}`],
    settled: step.kind === "rest" && state.next === undefined && own.length > 0 && unread.length === 0,
  });

  async function carryOut(): Promise<Result<void, Refusal>> {
    if (step.kind === "rest") return ok(undefined);
    const skew = secret.ok ? skewOf(secret.value, readMs, heardMs) : undefined;
    if (skew !== undefined) return fail({ kind: "skewed", detail: skew });
    if (step.kind !== "publish") {
      const changed = await takeStep(step, state, credentials, now(), times);
      return secret.ok ? secret.value.replace(writeRotationState(changed)) : secret;
    }
    // Whoever was held up knows an old Secret, which may lack an authority that signs by now.
    if (now() - readMs > times.agingMs / 2) return fail({ kind: "conflict", detail: "this took too long" });
    const pem = step.authorities.map(({ certPem }) => certPem).join("");
    const stale = own.filter(({ name }) => step.names.includes(name));
    const answers = await Promise.all(stale.map(async (each) => each.replaceBundle(pem)));
    return answers.find((answer) => !answer.ok) ?? ok(undefined);
  }
}

/** How this clock, which said `askedMs` and `heardMs` around the reading, differs from the API's; undefined when it does not. */
function skewOf({ readAtMs }: SharedSecret, askedMs: number, heardMs: number): string | undefined {
  if (readAtMs === undefined) return undefined;
  const aheadMs = Math.max(0, askedMs - readAtMs) - Math.max(0, readAtMs - heardMs);
  if (Math.abs(aheadMs) <= maxSkewMs) return undefined;
  return `the clock here is more than a minute ${aheadMs > 0 ? "ahead of" : "behind"} that of the Kubernetes API`;
}

/** In whole seconds, because certificates say them so: an authority that was made right after is not replaced again. */
function toldMs({ annotations }: SharedSecret): number | undefined {
  const ms = Date.parse(annotations[rotateAfter] ?? "");
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1_000) * 1_000;
}

/**
 * A certificate by another authority than the one that is served (a Secret from a backup, say) waits until every
 * APIService trusts it, or the old one has ended; when it is about to end, it is enough that some do.
 */
function isServable(
  { authority, leaf }: RotationState,
  bundles: readonly Bundle[],
  served: Leaf | undefined,
  { credentials, now, times }: RoundOptions,
): boolean {
  if (authority === undefined || leaf === undefined) return false;
  if (served === undefined || served.endsMs <= now() || credentials.readLeaf(served, authority).ok) return true;
  const trusting = bundles.filter(({ trusted }) => trusted?.some(({ id }) => id === authority.id) === true);
  return trusting.length === bundles.length || (trusting.length > 0 && isAboutToEnd(served.endsMs, now(), times));
}

function followInjector(
  { data }: SharedSecret,
  registrations: readonly Registration[],
  served: Leaf | undefined,
  options: RoundOptions,
): RoundOutcome {
  const { readBundle } = options.credentials;
  const injected = registrations.filter((each) => injectorOf(each) !== undefined);
  const read = readInjected(data, options);
  const bundles = injected.map(({ caBundle }) => readBundle(caBundle));
  const waits = isAhead(readBundle(data["ca.crt"] ?? ""), bundles, served, options);
  const leaf = read.ok && !waits ? read.value : served;
  return {
    leaf,
    step: "injected",
    problems: [...(read.ok ? [] : [`tls.crt: ${read.error}`]), ...forgotten(registrations, injected, leaf, options)],
    end: "done",
    settled: read.ok && !waits,
  };
}

function readInjected(data: SharedSecret["data"], { credentials, now }: RoundOptions): Result<Leaf, string> {
  const read = credentials.readLeaf({ certPem: data["tls.crt"] ?? "", keyPem: data["tls.key"] ?? "" });
  const early = read.ok ? earlyProblem(read.value, now()) : undefined;
  return early === undefined ? read : fail(early);
}

/** Nobody writes the bundles of those without an injector, so each that does not trust what is served is told by its name. */
function forgotten(
  registrations: readonly Registration[],
  injected: readonly Registration[],
  leaf: Leaf | undefined,
  { credentials: { readBundle, readLeaf } }: RoundOptions,
): readonly string[] {
  if (leaf === undefined) return [];
  const names = injected.map(({ name }) => name).join(", ");
  return registrations
    .filter((each) => !injected.includes(each))
    .filter(({ caBundle }) => !readBundle(caBundle).some((authority) => readLeaf(leaf, authority).ok))
    .map(
      ({ name }) =>
        `${name}: it does not trust the certificate that is served, and has no injector though ${names} has one`,
    );
}

/**
 * Whether the Secret has an authority that its injector has yet to write. As soon as an APIService does not trust the
 * certificate that is served, nothing is gained by waiting.
 */
function isAhead(
  authorities: readonly Trusted[],
  bundles: readonly (readonly Trusted[])[],
  served: Leaf | undefined,
  { credentials, now }: RoundOptions,
): boolean {
  if (served === undefined || served.endsMs <= now()) return false;
  return (
    bundles.every((trusted) => trusted.some((authority) => credentials.readLeaf(served, authority).ok)) &&
    !bundles.every((trusted) => authorities.every(({ id }) => trusted.some((each) => each.id === id)))
  );
}
