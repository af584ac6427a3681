import { describe, expect, test } from "vitest";
import { type Exposure, exposureOf } from "../../src/naming/exposure.ts";
import type { Lifecycle } from "../../src/naming/stability.ts";

const releaseLine = ["0.1", "0.2", "0.3", "1.0", "1.1"];
const beta: Lifecycle = { stability: "BETA", since: "0.1", deprecatedSince: "0.2" };
const renamed: Lifecycle = { ...beta, replacedBy: "cpu-usageCores" };
const replacedBy = "cpu-usageCores";

describe("exposureOf()", () => {
  test.for<[string, boolean, Lifecycle, Exposure]>([
    ["0.1", false, { stability: "ALPHA", since: "0.1" }, { served: true }],
    ["0.1", false, renamed, { served: true }],
    ["0.2", false, beta, { served: true, notice: { since: "0.2" } }],
    ["0.2", false, renamed, { served: true, notice: { since: "0.2", replacedBy } }],
    ["0.2", true, renamed, { served: true, notice: { since: "0.2", replacedBy } }],
    ["0.3", false, beta, { served: false, hidden: { since: "0.3", shownFor: "0.2" } }],
    ["0.3", false, renamed, { served: false, hidden: { since: "0.3", replacedBy, shownFor: "0.2" } }],
    ["0.3", true, renamed, { served: true, notice: { since: "0.2", replacedBy } }],
    ["1.0", false, renamed, { served: false, hidden: { since: "0.3", replacedBy, shownFor: "0.3" } }],
    ["1.0", true, beta, { served: true, notice: { since: "0.2" } }],
  ])("in %s, hidden names shown: %s, %j: %j", ([release, showHidden, lifecycle, exposure]) => {
    expect(exposureOf(lifecycle, { showHidden, release, releaseLine })).toEqual(exposure);
  });

  test("names no release to show it for in the first one", () => {
    const alpha: Lifecycle = { stability: "ALPHA", since: "0.1", deprecatedSince: "0.1" };
    const exposure = exposureOf(alpha, { showHidden: false, release: "0.1", releaseLine });
    expect(exposure).toEqual({ served: false, hidden: { since: "0.1" } });
  });
});
