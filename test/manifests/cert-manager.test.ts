import { describe, expect, test } from "vitest";
import { flagsOf, readManifest } from "../../sandbox/manifest.ts";
import { injectorOf } from "../../src/apiservice/registration.ts";
import { parseFlags } from "../../src/config/flags.ts";

const objects = readManifest("cert-manager.yaml");
const base = readManifest("apiservice.yaml");
const parsed = parseFlags(flagsOf(base));
const [secretNamespace, secretName] = parsed.ok ? parsed.value.flags["tls-secret"].split("/") : [];

function registered(of: typeof objects) {
  return of.filter(({ kind }) => kind === "APIService");
}

describe("manifests/cert-manager.yaml", () => {
  test("changes nothing of the APIServices but who injects their bundles", () => {
    expect(registered(objects).map(({ spec }) => spec)).toEqual(registered(base).map(({ spec }) => spec));
    for (const { metadata } of registered(objects)) {
      const { annotations = {} } = metadata as { readonly annotations?: Readonly<Record<string, string>> };
      expect(injectorOf({ annotations })).toBe("cert-manager.io/inject-ca-from");
      expect(annotations["cert-manager.io/inject-ca-from"]).toBe(`${secretNamespace}/${secretName}`);
    }
  });

  test("has the Certificate that they name written into the adapter's Secret, for its Service", () => {
    const certificate = objects.find(({ kind, metadata }) => kind === "Certificate" && metadata.name === secretName);
    expect(certificate).toMatchObject({
      metadata: { namespace: secretNamespace },
      spec: { secretName, dnsNames: ["vm-metrics-adapter.vm-metrics-adapter.svc"] },
    });
  });
});
