import { describe, expect, test } from "vitest";
import { readLines } from "../../src/cluster/lines.ts";
import { fail, ok } from "../../src/result.ts";

async function* chunksOf(parts: readonly string[], end?: Error): AsyncGenerator<Buffer, void> {
  for (const part of parts) yield Buffer.from(part, "latin1");
  await Promise.resolve();
  if (end !== undefined) throw end;
}

async function collect<T>(source: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const element of source) all.push(element);
  return all;
}

const running = new AbortController().signal;
const broken = Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" });
const silent = Object.assign(new Error("Body Timeout Error"), { code: "UND_ERR_BODY_TIMEOUT" });
const lost = fail({ kind: "unreachable", detail: "other side closed (UND_ERR_SOCKET)" });

describe("readLines()", () => {
  test.for([
    ["reads a document a line", ['{"a":1}\n{"a":2}\n'], undefined, [ok({ a: 1 }), ok({ a: 2 })]],
    ["joins what was cut", ['{"a', '":', '1}\n{"a":2}', "\n"], undefined, [ok({ a: 1 }), ok({ a: 2 })]],
    ["joins a character that was cut", ['"\xc3', '\xa9"\n'], undefined, [ok("é")]],
    ["leaves out a last line that was cut off", ['{"a":1}\n{"a'], undefined, [ok({ a: 1 })]],
    ["ends with the failure of its connection", ['{"a":1}\n'], broken, [ok({ a: 1 }), lost]],
    ["just ends when the other side fell silent", ['{"a":1}\n'], silent, [ok({ a: 1 })]],
  ] as const)("%s", async ([, parts, end, expected]) => {
    expect(await collect(readLines(chunksOf(parts, end), running))).toEqual(expected);
  });

  test("ends with a failure at a line that is no JSON", async () => {
    const lines = await collect(readLines(chunksOf(["1\n<html>\n2\n"]), running));
    expect(lines.map((line) => line.ok)).toEqual([true, false]);
  });

  test("just ends when it was aborted", async () => {
    expect(await collect(readLines(chunksOf([], broken), AbortSignal.abort()))).toEqual([]);
  });
});
