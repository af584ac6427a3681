import type { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import { fail, ok, type Result } from "../result.ts";
import { readSubject } from "./certificate-subject.ts";
import type { Peer, ReadPeer } from "./peer.ts";
import { firstHeader, headerLines, headerValues, type RawHeaders } from "./raw-headers.ts";
import type { ReadTrust, TrustAnchors } from "./trust-anchors.ts";

/** Who asks, as Kubernetes knows them. */
export interface User {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/**
 * Asks the Kubernetes API whose token this is (TokenReview); undefined when it is nobody's. `from` is the address that it came
 * from, as far as that is known: whoever sends many bad ones waits behind themselves.
 */
export type ReviewToken = (token: string, from: string) => Promise<Result<User | undefined, string>>;

/** What a request says about its sender. */
export interface Credentials {
  readonly rawHeaders: RawHeaders;
  readonly socket: Socket;
}

/** Why nobody was recognized: impersonation is not done here, or what was presented is not valid. */
export type IdentityError =
  | { readonly kind: "impersonation" }
  /** For the log. `cause` is made of few words, none of them a client's; `detail` says more. */
  | { readonly kind: "unauthenticated"; readonly cause: string; readonly detail: string };

/** Tells who sends a request. */
export type Authenticate = (credentials: Credentials) => Promise<Result<User, IdentityError>>;

/** What a request is answered as that presents nothing. */
const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"], extra: {} };

/** Why one way of authentication refuses. */
interface Refusal {
  readonly cause: "proxyCertificate" | "proxyName" | "clientCertificate" | "clientUid" | "tokenReview" | "token";
  readonly detail: string;
}

/** The outcome of one way of authentication: a user, no opinion (undefined), or an error. */
type Opinion = Result<User | undefined, Refusal>;

/**
 * Front proxy, client certificate, bearer token: the first that recognizes a user wins. When none does, one error refuses
 * the request, and no opinion at all makes it anonymous (as k8s.io/apiserver, `union.New`).
 *
 * `Impersonate-*` is refused: the aggregator has acted on it already, and ignoring it would lend the sender's own rights.
 */
export function createAuthenticator(deps: {
  readonly readTrust: ReadTrust;
  readonly readPeer: ReadPeer;
  readonly reviewToken: ReviewToken;
  /** Is told of each certificate that a request is known by, but for the front proxy's; default nobody. */
  readonly useCertificate?: (certificate: X509Certificate) => void;
}): Authenticate {
  return async ({ rawHeaders, socket }) => {
    const impersonation = headerLines(rawHeaders, (name) => name.startsWith("impersonate-"));
    if (impersonation.length > 0) return fail({ kind: "impersonation" });

    const peer = deps.readPeer(socket);
    const ways: readonly (() => Opinion | Promise<Opinion>)[] = [
      () => askRequestHeader(rawHeaders, peer, deps.readTrust().requestHeader),
      () => askCertificate(peer, deps.useCertificate),
      () => askToken(rawHeaders, socket.remoteAddress ?? "", deps.reviewToken),
    ];
    const refusals: Refusal[] = [];
    for (const ask of ways) {
      const opinion = await ask();
      if (!opinion.ok) refusals.push(opinion.error);
      else if (opinion.value !== undefined) return ok(addAuthenticated(opinion.value));
    }
    return refusals.length === 0 ? ok(anonymous) : fail(unauthenticated(refusals));
  };
}

function unauthenticated(refusals: readonly Refusal[]): IdentityError {
  const cause = refusals.map((refusal) => refusal.cause).join(" ");
  return { kind: "unauthenticated", cause, detail: refusals.map(({ detail }) => detail).join("; ") };
}

function askRequestHeader(raw: RawHeaders, peer: Peer | undefined, trust: TrustAnchors["requestHeader"]): Opinion {
  if (trust === undefined || peer?.signedByRequestHeaderCa === undefined) return ok(undefined);
  if (!peer.signedByRequestHeaderCa) return refuse("proxyCertificate", notGood("request-header CA", peer));
  const { commonName } = readSubject(peer.certificate);
  if (trust.allowedNames.length > 0 && !trust.allowedNames.includes(commonName)) {
    return refuse("proxyName", `the request-header CA's ${JSON.stringify(commonName)} is not among the allowed names`);
  }
  const name = firstOf(raw, trust.usernameHeaders);
  if (name === undefined) return ok(undefined);
  const uid = firstOf(raw, trust.uidHeaders);
  return ok({
    name,
    ...(uid === undefined ? {} : { uid }),
    groups: trust.groupHeaders.flatMap((header) => headerValues(raw, header)),
    extra: readExtra(raw, trust.extraHeaderPrefixes),
  });
}

function firstOf(raw: RawHeaders, names: readonly string[]): string | undefined {
  return names.map((name) => firstHeader(raw, name)).find((value) => value !== undefined && value !== "");
}

/** `X-Remote-Extra-Example.com%2fKey: v` is `example.com/key: [v]`; lines of one key add up. */
function readExtra(raw: RawHeaders, prefixes: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const pairs = prefixes.flatMap((prefix) => {
    const start = prefix.toLowerCase();
    const lines = headerLines(raw, (name) => name.startsWith(start));
    return lines.map(({ name, value }) => ({ key: decodeKey(name.slice(start.length)), value }));
  });
  const pairsByKey = Map.groupBy(pairs, ({ key }) => key);
  return Object.fromEntries([...pairsByKey].map(([key, found]) => [key, found.map(({ value }) => value)]));
}

/** What is not percent-encoded stays as it is, as in the kube-apiserver. */
function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function askCertificate(peer: Peer | undefined, use?: (certificate: X509Certificate) => void): Opinion {
  if (peer?.signedByClientCa === undefined) return ok(undefined);
  if (!peer.signedByClientCa) return refuse("clientCertificate", notGood("client CA", peer));
  const { commonName, organizations, uids } = readSubject(peer.certificate);
  if (commonName === "") return ok(undefined);
  const [uid, ...further] = uids;
  if (uid === "" || further.length > 0)
    return refuse("clientUid", "the client certificate has an empty UID, or several");
  use?.(peer.certificate);
  const digest = peer.certificate.fingerprint256.replaceAll(":", "").toLowerCase();
  const extra = { "authentication.kubernetes.io/credential-id": [`X509SHA256=${digest}`] };
  return ok({ name: commonName, ...(uid === undefined ? {} : { uid }), groups: organizations, extra });
}

async function askToken(raw: RawHeaders, from: string, reviewToken: ReviewToken): Promise<Opinion> {
  const [scheme = "", token = ""] = (firstHeader(raw, "authorization") ?? "").trim().split(" ");
  if (scheme.toLowerCase() !== "bearer" || token === "") return ok(undefined);
  const review = await reviewToken(token, from);
  if (!review.ok) return refuse("tokenReview", `the bearer token could not be reviewed: ${review.error}`);
  return review.value === undefined ? refuse("token", "the bearer token is not valid") : ok(review.value);
}

function refuse(cause: Refusal["cause"], detail: string): Opinion {
  return fail({ cause, detail });
}

function notGood(authority: string, { problem }: Peer): string {
  return `the client certificate is not good under the ${authority}${problem === undefined ? "" : ` (${problem})`}`;
}

/** The aggregator's own users come without groups; RBAC reaches them as `system:authenticated`. */
function addAuthenticated(user: User): User {
  const known = user.groups.includes("system:authenticated") || user.groups.includes("system:unauthenticated");
  if (known || user.name === anonymous.name) return user;
  return { ...user, groups: [...user.groups, "system:authenticated"] };
}
