import { quoteString } from "./escape.ts";
import { TemplateFailure } from "./failure.ts";
import { type GoString, textOf } from "./go-string.ts";
import { lex } from "./lexer.ts";
import { createNesting } from "./nesting.ts";
import { parsePipeline, type PipelineScope } from "./parse-pipeline.ts";
import type { TokenKind } from "./token.ts";
import { createTokenReader, type TokenReader } from "./token-reader.ts";
import type { Branch, Definitions, Node, Pipeline } from "./tree.ts";
import { unquote } from "./unquote.ts";

/** Longest template, in bytes: far beyond any query, so that the time to parse one has a bound. */
const maxLength = 2 ** 16;

/** Deepest nesting of blocks and parentheses; a third of what the stack of the process has room for. */
const maxDepth = 200;

/** What is parsed, and where: a `range` can be left from inside only, and a template knows its own variables only. */
interface Scope extends PipelineScope {
  readonly definitions: Map<GoString, readonly Node[]>;
  readonly isInRange: boolean;
}

/** How a list of nodes ended. */
type Terminator = "end" | "else";

/**
 * Parses a template and those that it defines, by the rules of Go's `text/template/parse`; the whole text is the template
 * of the given name. Throws a TemplateFailure, worded as Go does: `template: metrics-query:1: function "upper" not defined`.
 */
export function parse(text: GoString, name: GoString): Definitions {
  if (text.length > maxLength) throw new TemplateFailure(`template: ${name}: longer than ${maxLength} bytes`);
  const reader = createTokenReader(lex(text), name);
  const definitions = new Map<GoString, readonly Node[]>();
  const nested = createNesting(maxDepth, () => new TemplateFailure(`template: ${name}: max expression depth exceeded`));
  const scope: Scope = { reader, definitions, nested, variables: ["$"], isInRange: false };
  const nodes: Node[] = [];
  while (reader.peek().kind !== "end of input") {
    if (parseDefinition(scope)) continue;
    const node = parseNode(scope);
    if (node === "end" || node === "else") return reader.fail(`unexpected {{${node}}}`);
    nodes.push(node);
  }
  define(scope, name, nodes);
  return definitions;
}

/** Reads a `define`, which may stand at the top only; false if there is none. */
function parseDefinition(scope: Scope): boolean {
  const { reader } = scope;
  const delimiter = reader.peek();
  if (delimiter.kind !== "left delimiter") return false;
  reader.next();
  if (reader.nextWord().kind !== "define") {
    reader.backTo(delimiter);
    return false;
  }
  const context = "define clause";
  const { name } = templateName(reader, context);
  reader.expect("right delimiter", context);
  parseTemplate(scope, name, context);
  return true;
}

/** Reads the body of a `define` or `block`, which sees no variables but its own. */
function parseTemplate(scope: Scope, name: GoString, context: string): void {
  const { nodes, terminator } = parseNodes({ ...scope, variables: ["$"], isInRange: false });
  if (terminator !== "end") scope.reader.fail(`unexpected {{${terminator}}} in ${context}`);
  define(scope, name, nodes);
}

/** One of two templates of a name may be blank: the other counts. */
function define({ definitions, reader }: Scope, name: GoString, nodes: readonly Node[]): void {
  const present = definitions.get(name);
  if (present === undefined || isBlank(present)) definitions.set(name, nodes);
  else if (!isBlank(nodes)) reader.fail(`template: multiple definition of template ${quoteString(name)}`);
}

function isBlank(nodes: readonly Node[]): boolean {
  return nodes.every((node) => node.kind === "text" && /^\p{White_Space}*$/u.test(textOf(node.text)));
}

function templateName(reader: TokenReader, context: string): { readonly name: GoString; readonly position: number } {
  const token = reader.nextWord();
  if (token.kind !== "string" && token.kind !== "raw string") return reader.unexpected(token, context);
  return { name: unquote(token.text) ?? reader.fail("invalid syntax"), position: token.position };
}

function parseNodes(scope: Scope): { readonly nodes: readonly Node[]; readonly terminator: Terminator } {
  const nodes: Node[] = [];
  while (scope.reader.peekWord().kind !== "end of input") {
    const node = parseNode(scope);
    if (node === "end" || node === "else") return { nodes, terminator: node };
    nodes.push(node);
  }
  return scope.reader.fail("unexpected EOF");
}

function parseNode(scope: Scope): Node | Terminator {
  const token = scope.reader.nextWord();
  if (token.kind === "text") return { kind: "text", text: token.text };
  if (token.kind === "left delimiter") return scope.nested(() => parseAction(scope));
  return scope.reader.unexpected(token, "input");
}

function parseAction(scope: Scope): Node | Terminator {
  const { reader } = scope;
  const token = reader.nextWord();
  const parseKeyword = keywordParsers[token.kind];
  if (parseKeyword !== undefined) return parseKeyword(scope);
  reader.backTo(token);
  return { kind: "action", pipeline: parsePipeline(scope, "command", "right delimiter") };
}

/** The actions that a keyword begins; a `define` is none of them. */
const keywordParsers: Readonly<Partial<Record<TokenKind, (scope: Scope) => Node | Terminator>>> = {
  block: parseBlock,
  break: (scope) => parseJump(scope, "break"),
  continue: (scope) => parseJump(scope, "continue"),
  else: ({ reader }) => parseElse(reader),
  end: ({ reader }) => parseEnd(reader),
  if: (scope) => parseBranch(scope, "if"),
  range: (scope) => parseBranch(scope, "range"),
  template: parseInvocation,
  with: (scope) => parseBranch(scope, "with"),
};

function parseJump({ reader, isInRange }: Scope, kind: "break" | "continue"): Node {
  const token = reader.nextWord();
  if (token.kind !== "right delimiter") return reader.unexpected(token, `{{${kind}}}`);
  return isInRange ? { kind } : reader.fail(`{{${kind}}} outside {{range}}`);
}

/** Leaves the `if` or `with` of an `else if` or `else with` to be read. */
function parseElse(reader: TokenReader): Terminator {
  const { kind } = reader.peekWord();
  if (kind !== "if" && kind !== "with") reader.expect("right delimiter", "else");
  return "else";
}

function parseEnd(reader: TokenReader): Terminator {
  reader.expect("right delimiter", "end");
  return "end";
}

/** Variables that begin in a branch end with it. */
function parseBranch(scope: Scope, kind: Branch["kind"]): Branch {
  const inner = { ...scope, variables: [...scope.variables] };
  const pipeline = parsePipeline(inner, kind, "right delimiter");
  const { nodes: body, terminator } = parseNodes({ ...inner, isInRange: scope.isInRange || kind === "range" });
  const otherwise = terminator === "else" ? parseOtherwise(inner, kind) : undefined;
  return { kind, pipeline, body, otherwise };
}

/** An `else if` ends with the `end` of the `if` that it belongs to. */
function parseOtherwise(scope: Scope, kind: Branch["kind"]): readonly Node[] {
  const { reader } = scope;
  const next = reader.peek().kind;
  if (next === kind && (next === "if" || next === "with")) {
    reader.next();
    return [scope.nested(() => parseBranch(scope, next))];
  }
  const { nodes, terminator } = parseNodes(scope);
  return terminator === "end" ? nodes : reader.fail("expected end; found {{else}}");
}

/** A `block` is a `define` and a `template` at once. */
function parseBlock(scope: Scope): Node {
  const context = "block clause";
  const { name, position } = templateName(scope.reader, context);
  const pipeline = parsePipeline(scope, context, "right delimiter");
  parseTemplate(scope, name, context);
  return { kind: "template", position, name, pipeline };
}

function parseInvocation(scope: Scope): Node {
  const context = "template clause";
  const { name, position } = templateName(scope.reader, context);
  const isBare = scope.reader.peekWord().kind === "right delimiter";
  if (isBare) scope.reader.nextWord();
  const pipeline: Pipeline | undefined = isBare ? undefined : parsePipeline(scope, context, "right delimiter");
  return { kind: "template", position, name, pipeline };
}
