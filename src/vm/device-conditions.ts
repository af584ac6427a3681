import type { LabelSelector, Requirement } from "../naming/label-selector.ts";
import { escapeRegExp } from "../promql/expression.ts";
import type { DeviceCondition } from "./catalogue/vm-metric.ts";

/**
 * Turns a selector's requirements on a device into conditions on the series of devices. `!interface` selects what has no
 * device, which is the total of all: no condition.
 */
export function deviceConditions(selector: LabelSelector): readonly DeviceCondition[] {
  return selector.flatMap((requirement) => conditionFor(requirement) ?? []);
}

/** One device by name. */
export function isDevice(name: string): DeviceCondition {
  return { op: "=", value: name };
}

function conditionFor({ operator, values }: Requirement): DeviceCondition | undefined {
  const [value = ""] = values;
  const anyOf = values.map(escapeRegExp).join("|");
  switch (operator) {
    case "=":
    case "==":
      return { op: "=", value };
    case "!=":
      return { op: "!=", value };
    case "in":
      return { op: "=~", value: anyOf };
    case "notin":
      return { op: "!~", value: anyOf };
    case "exists":
      return { op: "!=", value: "" };
    case "!":
      return undefined;
    case ">":
      return { op: "=~", value: above(BigInt(value)) };
    case "<":
      return { op: "=~", value: below(BigInt(value)) };
  }
}

/** A regular expression of the whole numbers above a bound; names of devices have no sign but a minus. */
function above(bound: bigint): string {
  if (bound < 0n) return String.raw`\+?\d+${bound < -1n ? `|-(${digitsBelow(-bound)})` : ""}`;
  return String.raw`\+?(${digitsAbove(bound)})`;
}

function below(bound: bigint): string {
  if (bound <= 0n) return `-(${digitsAbove(-bound)})`;
  return String.raw`\+?(${digitsBelow(bound)})|-0*[1-9]\d*|-0+`;
}

/** The digits of numbers that are higher than one that is not negative: longer, or higher at the first that differs. */
function digitsAbove(bound: bigint): string {
  const digits = String(bound);
  const atPlace = digits
    .split("")
    .flatMap((digit, place) =>
      digit === "9" ? [] : `${digits.slice(0, place)}[${Number(digit) + 1}-9]\\d{${digits.length - place - 1}}`,
    );
  return `0*(?:[1-9]\\d{${digits.length},}${atPlace.map((each) => `|${each}`).join("")})`;
}

/** The digits of numbers from 0 that are lower than a positive one: shorter, or lower at the first that differs. */
function digitsBelow(bound: bigint): string {
  const digits = String(bound);
  const atPlace = digits
    .split("")
    .flatMap((digit, place) =>
      digit === "0" ? [] : `${digits.slice(0, place)}[0-${Number(digit) - 1}]\\d{${digits.length - place - 1}}`,
    );
  const shorter = digits.length === 1 ? [] : [`\\d{1,${digits.length - 1}}`];
  return `0*(?:${[...shorter, ...atPlace].join("|")})`;
}
