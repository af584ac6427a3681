import { fail, ok, type Result } from "../../result.ts";
import { formatGroupResource, type GroupResource } from "../group-resource.ts";
import { quote } from "./quote.ts";
import { compileRegexp, type Regexp } from "./regexp.ts";
import { parseTemplate, type Template } from "./template.ts";

/** A compiled `resources.template`, read in both directions. */
export interface LabelTemplate {
  /** The label of a resource, given in its singular form. Fails when the template does, or makes nothing of it. */
  readonly labelOf: (singular: GroupResource) => Result<string, string>;
  /** The group and resource that a label seems to name; they may not exist. Undefined where the label looks otherwise. */
  readonly read: (label: string) => GroupResource | undefined;
  /** Whether labels tell the group. */
  readonly hasGroup: boolean;
}

/**
 * Compiles a template such as `kube_<<.Resource>>`. It is also rendered as a regular expression that labels are read with, so
 * its literal text must be one. Fails in prometheus-adapter's words.
 */
export function compileLabelTemplate(text: string): Result<LabelTemplate, string> {
  const template = parseTemplate(text, "resource-label");
  if (!template.ok) return fail(`unable to parse label template ${quote(text)}: ${template.error}`);

  const pattern = compilePattern(render(template.value, { group: "(?P<group>.+?)", resource: "(?P<resource>.+?)" }));
  if (!pattern.ok) return fail(`unable to generate label format from template ${quote(text)}: ${pattern.error}`);

  const { expand, groupNames } = pattern.value;
  const [groupAt, resourceAt] = ["group", "resource"].map((name) => groupNames.lastIndexOf(name) + 1);
  return ok({
    labelOf: ({ group, resource }) => {
      const label = render(template.value, { group: group.replace(/[.-]/gu, "_"), resource });
      return label.ok && label.value === "" ? fail("empty label produced by label template") : label;
    },
    read: (label) => {
      const resource = expand(`\${${resourceAt}}`, label);
      if (resource === undefined) return undefined;
      return { group: groupAt === 0 ? "" : (expand(`\${${groupAt}}`, label) ?? ""), resource };
    },
    hasGroup: groupAt !== 0,
  });
}

/** What Go's templates see of a `schema.GroupResource`. */
function render(template: Template, { group, resource }: GroupResource): Result<string, string> {
  return template.render({
    type: "schema.GroupResource",
    fields: { Group: group, Resource: resource },
    methods: { String: formatGroupResource({ group, resource }), Empty: group === "" && resource === "" },
  });
}

function compilePattern(rendered: Result<string, string>): Result<Regexp, string> {
  if (!rendered.ok) return fail(`unable to convert label template to matcher: ${rendered.error}`);
  if (rendered.value === "") return fail("unable to convert label template to matcher: empty template");
  const regexp = compileRegexp(`^${rendered.value}$`);
  if (!regexp.ok) return fail(`unable to convert label template to matcher: ${regexp.error}`);
  const complete = regexp.value.groupNames.includes("resource");
  return complete ? regexp : fail("must include at least `{{.Resource}}` in the label template");
}
