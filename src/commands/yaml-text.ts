import { stringify } from "yaml";

/** Writes plain data as YAML; texts stay on one line, and nothing is an anchor of something else. */
export function yamlText(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
