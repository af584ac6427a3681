import { builtins } from "./builtins.ts";
import { quoteString } from "./escape.ts";
import type { GoString } from "./go-string.ts";
import type { Nesting } from "./nesting.ts";
import { parseCharacter, parseNumber } from "./number.ts";
import { sourceText } from "./source-text.ts";
import type { Token, TokenKind } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";
import type { Command, Operand, Pipeline } from "./tree.ts";
import { unquote } from "./unquote.ts";

/** What a pipeline is parsed with. */
export interface PipelineScope {
  readonly reader: TokenReader;
  /** The variables that can be used here, `$` among them; those that the pipeline declares are added. */
  readonly variables: GoString[];
  readonly nested: Nesting;
}

/** Reads up to and including the token that ends the pipeline. The context is how messages call the place. */
export function parsePipeline(scope: PipelineScope, context: string, end: TokenKind): Pipeline {
  const { reader } = scope;
  const { position } = reader.peekWord();
  const { variables, isAssignment } = parseVariables(scope, context);
  const commands: Command[] = [];
  for (let token = reader.peekWord(); token.kind !== end; token = reader.peekWord()) {
    if (termParsers[token.kind] === undefined) return reader.unexpected(reader.nextWord(), context);
    commands.push(parseCommand(scope));
  }
  reader.nextWord();
  if (commands.length === 0) return reader.fail(`missing value for ${context}`);
  const stage = commands.findIndex(({ first }, index) => index > 0 && constantKinds.has(first.kind));
  if (stage > 0) return reader.fail(`non executable command in pipeline stage ${stage + 1}`);
  return { kind: "pipeline", position, variables, isAssignment, commands };
}

const constantKinds: ReadonlySet<Operand["kind"]> = new Set(["bool", "dot", "nil", "number", "string"]);

/** Reads `$x :=`, `$x =` and, for a range, `$x, $y :=`; without any of these, nothing is read. */
function parseVariables(
  scope: PipelineScope,
  context: string,
): { readonly variables: readonly GoString[]; readonly isAssignment: boolean } {
  const { reader } = scope;
  const variables: GoString[] = [];
  for (let token = reader.peekWord(); token.kind === "variable"; token = reader.peekWord()) {
    reader.next();
    const sign = reader.peekWord();
    const isComma = sign.kind === "other" && sign.text === ",";
    if (sign.kind !== "=" && sign.kind !== ":=" && !isComma) {
      reader.backTo(token);
      break;
    }
    reader.next();
    variables.push(token.text);
    scope.variables.push(token.text);
    if (!isComma) return { variables, isAssignment: sign.kind === "=" };
    if (context !== "range" || variables.length > 1) return reader.fail(`too many declarations in ${context}`);
    const isGoingOn = ["variable", "right delimiter", ")"].includes(reader.peekWord().kind);
    if (!isGoingOn) return reader.fail("range can only initialize variables");
  }
  return { variables, isAssignment: false };
}

function parseCommand(scope: PipelineScope): Command {
  const { reader } = scope;
  const { position } = reader.peekWord();
  const operands: Operand[] = [];
  for (;;) {
    reader.peekWord();
    const operand = parseOperand(scope);
    if (operand !== undefined) operands.push(operand);
    const token = reader.next();
    if (token.kind === "space") continue;
    if (token.kind === "right delimiter" || token.kind === ")") reader.backTo(token);
    else if (token.kind !== "|") reader.unexpected(token, "operand");
    break;
  }
  const [first, ...args] = operands;
  return first === undefined ? reader.fail("empty command") : { kind: "command", position, first, args };
}

/** Reads a term and the fields after it; undefined if there is no term. */
function parseOperand(scope: PipelineScope): Operand | undefined {
  const { reader } = scope;
  const term = parseTerm(scope);
  const { kind, position } = reader.peek();
  if (term === undefined || kind !== "field") return term;
  const names: GoString[] = [];
  while (reader.peek().kind === "field") names.push(reader.next().text.slice(1));
  switch (term.kind) {
    case "field":
    case "variable":
      return { ...term, position, names: [...term.names, ...names] };
    case "bool":
    case "string":
    case "number":
    case "nil":
    case "dot":
      return reader.fail(`unexpected . after term ${quoteString(sourceText(term))}`);
    case "function":
    case "chain":
    case "pipeline":
      return { kind: "chain", position, operand: term, names };
  }
}

function parseTerm(scope: PipelineScope): Operand | undefined {
  const token = scope.reader.nextWord();
  const parse = termParsers[token.kind];
  if (parse !== undefined) return parse(token, scope);
  scope.reader.backTo(token);
  return undefined;
}

/** The tokens that a term begins with, and what they are. */
const termParsers: Readonly<Partial<Record<TokenKind, (token: Token, scope: PipelineScope) => Operand>>> = {
  identifier: parseFunction,
  variable: parseVariable,
  field: ({ position, text }) => ({ kind: "field", position, names: [text.slice(1)] }),
  ".": ({ position }) => ({ kind: "dot", position }),
  nil: ({ position }) => ({ kind: "nil", position }),
  bool: ({ position, text }) => ({ kind: "bool", position, value: text === "true" }),
  number: parseNumberTerm,
  character: parseNumberTerm,
  string: parseStringTerm,
  "raw string": parseStringTerm,
  "(": (_, scope) => scope.nested(() => parsePipeline(scope, "parenthesized pipeline", ")")),
};

function parseFunction({ position, text }: Token, { reader }: PipelineScope): Operand {
  if (!builtins.has(text)) return reader.fail(`function ${quoteString(text)} not defined`);
  return { kind: "function", position, name: text };
}

function parseVariable({ position, text }: Token, { reader, variables }: PipelineScope): Operand {
  if (!variables.includes(text)) return reader.fail(`undefined variable ${quoteString(text)}`);
  return { kind: "variable", position, name: text, names: [] };
}

function parseNumberTerm({ kind, position, text }: Token, { reader }: PipelineScope): Operand {
  const number = kind === "number" ? parseNumber(text) : parseCharacter(text);
  if (!number.ok) return reader.fail(number.error);
  return { kind: "number", position, source: text, value: number.value };
}

function parseStringTerm({ position, text }: Token, { reader }: PipelineScope): Operand {
  const value = unquote(text);
  if (value === undefined) return reader.fail("invalid syntax");
  return { kind: "string", position, source: text, value };
}
