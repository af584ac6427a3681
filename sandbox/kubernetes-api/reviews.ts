import { type JsonObject, textAt } from "../kubernetes-object.ts";

/** Whom a token belongs to. */
interface TokenUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
}

/** The two questions about identity and access that the stand-in answers by functions of the test. */
export interface ReviewAnswers {
  /** Undefined: not authenticated. */
  readonly userOf: (token: string) => TokenUser | undefined;
  /** Receives the `spec` of a SubjectAccessReview (authorization.k8s.io/v1). */
  readonly isAllowed: (spec: JsonObject) => boolean;
}

/** Token `demo` is user demo; everybody may do everything. */
export const permissive: ReviewAnswers = {
  userOf: (token) => (token === "demo" ? { username: "demo", groups: ["system:authenticated"] } : undefined),
  isAllowed: () => true,
};

/** Answers a posted review, or undefined when the path is not that of a review. */
export function reviewDocument(
  path: string,
  body: JsonObject,
  { userOf, isAllowed }: ReviewAnswers,
): JsonObject | undefined {
  const spec = (body["spec"] ?? {}) as JsonObject;
  switch (path) {
    case "/apis/authentication.k8s.io/v1/tokenreviews": {
      const user = userOf(textAt(spec, "token"));
      const status =
        user === undefined ? { authenticated: false, error: "invalid bearer token" } : { authenticated: true, user };
      return { ...body, kind: "TokenReview", apiVersion: "authentication.k8s.io/v1", spec, status };
    }
    case "/apis/authorization.k8s.io/v1/subjectaccessreviews": {
      const status = isAllowed(spec) ? { allowed: true } : { allowed: false, reason: "refused by the sandbox" };
      return { ...body, kind: "SubjectAccessReview", apiVersion: "authorization.k8s.io/v1", spec, status };
    }
    default:
      return undefined;
  }
}
