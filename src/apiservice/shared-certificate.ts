import type { KeyPair } from "./certificates.ts";
import type { Leaf } from "./credentials.ts";
import type { Log } from "./log.ts";
import { type RoundOptions, type RoundOutcome, rotationRound } from "./rotation-round.ts";
import { makeUntrustedPair, type ServingCertificate } from "./serving-certificate.ts";

/** How to follow the certificate in the Secret. */
export interface SharedCertificateOptions extends RoundOptions {
  readonly log: Log;
  /** Between two rounds in which nothing is under way, in milliseconds. */
  readonly roundMs: number;
  /** Uniform in [0, 1): replicas do not act in step. */
  readonly random: () => number;
}

/** Between rounds while something is under way, and right after a change. */
const [unsettledMs, changedMs] = [2_000, 100];

/** What goes on being wrong is told again after so long: nobody reads the log of the day a trouble began. */
const retellMs = 3_600_000;

const messages: Readonly<Record<RoundOutcome["step"], string>> = {
  begin: "An authority and a serving certificate were made",
  renew: "The serving certificate was renewed",
  announce: "An authority was made that is to follow the present one",
  adopt: "The APIServices trust an authority that the Secret does not know; it stays for the life of a certificate",
  publish: "The CA bundles of the APIServices were written",
  trusted: "Every APIService trusts the next authority",
  distrusted: "An APIService does not trust the next authority; its age counts anew",
  promote: "The next authority has signed a new serving certificate",
  retire: "The former authorities are not trusted any more",
  rest: "The serving certificate is in order",
  injected: "The APIServices have their CA bundles from somebody else; the Secret and they are only read",
};

/**
 * The certificate that replicas share in a Secret. `refresh` is a round of its rotation (`rotationRound`). Until the Secret
 * has a certificate, one is served that nobody trusts, and `problem` says so; later the last good one stays, and `problem`
 * says when it has ended.
 */
export async function createSharedCertificate(options: SharedCertificateOptions): Promise<ServingCertificate> {
  const { log, now, random, roundMs } = options;
  let served: Leaf | undefined;
  let pauseMs = changedMs;
  let [toldStep, toldTrouble, toldMs] = ["", "", 0];

  function tell({ step, end, problems }: RoundOutcome): void {
    if (end === "done" && step !== toldStep) log(step === "rest" ? "debug" : "info", messages[step]);
    if (end === "done") toldStep = step;
    tellTrouble(problems.join("; "));
  }
  function tellTrouble(trouble: string): void {
    if (trouble === toldTrouble && now() - toldMs < retellMs) return;
    if (trouble !== "") log("warning", "Cannot keep the serving certificate in order", { trouble });
    [toldTrouble, toldMs] = [trouble, now()];
  }
  async function refresh(): Promise<KeyPair | undefined> {
    const outcome = await rotationRound(options, served);
    if (!outcome.ok) {
      pauseMs = Math.min(unsettledMs, roundMs);
      tellTrouble(outcome.error.detail);
      return undefined;
    }
    tell(outcome.value);
    pauseMs = pauseAfter(outcome.value, roundMs);
    const before = served;
    served = outcome.value.leaf;
    return served?.certPem === before?.certPem ? undefined : served;
  }

  function problem(): string | undefined {
    if (served === undefined) return "the Secret has no serving certificate yet";
    return served.endsMs <= now() ? "the serving certificate has ended" : undefined;
  }

  // Those who find an empty Secret need a second round.
  const first = (await refresh()) ?? (pauseMs === changedMs ? await refresh() : undefined);
  return {
    keyPair: first ?? (await makeUntrustedPair([], now())),
    refresh,
    problem,
    pauseMs: () => pauseMs * (1 + random() / 2),
  };
}

function pauseAfter({ step, end, settled }: RoundOutcome, roundMs: number): number {
  if (end === "overtaken" || (end === "done" && step !== "rest" && step !== "injected")) return changedMs;
  return settled ? roundMs : Math.min(unsettledMs, roundMs);
}
