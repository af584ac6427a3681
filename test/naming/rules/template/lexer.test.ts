import { describe, expect, test } from "vitest";
import { goString } from "../../../../src/naming/rules/template/go-string.ts";
import { lex } from "../../../../src/naming/rules/template/lexer.ts";
import { describeToken } from "../../../../src/naming/rules/template/token.ts";

describe("lex()", () => {
  test.for([
    ["", "EOF"],
    ["a", '"a" EOF'],
    ["<<.A>>", '"<<" ".A" ">>" EOF'],
    ["a <<- 1 ->> b", '"a" "<<" "1" ">>" "b" EOF'],
    ["a <<-1>>", '"a " "<<" "-1" ">>" EOF'],
    ["<<1 ->>", '"<<" "1" ">>" EOF'],
    ["<<1  ->>", '"<<" "1" " " ">>" EOF'],
    ["a<</* b */>>c", '"a" "c" EOF'],
    ["a <<- /* b */ ->> c", '"a" "c" EOF'],
    ["<<$x:=.>>", '"<<" "$x" ":=" <.> ">>" EOF'],
    ["<<if é>>", '"<<" <if> " " "é" ">>" EOF'],
    ["<<`a>>b`>>", '"<<" "`a>>b`" ">>" EOF'],
    ["<<(1)>>", '"<<" "(" "1" ")" ">>" EOF'],
    ["<<(1>>", '"<<" "(" "1" unclosed left paren'],
    ["<<1)>>", '"<<" "1" unexpected right paren'],
    ["<<", '"<<" unclosed action'],
    ["<<\n1", '"<<" "\\n" "1" unclosed action'],
    ['<<"a', '"<<" unterminated quoted string'],
    ["<<1a>>", '"<<" bad number syntax: "1a"'],
    ["<<a+b>>", "\"<<\" bad character U+002B '+'"],
    ["<<\u00a0>>", '"<<" unrecognized character in action: U+00A0'],
    ["<</* a", "unclosed comment"],
  ])("cuts %j into %s", ([template = "", tokens]) => {
    expect(lex(goString(template)).map(describeToken).join(" ")).toBe(goString(tokens ?? ""));
  });
});
