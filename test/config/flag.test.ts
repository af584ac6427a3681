import { describe, expect, test } from "vitest";
import { choice, count, describeFlagTable, onOff, readFlags, text, used } from "../../src/config/flag.ts";

const table = {
  output: used({ ...choice(["table", "json", "yaml"], "table", "How to write it"), letter: "o" }),
  file: used(text("", "What to read")),
  quiet: used(onOff(false, "Say less")),
  v: count(0, "Verbosity"),
} as const;

describe("readFlags()", () => {
  test.for([
    [[], "output", "table"],
    [["--output=json"], "output", "json"],
    [["--output", "json"], "output", "json"],
    [["-o", "yaml"], "output", "yaml"],
    [["-o=yaml"], "output", "yaml"],
    [["--quiet"], "quiet", true],
    [["-v=3"], "v", 3],
    [["--v=3"], "v", 3],
  ] as const)("%j sets %s to %j", ([argv, name, value]) => {
    const read = readFlags(table, argv);
    expect(read.ok && read.value.flags[name]).toEqual(value);
  });

  test.for([
    [["--output=xml"], 'Cannot read --output "xml": expected table, json or yaml'],
    [["-output=json"], 'Cannot read "-output": unknown flag'],
    [["-f=x"], 'Cannot read "-f": unknown flag'],
    [["--toString=x"], 'Cannot read "--toString": unknown flag'],
    [["--file"], 'Cannot read --file "": expected text'],
  ] as const)("%j is refused: %s", ([argv, problem]) => {
    expect(readFlags(table, argv)).toEqual({ ok: false, error: [problem] });
  });

  test("tells flags from other words, and which flags were given", () => {
    const read = readFlags(table, ["a", "--quiet", "b", "-o", "json", "--", "--c"]);
    expect(read.ok && read.value).toMatchObject({ given: ["quiet", "output"], positionals: ["a", "b", "--c"] });
  });
});

test("describeFlagTable() names the flags that change something, with letters and defaults", () => {
  expect(describeFlagTable(table)).toBe(
    "  -o, --output (default table)\n        How to write it\n  --file\n        What to read\n  --quiet\n        Say less\n",
  );
});
