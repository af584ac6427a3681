import { TemplateFailure } from "./failure.ts";
import type { GoString } from "./go-string.ts";
import { describeToken, type Token, type TokenKind } from "./token.ts";

/** Walks over the tokens of a template; failures are TemplateFailures with the template's name and the line. */
export interface TokenReader {
  readonly next: () => Token;
  readonly peek: () => Token;
  /** Like `next` and `peek`, but spaces are passed over. */
  readonly nextWord: () => Token;
  readonly peekWord: () => Token;
  /** The next word, which must be of this kind. */
  readonly expect: (kind: TokenKind, context: string) => Token;
  /** Goes back to before a token. */
  readonly backTo: (token: Token) => void;
  readonly unexpected: (token: Token, context: string) => never;
  readonly fail: (message: GoString) => never;
}

/** Reads tokens that end with the end of the input or an error; there it stays. */
export function createTokenReader(tokens: readonly Token[], name: GoString): TokenReader {
  const end: Token = { kind: "end of input", text: "", position: 0, line: 1 };
  let index = 0;
  let furthest = 0;

  function peek(): Token {
    furthest = Math.max(furthest, index);
    return tokens[index] ?? tokens.at(-1) ?? end;
  }

  function next(): Token {
    const token = peek();
    index = Math.min(index + 1, tokens.length);
    return token;
  }

  function peekWord(): Token {
    while (peek().kind === "space") index += 1;
    return peek();
  }

  function nextWord(): Token {
    peekWord();
    return next();
  }

  function fail(message: GoString): never {
    const { line } = tokens[furthest] ?? tokens.at(-1) ?? end;
    throw new TemplateFailure(`template: ${name}:${line}: ${message}`);
  }

  function unexpected(token: Token, context: string): never {
    return fail(token.kind === "error" ? token.text : `unexpected ${describeToken(token)} in ${context}`);
  }

  return {
    next,
    peek,
    nextWord,
    peekWord,
    expect: (kind, context) => {
      const token = nextWord();
      return token.kind === kind ? token : unexpected(token, context);
    },
    backTo: (token) => {
      index = tokens.indexOf(token, Math.max(index - 4, 0));
    },
    unexpected,
    fail,
  };
}
