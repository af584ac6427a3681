import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { onLoopback, readManifest } from "../../sandbox/manifest.ts";
import { externalMetrics } from "../../src/apiservice/api-group.ts";
import { requestAttributes } from "../../src/apiservice/request-attributes.ts";
import { parseRequestTarget } from "../../src/apiservice/request-target.ts";

const objects = readManifest("external.yaml");
const base = readManifest("apiservice.yaml");
const [apiService, bundleRole, bundleBinding, role] = objects;
const [version] = externalMetrics.versions;
const name = `${version}.${externalMetrics.name}`;

describe("manifests/external.yaml", () => {
  test("registers the version that is served, at the same Service as custom metrics", () => {
    expect(objects.map(({ kind }) => kind)).toEqual(["APIService", "ClusterRole", "ClusterRoleBinding", "ClusterRole"]);
    const custom = base.find(({ kind }) => kind === "APIService");
    expect(apiService).toMatchObject({
      metadata: { name },
      spec: {
        group: externalMetrics.name,
        version,
        service: custom?.spec?.["service"],
      },
    });
    expect(apiService?.spec).not.toHaveProperty("insecureSkipTLSVerify");
  });

  test("allows the adapter to write the bundle of this APIService", () => {
    const rule = { apiGroups: ["apiregistration.k8s.io"], resources: ["apiservices"] };
    expect(bundleRole).toMatchObject({ rules: [{ ...rule, resourceNames: [name], verbs: ["get", "patch"] }] });
    expect(bundleBinding).toMatchObject({
      roleRef: { name: bundleRole?.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: "vm-metrics-adapter", namespace: "vm-metrics-adapter" }],
    });
  });

  test("has a role that permits what a reader of metrics is asked for", () => {
    const target = parseRequestTarget(`/apis/${externalMetrics.name}/${version}/namespaces/shop/cpu-usageCores`);
    const attributes = target.ok ? requestAttributes("GET", target.value) : {};
    expect(attributes).toMatchObject({ resourceAttributes: { group: externalMetrics.name, verb: "list" } });
    expect(role).toMatchObject({
      rules: [
        {
          apiGroups: [externalMetrics.name],
          resources: ["*"],
          verbs: expect.arrayContaining(["list"]) as unknown,
        },
      ],
    });
  });

  test("shares no object with apiservice.yaml", () => {
    function ids(of: typeof objects): readonly string[] {
      return of.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""} ${metadata.name}`);
    }
    expect(ids(objects).filter((id) => ids(base).includes(id))).toEqual([]);
  });

  const look = `kubectl get apiservice ${name} -o jsonpath='{.spec.service.namespace}/{.spec.service.name}'`;
  test.for(["manifests/external.yaml", "README.md"])("%s says how to look whose the API is", (file) => {
    expect(readFileSync(file, "utf8")).toContain(look);
  });
});

test("onLoopback() changes the port of the external APIService, and nothing else", () => {
  const service = { name: "vm-metrics-adapter", namespace: "vm-metrics-adapter", port: 1234 };
  expect(onLoopback(objects, 1234)).toEqual([
    { ...apiService, spec: { ...apiService?.spec, service } },
    bundleRole,
    bundleBinding,
    role,
  ]);
});
