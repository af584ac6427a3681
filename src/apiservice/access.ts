import { fail, ok, type Result } from "../result.ts";
import type { User } from "./identity.ts";
import type { RequestAttributes } from "./request-attributes.ts";
import { failure, type Status } from "./status.ts";

/** The spec of a SubjectAccessReview (authorization.k8s.io/v1). */
export type AccessSpec = RequestAttributes & {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
};

/** Asks the Kubernetes API whether somebody may do something. `reason` is the authorizer's, often empty. */
export type ReviewAccess = (
  spec: AccessSpec,
) => Promise<Result<{ readonly allowed: boolean; readonly reason: string }, string>>;

/** Why a request is not allowed. */
export type AccessError =
  | { readonly kind: "forbidden"; readonly reason: string }
  /** Nobody could say; the request is refused all the same. `detail` is for the log. */
  | { readonly kind: "unknown"; readonly detail: string }
  /** Too many requests of the same user wait to be decided. */
  | { readonly kind: "crowded" };

/** Decides whether a user may make a request. */
export type Authorize = (user: User, attributes: RequestAttributes) => Promise<Result<void, AccessError>>;

/** Who and what needs no review. */
export interface AlwaysAllowed {
  /** Default of Kubernetes: `system:masters`, so that availability probes never depend on a review. */
  readonly groups: readonly string[];
  /** Non-resource paths; one that ends in `*` is a prefix. */
  readonly paths: readonly string[];
}

/** Looks at what is always allowed, then asks `reviewAccess`. Without an answer nothing is allowed. */
export function createAuthorizer(reviewAccess: ReviewAccess, always: AlwaysAllowed): Authorize {
  return async (user, attributes) => {
    if (user.groups.some((group) => always.groups.includes(group))) return ok(undefined);
    if (isAlwaysAllowedPath(attributes, always.paths)) return ok(undefined);
    const review = await reviewAccess(accessSpec(user, attributes));
    if (!review.ok) return fail({ kind: "unknown", detail: review.error });
    return review.value.allowed ? ok(undefined) : fail({ kind: "forbidden", reason: review.value.reason });
  };
}

/** Says who may not do what, in the words of the kube-apiserver. */
export function forbidden(user: User, attributes: RequestAttributes, reason: string): Status {
  const tail = reason === "" ? "" : `: ${reason}`;
  const who = `User ${JSON.stringify(user.name)} cannot`;
  if ("nonResourceAttributes" in attributes) {
    const { verb, path } = attributes.nonResourceAttributes;
    return failure("Forbidden", `forbidden: ${who} ${verb} path ${JSON.stringify(path)}${tail}`, {});
  }
  const { resource, subresource, name, group, verb, namespace } = attributes.resourceAttributes;
  const subject = `${resource}.${group}${name === undefined ? "" : ` ${JSON.stringify(name)}`} is forbidden`;
  const what = JSON.stringify(subresource === undefined ? resource : `${resource}/${subresource}`);
  const where = namespace === undefined ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  return failure(
    "Forbidden",
    `${subject}: ${who} ${verb} resource ${what} in API group ${JSON.stringify(group)} ${where}${tail}`,
    { ...(name === undefined ? {} : { name }), group, kind: resource },
  );
}

function isAlwaysAllowedPath(attributes: RequestAttributes, allowed: readonly string[]): boolean {
  if ("resourceAttributes" in attributes) return false;
  const { path } = attributes.nonResourceAttributes;
  return allowed.some((entry) => (entry.endsWith("*") ? path.startsWith(entry.slice(0, -1)) : path === entry));
}

function accessSpec({ name, groups, uid, extra }: User, attributes: RequestAttributes): AccessSpec {
  return { user: name, groups, ...(uid === undefined ? {} : { uid }), extra, ...attributes };
}
