import { describe, expect, test } from "vitest";
import type { RotationState } from "../../src/apiservice/rotation-state.ts";
import { type Bundle, nextStep, type RotationStep } from "../../src/apiservice/rotation-step.ts";
import { authority, leaf } from "../support/fake-credentials.ts";

const s = 1_000;
const times = { authorityMs: 1_000 * s, leafMs: 90 * s, agingMs: 10 * s };
const nowMs = 5_000 * s;
const [later, soon] = [nowMs + 600 * s, nowMs + 200 * s];

const ca = authority("ca", nowMs - 100 * s, later);
const nearItsEnd = authority("caNearItsEnd", nowMs - 800 * s, soon);
const keyless = { ...ca, keyPem: undefined };
const next = authority("caNext", nowMs, nowMs + 1_000 * s);
const former = authority("caFormer", 0, later);
const foreign = authority("caForeign", 0, later);
const ended = authority("caEnded", 0, nowMs);

const fresh = leaf("leaf", nowMs + 60 * s, ca);
const due = leaf("leafDue", nowMs + 29 * s, ca);

const empty: RotationState = {
  authority: undefined,
  leaf: undefined,
  next: undefined,
  trustedSinceMs: undefined,
  former: [],
  formerUntilMs: 0,
};
const good: RotationState = { ...empty, authority: ca, leaf: fresh };
const announced: RotationState = { ...good, next };
const trusted: RotationState = { ...announced, trustedSinceMs: nowMs - 9 * s };
const aged: RotationState = { ...announced, trustedSinceMs: nowMs - 10 * s };
const promoted: RotationState = { ...good, former: [former], formerUntilMs: nowMs + s };
const over: RotationState = { ...promoted, formerUntilMs: nowMs };

const short = authority("caShort", 0, nowMs + 2 * s);
const old = authority("caOld", nowMs - 10 * s, later);
const ending: RotationState = { ...empty, authority: short, leaf: leaf("leaf", nowMs + 2 * s, short), next: old };

/** APIServices, each with these authorities; `undefined` for one that could not be read. */
function bundles(...each: readonly (readonly (typeof ca)[] | undefined)[]): readonly Bundle[] {
  return each.map((authorities, index) => ({ name: `v${index + 1}`, trusted: authorities }));
}

/** `publish v1 v2: ca caNext` and the like. */
function brief(step: RotationStep): string {
  const ids = "authorities" in step ? step.authorities.map(({ id }) => id).join(" ") : "";
  if (step.kind === "publish") return `publish ${step.names.join(" ")}: ${ids}`;
  return step.kind === "adopt" ? `adopt ${ids}` : step.kind;
}

describe("nextStep()", () => {
  test.for([
    // 1: from nothing to a server that is trusted
    ["an empty Secret, nobody registered", empty, bundles(), "begin"],
    ["an empty Secret, nobody trusts anything", empty, bundles([], []), "begin"],
    ["an empty Secret, only ended authorities are trusted", empty, bundles([ended]), "begin"],
    ["a first certificate", good, bundles([], []), "publish v1 v2: ca"],
    ["one APIService behind", good, bundles([ca], []), "publish v2: ca"],
    ["all is well", good, bundles([ca], [ca]), "rest"],
    ["all is well, nobody registered", good, bundles(), "rest"],
    // a certificate alone
    ["a third of the certificate's life is left", { ...good, leaf: due }, bundles([ca]), "renew"],
    ["no certificate", { ...good, leaf: undefined }, bundles([ca]), "renew"],
    ["a certificate to renew comes before bundles", { ...good, leaf: due }, bundles([]), "renew"],
    ["a certificate to renew comes before a promotion", { ...aged, leaf: due }, bundles([ca, next]), "renew"],
    [
      "a certificate that ends with its authority",
      { ...announced, authority: authority("caShort", 0, nowMs + 20 * s), leaf: leaf("l", nowMs + 20 * s, ca) },
      bundles([authority("caShort", 0, nowMs + 20 * s), next]),
      "trusted",
    ],
    // 2: a new authority beside the old one
    ["three lives of a certificate are left", { ...good, authority: nearItsEnd }, bundles([nearItsEnd]), "announce"],
    ["the key is lost", { ...good, authority: keyless }, bundles([ca]), "announce"],
    ["the key and the certificate are lost", { ...good, authority: keyless, leaf: undefined }, bundles([]), "announce"],
    ["announced", announced, bundles([ca], [ca]), "publish v1 v2: ca caNext"],
    ["announced in one of two", announced, bundles([ca], [next, ca]), "publish v1: ca caNext"],
    ["announced in both", announced, bundles([ca, next], [next, ca]), "trusted"],
    ["younger than five minutes", trusted, bundles([ca, next]), "rest"],
    ["one lost it again", trusted, bundles([ca, next], [ca]), "distrusted"],
    ["one lost it when it was old enough", aged, bundles([ca, next], [ca]), "distrusted"],
    ["one was registered in between", trusted, bundles([ca, next], []), "distrusted"],
    // 3 and 4: the new one signs, the old one goes
    ["aged", aged, bundles([ca, next], [ca, next]), "promote"],
    ["aged, nobody registered", aged, bundles(), "promote"],
    ["promoted, the former one is needed", promoted, bundles([former, ca]), "rest"],
    ["promoted, one lacks the former one", promoted, bundles([ca]), "publish v1: ca caFormer"],
    ["what it signed has ended", over, bundles([former, ca], [ca]), "publish v1: ca"],
    ["nobody trusts it any more", over, bundles([ca], [ca]), "retire"],
    // one that cannot be read trusts nothing that is known
    ["an empty Secret, one cannot be read", empty, bundles([], undefined), "rest"],
    [
      "what an injector may own: no key, one cannot be read",
      { ...good, authority: keyless },
      bundles([ca], undefined),
      "rest",
    ],
    [
      "what an injector may own: no key, none can be read",
      { ...announced, authority: keyless },
      bundles(undefined),
      "rest",
    ],
    ["what an injector may own: no authority, one cannot be read", empty, bundles([foreign], undefined), "rest"],
    ["a lost Secret, announced, one cannot be read", { ...empty, next }, bundles([], undefined), "publish v1: caNext"],
    ["a certificate to renew, none can be read", { ...good, leaf: due }, bundles(undefined), "renew"],
    ["an authority to replace, none can be read", { ...good, authority: nearItsEnd }, bundles(undefined), "announce"],
    ["announced, one cannot be read", announced, bundles([ca], undefined), "publish v1: ca caNext"],
    ["announced, all trust it but one that cannot be read", announced, bundles([ca, next], undefined), "rest"],
    ["aged, one cannot be read", aged, bundles([ca, next], undefined), "rest"],
    ["what it signed has ended, one cannot be read", over, bundles([ca], undefined), "rest"],
    // the last moment: better for some than for none
    ["the end is near, one lacks the next authority", ending, bundles([short, old], [short]), "promote"],
    ["the end is near, everybody trusts the next one", ending, bundles([short, old]), "trusted"],
    ["the end is near, one cannot be read", ending, bundles([short, old], undefined), "promote"],
    ["the end is near, nobody trusts the next one", ending, bundles([short]), "publish v1: caShort caOld"],
    ["the end is near, nobody is known to", ending, bundles(undefined), "rest"],
    [
      "the end is near, the next one is younger than five minutes",
      { ...ending, next },
      bundles([short, next], [short]),
      "publish v2: caShort caNext",
    ],
    [
      "the end is near of all but what a former authority signed",
      { ...ending, former: [former], formerUntilMs: nowMs + 4 * s },
      bundles([short, old, former], undefined),
      "rest",
    ],
    // what the Secret does not know
    ["another authority is trusted", good, bundles([ca, foreign], [foreign]), "adopt caForeign"],
    ["another authority that has ended is trusted", good, bundles([ca, ended]), "publish v1: ca"],
    ["a lost Secret, a trusted authority", empty, bundles([foreign]), "adopt caForeign"],
    [
      "a lost Secret, an adopted authority",
      { ...empty, former: [foreign], formerUntilMs: later },
      bundles([foreign]),
      "announce",
    ],
    [
      "a lost Secret, announced",
      { ...empty, next, former: [foreign], formerUntilMs: later },
      bundles([foreign]),
      "publish v1: caNext caForeign",
    ],
    [
      "a lost Secret, aged",
      { ...empty, next, trustedSinceMs: nowMs - 10 * s, former: [foreign], formerUntilMs: later },
      bundles([foreign, next]),
      "promote",
    ],
    [
      "a lost Secret, what was adopted is over",
      { ...empty, former: [foreign], formerUntilMs: nowMs },
      bundles([foreign]),
      "begin",
    ],
  ] as const)("%s", ([, state, seen, step]) => {
    expect(brief(nextStep(state, seen, nowMs, times))).toBe(step);
  });

  test.for([
    ["made before", ca.madeMs + 1, "announce"],
    ["made then", ca.madeMs, "rest"],
    ["not yet", nowMs + s, "rest"],
  ] as const)("an authority is replaced when told to: %s", ([, rotateAfterMs, step]) => {
    expect(nextStep(good, bundles([ca]), nowMs, times, rotateAfterMs).kind).toBe(step);
  });
});
