import { expect, test } from "vitest";
import { createLog } from "../../src/commands/log.ts";

function lines(verbosity: number): readonly string[] {
  const written: string[] = [];
  const log = createLog({ write: (line) => written.push(line), verbosity, now: () => 0 });
  log("debug", "Answered", { path: 'a"\n{"level":"error"' });
  log("warning", "Cannot do it");
  return written;
}

test("createLog() writes JSON lines, in which a client's text cannot look like a line of its own", () => {
  expect(lines(2)).toEqual([
    '{"time":"1970-01-01T00:00:00.000Z","level":"debug","message":"Answered","path":"a\\"\\n{\\"level\\":\\"error\\""}\n',
    '{"time":"1970-01-01T00:00:00.000Z","level":"warning","message":"Cannot do it"}\n',
  ]);
});

test("createLog() escapes what a terminal would obey, and keeps other letters", () => {
  const written: string[] = [];
  const log = createLog({ write: (line) => written.push(line), verbosity: 2, now: () => 0 });
  log("debug", "Answered", { path: "\u001b[31m\u007f\u009b2J\u2028\u202e\u2066\ufeff zoë 日本" });
  expect(written[0]).toContain(String.raw`"path":"\u001b[31m\u007f\u009b2J\u2028\u202e\u2066\ufeff zoë 日本"`);
  expect(JSON.parse(written[0] ?? "")).toMatchObject({
    path: "\u001b[31m\u007f\u009b2J\u2028\u202e\u2066\ufeff zoë 日本",
  });
});

test("createLog() writes debug lines from verbosity 2 on", () => {
  expect(lines(1)).toHaveLength(1);
});
