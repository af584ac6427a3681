import { expect, test } from "vitest";
import { servedApis, vmApis } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/file.ts";

const [custom, external] = ["custom.metrics.k8s.io", "external.metrics.k8s.io"] as const;

test.for([
  ["", [custom, external], [custom, external]],
  ["vms: {enabled: false}", [], []],
  ["vms: {enabled: no, apis: [custom.metrics.k8s.io]}", [], []],
  ["vms: {apis: [external.metrics.k8s.io]}", [external], [external]],
  ["vms: {enabled: false}\nrules: [{}]", [], [custom]],
  ["vms: {enabled: false}\nexternalRules: [{}]", [], [external]],
  ["vms: {enabled: false}\nrules: []\nresourceRules: {}", [], []],
  ["vms: {apis: [external.metrics.k8s.io]}\nrules: [{}]", [external], [custom, external]],
] as const)("%j serves virtual machines in %j, and in all %j", ([text, ofVms, all]) => {
  const config = parseConfig(text, () => undefined);
  if (!config.ok) throw new Error(JSON.stringify(config.error));
  expect(vmApis(config.value)).toEqual(ofVms);
  expect(servedApis(config.value)).toEqual(all);
});
