import { describe, expect, test } from "vitest";
import { compileLabelTemplate, type LabelTemplate } from "../../../src/naming/rules/label-template.ts";

describe("compileLabelTemplate()", () => {
  test.for([
    ["<<.Resource>>", "pod"],
    ["kube_<<.Resource>>", "kube_pod"],
    ["<<.Resource>>_<<.Group>>", "pod_metrics_k8s_io"],
    ["<<if .Group>><<.Group>>_<<end>><<.Resource>>", "metrics_k8s_io_pod"],
    ["<<.>>", "pod.metrics_k8s_io"],
  ] as const)("makes a label by %s", ([text, label]) => {
    const made = compiled(text).labelOf({ group: "metrics.k8s.io", resource: "pod" });
    expect(made).toEqual({ ok: true, value: label });
  });

  test.for([
    ["<<.Resource>>", "pods", { group: "", resource: "pods" }],
    ["kube_<<.Resource>>", "kube_pod", { group: "", resource: "pod" }],
    ["kube_<<.Resource>>", "pod", undefined],
    ["kube_<<.Resource>>", "kube_", undefined],
    ["kube_<<.Group>>_<<.Resource>>", "kube_apps_deployment", { group: "apps", resource: "deployment" }],
    ["kube_<<.Group>>_<<.Resource>>", "kube_kubevirt_io_vm", { group: "kubevirt", resource: "io_vm" }],
    ["k[a-z]+_<<.Resource>>", "kube_pod", { group: "", resource: "pod" }],
    ["<<.Resource>>_<<.Resource>>", "pod_pods", { group: "", resource: "pods" }],
  ] as const)("reads by %s the label %s", ([text, label, resource]) => {
    expect(compiled(text).read(label)).toEqual(resource);
  });

  test.for([
    ["<<.Resource>>", false],
    ["<<.Resource>>_<<.Group>>", true],
  ] as const)("%s tells the group: %j", ([text, hasGroup]) => {
    expect(compiled(text).hasGroup).toBe(hasGroup);
  });

  test("refuses to make an empty label", () => {
    const template = compiled('<<if ne .Resource "node">><<.Resource>><<end>>');
    const error = "empty label produced by label template";
    expect(template.labelOf({ group: "", resource: "node" })).toEqual({ ok: false, error });
  });

  test.for([
    ["pod", "must include at least `{{.Resource}}` in the label template"],
    ["<<.Group>>", "must include at least `{{.Resource}}` in the label template"],
    ['<<"">>', "unable to convert label template to matcher: empty template"],
    [
      "(<<.Resource>>",
      "unable to convert label template to matcher: error parsing regexp: missing closing ): `^((?P<resource>.+?)$`",
    ],
    [
      "<<.Name>>",
      'unable to convert label template to matcher: template: resource-label:1:2: executing "resource-label" at ' +
        "<.Name>: can't evaluate field Name in type schema.GroupResource",
    ],
  ] as const)("refuses %s", ([text, error]) => {
    const template = compileLabelTemplate(text);
    const prefix = `unable to generate label format from template ${JSON.stringify(text)}: `;
    expect(template.ok ? undefined : template.error).toBe(prefix + error);
  });

  test("refuses what is no template", () => {
    const error = 'unable to parse label template "<<.Resource": template: resource-label:1: unclosed action';
    expect(compileLabelTemplate("<<.Resource")).toEqual({ ok: false, error });
  });
});

function compiled(text: string): LabelTemplate {
  const template = compileLabelTemplate(text);
  if (!template.ok) throw new Error(template.error);
  return template.value;
}
