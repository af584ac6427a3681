import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesLabels, parseLabelSelector } from "../../src/naming/label-selector.ts";
import type { DeviceCondition } from "../../src/vm/catalogue/vm-metric.ts";
import { deviceConditions } from "../../src/vm/device-conditions.ts";

/** Whether Prometheus would say that a label fits: it anchors regular expressions. */
function fits({ op, value }: DeviceCondition, label: string): boolean {
  const found = op === "=" || op === "!=" ? label === value : new RegExp(`^(?:${value})$`, "u").test(label);
  return found === (op === "=" || op === "=~");
}

function selects(text: string, device: string): boolean {
  const selector = parseLabelSelector(text);
  if (!selector.ok) throw new Error(selector.error);
  return deviceConditions(selector.value).every((condition) => fits(condition, device));
}

const devices = ["default", "net.1", "netx1", "0", "7", "12"];

describe("deviceConditions()", () => {
  test.for<[string, readonly string[]]>([
    ["", devices],
    ["interface=default", ["default"]],
    ["interface==net.1", ["net.1"]],
    ["interface!=default", ["net.1", "netx1", "0", "7", "12"]],
    ["interface in (default,net.1)", ["default", "net.1"]],
    ["interface notin (default,net.1)", ["netx1", "0", "7", "12"]],
    ["interface", devices],
    ["!interface", devices],
    ["interface>6", ["7", "12"]],
    ["interface<7", ["0"]],
    ["interface>0,interface<12", ["7"]],
  ])("%s", ([text, expected]) => {
    expect(devices.filter((device) => selects(text, device))).toEqual(expected);
  });

  test("selects the devices that Kubernetes would select by their label", () => {
    const device = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,3}[A-Za-z0-9]$/u),
      fc.integer({ min: -30, max: 3_000 }).map(String),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    );
    const bound = fc.oneof(
      fc.integer({ min: -1_200, max: 1_200 }).map(String),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    );
    const named = device.filter((text) => /^[A-Za-z0-9].*[A-Za-z0-9]$|^[A-Za-z0-9]$/u.test(text));
    const term = fc.oneof(
      fc.tuple(fc.constantFrom("=", "==", "!="), named).map(([op, value]) => `disk${op}${value}`),
      fc
        .tuple(fc.constantFrom("in", "notin"), fc.array(named, { minLength: 1, maxLength: 3 }))
        .map(([op, values]) => `disk ${op} (${values.join(",")})`),
      fc.tuple(fc.constantFrom(">", "<"), bound).map(([op, value]) => `disk${op}${value}`),
      fc.constant("disk"),
    );
    fc.assert(
      fc.property(term, fc.oneof(device, bound), (text, name) => {
        const selector = parseLabelSelector(text);
        fc.pre(selector.ok);
        expect(selects(text, name)).toBe(matchesLabels(selector.value, { disk: name }));
      }),
      { numRuns: 20_000 },
    );
  });
});
