import { fail, ok, type Result } from "../../result.ts";
import { createBudget } from "./template/budget.ts";
import { execute } from "./template/execute.ts";
import { TemplateFailure } from "./template/failure.ts";
import type { Rendering } from "./template/frame.ts";
import { goString, type GoString, textOf } from "./template/go-string.ts";
import { parse } from "./template/parse.ts";
import type { Value } from "./template/value.ts";

/** A template of a rule, parsed. */
export interface Template {
  /**
   * Fills the template; an empty text is a success. Fails with Go's message where the template asks for something that
   * the data does not have, and when it takes too long, grows too large or calls itself too deep.
   */
  readonly render: (data: TemplateValue) => Result<string, string>;
}

/** What a template can be given: Go's string, []string, map[string]string, or a struct of them. */
export type TemplateValue = string | readonly string[] | ReadonlyMap<string, string> | TemplateStruct;

/** A Go struct. */
export interface TemplateStruct {
  /** As Go's messages name it: `naming.queryTemplateArgs`. */
  readonly type: string;
  /** In the order of the struct, in which it is printed. Any other name is an error of the rendering. */
  readonly fields: Readonly<Record<string, TemplateValue>>;
  /** What methods without arguments return; the struct prints as its method String, if it has one. */
  readonly methods?: Readonly<Record<string, string | boolean>>;
}

/**
 * Parses a template of Go's `text/template` (as of Go 1.26) with the delimiters `<<` and `>>` and the built-in functions
 * only. Fails with Go's message, which begins with the name: `template: metrics-query:1: unclosed action`.
 */
export function parseTemplate(text: string, name = "metrics-query"): Result<Template, string> {
  const source = goString(text);
  const rootName = goString(name);
  const definitions = attempt(() => parse(source, rootName));
  if (!definitions.ok) return definitions;
  return ok({
    render: (data) => attempt(() => fill({ name: rootName, source, definitions: definitions.value }, valueOf(data))),
  });
}

function fill(template: Pick<Rendering, "name" | "source" | "definitions">, data: Value): string {
  const parts: GoString[] = [];
  const budget = createBudget();
  function write(part: GoString): void {
    budget.spend(part.length);
    parts.push(part);
  }
  execute({ ...template, budget, write }, template.name, data);
  return textOf(parts.join(""));
}

/** Parser and interpreter leave their recursion by throwing; nothing of that gets beyond this. */
function attempt<T>(run: () => T): Result<T, string> {
  try {
    return ok(run());
  } catch (thrown) {
    if (thrown instanceof TemplateFailure) return fail(thrown.message);
    throw thrown;
  }
}

function valueOf(data: TemplateValue): Value {
  if (typeof data === "string") return goString(data);
  if (isList(data)) return { kind: "slice", items: data.map(goString), length: data.length };
  if (isMap(data)) return { kind: "map", entries: sortedEntries(data) };
  return structOf(data);
}

function isList(data: TemplateValue): data is readonly string[] {
  return Array.isArray(data);
}

function isMap(data: TemplateValue): data is ReadonlyMap<string, string> {
  return data instanceof Map;
}

function sortedEntries(map: ReadonlyMap<string, string>): ReadonlyMap<GoString, GoString> {
  const entries = [...map].map(([key, value]) => [goString(key), goString(value)] as const);
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function structOf({ type, fields, methods = {} }: TemplateStruct): Value {
  return {
    kind: "struct",
    type: goString(type),
    fields: new Map(Object.entries(fields).map(([name, field]) => [goString(name), valueOf(field)])),
    methods: new Map(
      Object.entries(methods).map(([name, result]) => [name, typeof result === "string" ? goString(result) : result]),
    ),
  };
}
