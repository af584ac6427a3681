import { validateHeaderValue } from "node:http";
import { describe, expect, test } from "vitest";
import { createDeprecationWarnings } from "../../src/apiservice/deprecation-warnings.ts";
import type { Notice } from "../../src/naming/stability.ts";

const hourMs = 3_600_000;
const notice: Notice = { since: "0.4", replacedBy: "cpu-usageCores" };
const text = '299 - "metric cpu-loadCores is deprecated since release 0.4; use cpu-usageCores"';

function warnings({ maxEntries = 10 } = {}) {
  const clock = { nowMs: 1 };
  return { clock, warn: createDeprecationWarnings({ now: () => clock.nowMs, maxEntries }) };
}

describe("createDeprecationWarnings()", () => {
  test.for<[string, Notice, string]>([
    ["cpu-loadCores", notice, text],
    [
      "cpu-loadCores",
      { since: "0.4" },
      '299 - "metric cpu-loadCores is deprecated since release 0.4; there is no replacement"',
    ],
    // What a quoted-string escapes, and what no header may have.
    ['a"b\\c', notice, '299 - "metric a\\"b\\\\c is deprecated since release 0.4; use cpu-usageCores"'],
    ["a\r\nb: c", notice, '299 - "metric a??b: c is deprecated since release 0.4; use cpu-usageCores"'],
    ["ä😀\u{7f}", notice, '299 - "metric ??? is deprecated since release 0.4; use cpu-usageCores"'],
  ])("%j, %j: %s", ([metric, given, header]) => {
    expect(warnings().warn("carol", metric, given)).toBe(header);
    expect(() => validateHeaderValue("warning", header)).not.toThrow();
  });

  test("warns once an hour", () => {
    const { clock, warn } = warnings();
    const at = [0, 1, hourMs - 1, hourMs + 1, hourMs + 2, 2 * hourMs + 3].map((ms) => {
      clock.nowMs = 1 + ms;
      return warn("carol", "cpu-loadCores", notice) !== undefined;
    });
    expect(at).toEqual([true, false, false, true, false, true]);
  });

  test("warns each user of each metric", () => {
    const { warn } = warnings();
    const pairs = [
      ["carol", "cpu-loadCores"],
      ["dave", "cpu-loadCores"],
      ["carol", "cpu-busyCores"],
      ["carol", "cpu-loadCores"],
      ["dave", "cpu-busyCores"],
      ['carol","cpu-loadCores', ""],
    ] as const;
    const warned = pairs.map(([user, metric]) => warn(user, metric, notice) !== undefined);
    expect(warned).toEqual([true, true, true, false, true, true]);
  });

  test("remembers so many pairs at most", () => {
    const { warn } = warnings({ maxEntries: 2 });
    const users = ["a", "b", "c", "c", "a"];
    expect(users.map((user) => warn(user, "cpu-loadCores", notice) !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      true,
    ]);
  });
});
