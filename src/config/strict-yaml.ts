import type { ReadNode, Reading } from "./reading.ts";
import { isMergeKey, targetOf, type YamlNode, type YamlScalar } from "./yaml-node.ts";
import { resolveScalar, type ScalarValue } from "./yaml-scalar.ts";

/*
 * YAML as gopkg.in/yaml.v2 reads it in strict mode (decode.go of v2.4.0). Its words are in brackets in each message, because
 * people search for them. What `<<` merges in is read where it stands: what comes later counts, and fields within fields
 * are joined.
 */

/** How one type is read. */
export interface Shape<T> {
  /** Go's name of the type, such as `[]config.DiscoveryRule`. */
  readonly type: string;
  /** What is expected, for a person. */
  readonly expects: string;
  /** The value of null, and where nothing is given. */
  readonly zero: T;
  readonly read: ReadNode<T>;
}

/** A text. Numbers, dates and words such as `yes` are taken as they were written. */
export const text: Shape<string> = scalarShape("string", "a text", "", ({ tag, value }, written) =>
  tag === "!!binary" ? String(value) : written,
);

/** True or false, in any of YAML 1.1's words, such as `y` and `off`; not in quotes. */
export const flag: Shape<boolean> = scalarShape("bool", "true or false", false, ({ value }) =>
  typeof value === "boolean" ? value : undefined,
);

/** What may be absent: undefined then, and for null. (`Null` and `NULL` are the zero value, for which Go makes a pointer.) */
export function pointer<T>(of: Shape<T>): Shape<T | undefined> {
  const shape: Shape<T | undefined> = {
    type: `*${of.type}`,
    expects: of.expects,
    zero: undefined,
    read: (node, previous, reading) => {
      if (!saysNull(node)) return of.read(node, previous ?? of.zero, reading);
      return node.plain || node.tag !== "" ? undefined : refuse(shape, "!!str", node, previous, reading);
    },
  };
  return shape;
}

/** Whether a text is null to Go before its type is looked at; in quotes it is, too. */
export function saysNull(node: YamlNode): node is YamlScalar {
  if (node.kind !== "scalar") return false;
  if (node.tag === "tag:yaml.org,2002:null") return true;
  return node.tag === "" && (["null", "~"].includes(node.text) || (node.text === "" && node.plain));
}

/** A list. */
export function list<T>(of: Shape<T>): Shape<readonly T[]> {
  const shape: Shape<readonly T[]> = {
    type: `[]${of.type}`,
    expects: "a list",
    zero: [],
    read: (node, previous, reading) =>
      node.kind === "list"
        ? node.items.map((item, index) => reading.read(item, [index], of.zero, of.read))
        : refuseOther(shape, node, previous, reading),
  };
  return shape;
}

/** Values by name, in the order of the file. */
export function mapOf<T>(of: Shape<T>): Shape<ReadonlyMap<string, T>> {
  const shape: Shape<ReadonlyMap<string, T>> = {
    type: `map[string]${of.type}`,
    expects: "fields",
    zero: new Map(),
    read: (node, previous, reading) => {
      if (node.kind !== "map") return refuseOther(shape, node, previous, reading);
      let found = new Map(previous);
      for (const { key, value } of node.entries) {
        if (isMergeKey(key)) {
          found = new Map(merge(shape, value, found, reading));
          continue;
        }
        const name = nameIn(key, reading);
        if (name === undefined) continue;
        const read = reading.read(value, [name], of.zero, of.read);
        if (!found.has(name)) found.set(name, read);
        else reportAt(value, [name], `Given twice (key "${name}" already set in map)`, reading);
      }
      return found;
    },
  };
  return shape;
}

/** Fields by name, and no others. `type` is Go's name of it. */
export function struct<T extends object>(
  type: string,
  fields: { readonly [Name in keyof T]: Shape<T[Name]> },
): Shape<T> {
  const shapes = new Map<string, Shape<unknown>>(Object.entries(fields));
  const shape: Shape<T> = {
    type,
    expects: "fields",
    // Each field gets what its shape says, so the whole is what the shapes make it.
    zero: Object.fromEntries([...shapes].map(([name, { zero }]) => [name, zero])) as T,
    read: (node, previous, reading) => {
      if (node.kind !== "map") return refuseOther(shape, node, previous, reading);
      const given = new Set<string>();
      let found = previous;
      for (const { key, value } of node.entries) {
        if (isMergeKey(key)) {
          found = merge(shape, value, found, reading);
          continue;
        }
        const name = nameIn(key, reading);
        if (name === undefined) continue;
        const field = shapes.get(name);
        if (field === undefined) {
          reportAt(key, [name], `Unknown field (field ${name} not found in type ${type})`, reading);
        } else if (given.has(name)) {
          reportAt(key, [name], `Given twice (field ${name} already set in type ${type})`, reading);
        } else {
          const before: unknown = new Map<string, unknown>(Object.entries(found)).get(name);
          found = { ...found, [name]: reading.read<unknown>(value, [name], before, field.read) };
        }
        given.add(name);
      }
      return found;
    },
  };
  return shape;
}

/** Whatever is there, for another reader. */
export function raw(read: ReadNode<unknown>): Shape<unknown> {
  return { type: "interface {}", expects: "anything", zero: undefined, read };
}

function scalarShape<T>(
  type: string,
  expects: string,
  zero: T,
  convert: (value: ScalarValue, written: string) => T | undefined,
): Shape<T> {
  const shape: Shape<T> = {
    type,
    expects,
    zero,
    read: (node, previous, reading) => {
      if (node.kind !== "scalar") return refuseOther(shape, node, previous, reading);
      const resolved = resolveScalar(node);
      if (!resolved.ok) return refuseValue(resolved.error, node, previous, reading);
      if (resolved.value.value === null) return zero;
      return convert(resolved.value, node.text) ?? refuse(shape, resolved.value.tag, node, previous, reading);
    },
  };
  return shape;
}

/** What has another kind: null is the zero value, everything else a problem. */
function refuseOther<T>(shape: Shape<T>, node: YamlNode, previous: T, reading: Reading): T {
  if (node.kind === "list") return refuse(shape, "!!seq", node, previous, reading);
  if (node.kind !== "scalar") return refuse(shape, "!!map", node, previous, reading);
  const resolved = resolveScalar(node);
  if (!resolved.ok) return refuseValue(resolved.error, node, previous, reading);
  return resolved.value.value === null ? shape.zero : refuse(shape, resolved.value.tag, node, previous, reading);
}

function refuse<T>({ type, expects }: Shape<T>, tag: string, node: YamlNode, previous: T, reading: Reading): T {
  const excerpt = node.kind === "scalar" ? ` \`${shorten(node.text)}\`` : "";
  const got = node.kind === "scalar" ? JSON.stringify(node.text) : node.kind === "list" ? "a list" : "fields";
  reportAt(node, [], `Expected ${expects}: got ${got} (cannot unmarshal ${tag}${excerpt} into ${type})`, reading);
  return previous;
}

/** What a key says; undefined, and told, when it is no text. */
function nameIn(key: YamlNode, reading: Reading): string | undefined {
  const name = reading.read(key, [], "", text.read);
  return targetOf(key).kind === "scalar" ? name : undefined;
}

function refuseValue<T>(reason: string, node: YamlNode, previous: T, reading: Reading): T {
  reportAt(node, [], `Cannot read a value (${reason})`, reading);
  return previous;
}

function shorten(written: string): string {
  return written.length > 10 ? `${written.slice(0, 7)}...` : written;
}

function reportAt(node: YamlNode, step: readonly string[], message: string, reading: Reading): void {
  reading.report({ path: [...reading.path, ...step], message }, node.place);
}

/** Reads a mapping, or several of which the first counts, into what is there already. */
function merge<T>(shape: Shape<T>, value: YamlNode, previous: T, reading: Reading): T {
  if (targetOf(value).kind === "map") return reading.read(value, [], previous, shape.read);
  if (value.kind === "list" && value.items.every((each) => targetOf(each).kind === "map")) {
    return value.items.toReversed().reduce((found, each) => reading.read(each, [], found, shape.read), previous);
  }
  const message = "Expected fields to merge (map merge requires map or sequence of maps as the value)";
  reportAt(value, ["<<"], message, reading);
  return previous;
}
