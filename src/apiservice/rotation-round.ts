import { fail, ok, type Result } from "../result.ts";
import type { Credentials, Leaf, Trusted } from "./credentials.ts";
import { injectorOf, type Refusal, type Registration, type SharedSecret } from "./registration.ts";
import { readRotationState, type RotationState, writeRotationState } from "./rotation-state.ts";
import { type Bundle, nextStep, type RotationStep, type RotationTimes } from "./rotation-step.ts";
import { takeStep } from "./take-step.ts";

/** What a round works with. */
export interface RoundOptions {
  readonly readSecret: () => Promise<Result<SharedSecret, Refusal>>;
  /** The APIServices of these APIs that are registered and can be read, this server's or not. */
  readonly readApiServices: () => Promise<Result<readonly Registration[], Refusal>>;
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
  /** What is wrong with the Secret, one line each, and why a step was refused. */
  readonly problems: readonly string[];
  /** Whether this server is registered and trusted, and nothing is under way. */
  readonly settled: boolean;
}

/** An authority made before this moment (RFC 3339) is replaced. */
const rotateAfter = "vm-metrics-adapter/rotate-after";

/**
 * Reads the Secret, then the APIServices, and takes the next step. `served` is what this replica serves so far. Fails when
 * one of them cannot be read: nothing is decided on half the facts.
 *
 * An APIService with an injector (`injectorOf`) turns all of it off: `tls.crt` and `tls.key` of the Secret are served as
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
  const registrations = await readApiServices();
  if (!registrations.ok) return registrations;
  const own = registrations.value.filter((each) => each.service === service);
  const injected = own.filter((each) => injectorOf(each) !== undefined);
  if (injected.length > 0) return ok(followInjector(secret.value, injected, served, options));

  const { state, problems } = readRotationState(secret.value.data, credentials, readMs);
  const bundles = own.map(({ name, caBundle }) => ({ name, trusted: credentials.readBundle(caBundle) }));
  const step = nextStep(state, bundles, readMs, times, toldMs(secret.value));
  const written = await carryOut();
  const refusal = written.ok || written.error.kind === "conflict" ? undefined : written.error.detail;
  return ok({
    leaf: isServable(state, bundles, served, options) ? state.leaf : served,
    step: step.kind,
    end: written.ok ? "done" : refusal === undefined ? "overtaken" : "refused",
    problems: refusal === undefined ? problems : [...problems, `${step.kind}: ${refusal}`],
    settled: step.kind === "rest" && state.next === undefined && bundles.length > 0,
  });

  async function carryOut(): Promise<Result<void, Refusal>> {
    if (step.kind === "rest") return ok(undefined);
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

/** In whole seconds, because certificates say them so: an authority that was made right after is not replaced again. */
function toldMs({ annotations }: SharedSecret): number | undefined {
  const ms = Date.parse(annotations[rotateAfter] ?? "");
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1_000) * 1_000;
}

/**
 * A certificate by another authority than the one that is served (a Secret from a backup, say) waits until every
 * APIService trusts it, or the old one has ended.
 */
function isServable(
  { authority, leaf }: RotationState,
  bundles: readonly Bundle[],
  served: Leaf | undefined,
  { credentials, now }: RoundOptions,
): boolean {
  if (authority === undefined || leaf === undefined) return false;
  if (served === undefined || served.endsMs <= now() || credentials.readLeaf(served, authority).ok) return true;
  return bundles.every(({ trusted }) => trusted.some(({ id }) => id === authority.id));
}

function followInjector(
  { data }: SharedSecret,
  registrations: readonly Registration[],
  served: Leaf | undefined,
  options: RoundOptions,
): RoundOutcome {
  const { readBundle, readLeaf } = options.credentials;
  const read = readLeaf({ certPem: data["tls.crt"] ?? "", keyPem: data["tls.key"] ?? "" });
  const bundles = registrations.map(({ caBundle }) => readBundle(caBundle));
  const waits = isAhead(readBundle(data["ca.crt"] ?? ""), bundles, served, options);
  return {
    leaf: read.ok && !waits ? read.value : served,
    step: "injected",
    problems: read.ok ? [] : [`tls.crt: ${read.error}`],
    end: "done",
    settled: read.ok && !waits,
  };
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
