import { describe, expect, test } from "vitest";
import { parsePrometheusDuration } from "../../src/config/prometheus-duration.ts";

describe("parsePrometheusDuration()", () => {
  test.for([
    ["0", 0],
    ["5m", 300_000],
    ["1h30m", 5_400_000],
    ["1d", 86_400_000],
    ["1y2w3d4h5m6s7ms", 31_536_000_000 + 2 * 604_800_000 + 3 * 86_400_000 + 14_706_007],
    ["90s", 90_000],
  ] as const)("reads %s as %d ms", ([text, ms]) => {
    expect(parsePrometheusDuration(text)).toEqual({ ok: true, value: ms });
  });

  test.for([
    ["", "empty duration string"],
    ["1.5m", 'not a valid duration string: "1.5m"'],
    ["300", 'not a valid duration string: "300"'],
    ["-5m", 'not a valid duration string: "-5m"'],
    ["30m1h", 'not a valid duration string: "30m1h"'],
    ["1h ", 'not a valid duration string: "1h "'],
    ["300y", "duration out of range"],
  ] as const)("refuses %j", ([text, problem]) => {
    expect(parsePrometheusDuration(text)).toEqual({ ok: false, error: problem });
  });
});
