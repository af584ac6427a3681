/** The media type of Kubernetes objects in YAML. */
export const yamlType = "application/yaml";

/** Words that YAML 1.1 does not read as texts. */
const reserved = /^(?:y|n|yes|no|on|off|true|false|null)$/iu;

/** What JSON writes as it is and YAML does not take: control characters, separators of lines, marks of byte order, halves of pairs. */
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/gu;

/**
 * Writes plain data as YAML as sigs.k8s.io/yaml does: one field a line, the keys of an object sorted, a list as far in as
 * its key. Fields that are undefined are left out, as in JSON. Texts that could be read as anything else are in quotes.
 */
export function encodeYaml(value: object): string {
  return `${encodeValue(value, "")}\n`;
}

/** Begins where the line already is; each further line begins with the indentation. */
function encodeValue(value: unknown, indentation: string): string {
  if (!isBlock(value)) return encodeScalar(value);
  const lines = Array.isArray(value) ? encodeItems(value, indentation) : encodeFields(value, indentation);
  return lines.join(`\n${indentation}`);
}

function encodeItems(items: readonly unknown[], indentation: string): readonly string[] {
  return items.map((item) => `- ${encodeValue(item, `${indentation}  `)}`);
}

function encodeFields(object: object, indentation: string): readonly string[] {
  const fields: readonly (readonly [string, unknown])[] = Object.entries(object);
  return fields
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${encodeText(key)}:${encodeField(field, indentation)}`);
}

function encodeField(value: unknown, indentation: string): string {
  if (!isBlock(value)) return ` ${encodeScalar(value)}`;
  const deeper = Array.isArray(value) ? indentation : `${indentation}  `;
  return `\n${deeper}${encodeValue(value, deeper)}`;
}

/** Whether a value has lines of its own. */
function isBlock(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.values(value).some((field) => field !== undefined);
}

/** Empty objects and lists, numbers, booleans and null are written as in JSON. */
function encodeScalar(value: unknown): string {
  return typeof value === "string" ? encodeText(value) : JSON.stringify(value);
}

/** A text that needs quotes has those of JSON, which are YAML's too; but YAML takes fewer characters as they are. */
function encodeText(text: string): string {
  if (/^[a-z][\w./-]*$/iu.test(text) && !reserved.test(text)) return text;
  return JSON.stringify(text).replace(unprintable, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
