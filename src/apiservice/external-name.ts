/**
 * The name of the external metric that is meant by a name in a path. Kubernetes' Go client, and so the
 * HorizontalPodAutoscaler, writes it in lower case, as it does with every resource (k8s.io/client-go, `Request.URL`). A name
 * that is not known, or could be several, is left as it is.
 */
export function externalName(written: string, known: readonly string[]): string {
  const [name, ...others] = known.filter((each) => each.toLowerCase() === written);
  return name === undefined || others.length > 0 ? written : name;
}
