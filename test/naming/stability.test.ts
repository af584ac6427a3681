import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkShownRelease,
  describeLifecycle,
  hiddenSince,
  type Lifecycle,
  type Phase,
  phaseOf,
  releaseOf,
  releasesSince,
  type Stability,
} from "../../src/naming/stability.ts";
import { counterexample } from "../support/property.ts";

const line = ["0.1", "0.2", "0.3", "1.0", "1.1", "1.2", "1.3"];

describe("phaseOf()", () => {
  test.for<[Stability, string, string | undefined, Phase]>([
    ["STABLE", "1.0", undefined, "live"],
    ["STABLE", "1.0", "1.1", "live"],
    ["STABLE", "1.0", "1.9", "live"],
    ["ALPHA", "0.2", "0.3", "live"],
    ["ALPHA", "0.3", "0.3", "hidden"],
    ["ALPHA", "1.0", "0.3", "overdue"],
    ["BETA", "0.2", "0.3", "live"],
    ["BETA", "0.3", "0.3", "deprecated"],
    ["BETA", "1.0", "0.3", "hidden"],
    ["BETA", "1.1", "0.3", "overdue"],
    ["STABLE", "0.3", "0.3", "deprecated"],
    ["STABLE", "1.0", "0.3", "deprecated"],
    ["STABLE", "1.1", "0.3", "deprecated"],
    ["STABLE", "1.2", "0.3", "hidden"],
    ["STABLE", "1.3", "0.3", "overdue"],
    // A number that was never released: its time begins with the next one that was.
    ["BETA", "1.0", "0.9", "deprecated"],
    ["BETA", "1.1", "0.9", "hidden"],
  ])("%s in %s, deprecated since %s: %s", ([stability, release, deprecatedSince, phase]) => {
    expect(phaseOf(lifecycle(stability, deprecatedSince), release, line)).toBe(phase);
  });

  test("compares numbers, not letters", () => {
    expect(phaseOf(lifecycle("BETA", "1.9"), "1.10", ["1.8", "1.9", "1.10"])).toBe("hidden");
  });

  test("throws for a release that is not on the line", () => {
    expect(() => phaseOf(lifecycle("BETA", "0.1"), "7.0", line)).toThrow('Cannot place release "7.0"');
  });

  test("agrees with component-base within one major version", () => {
    const minors = Array.from({ length: 41 }, (_, minor) => minor);
    const oneMajor = minors.map((minor) => `1.${minor}`);
    const property = fc.property(anyClass, fc.nat(40), fc.nat(40), (stability, current, deprecated) => {
      const phase = phaseOf(lifecycle(stability, `1.${deprecated}`), `1.${current}`, oneMajor);
      const upstream = [current >= deprecated, isHiddenUpstream(stability, current, deprecated)];
      return String([phase !== "live", phase === "hidden" || phase === "overdue"]) === String(upstream);
    });
    expect(counterexample(property)).toBe("");
  });

  test("is the same however the releases are numbered", () => {
    const property = fc.property(anyClass, anyLine, fc.nat(), fc.nat(), (stability, releases, current, deprecated) => {
      const [at, start] = [current % releases.length, deprecated % releases.length];
      const plain = releases.map((_, position) => `1.${position}`);
      const [phase, expected] = [releases, plain].map((numbers) =>
        phaseOf(lifecycle(stability, numbers[start]), numbers[at] ?? "", numbers),
      );
      return phase === expected;
    });
    expect(counterexample(property)).toBe("");
  });
});

const anyClass = fc.constantFrom<Stability>("ALPHA", "BETA", "STABLE");

/** Release lines that go on to the next minor or the next major version, as it comes. */
const anyLine = fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }).map((majors) => {
  let [major, minor] = [0, 0];
  return majors.map((isMajor) => {
    [major, minor] = isMajor ? [major + 1, 0] : [major, minor + 1];
    return `${major}.${minor}`;
  });
});

/** `shouldHide` of k8s.io/component-base/metrics for released versions of one major version. */
function isHiddenUpstream(stability: Stability, currentMinor: number, deprecatedMinor: number): boolean {
  return deprecatedMinor + { ALPHA: 0, BETA: 1, STABLE: 3 }[stability] <= currentMinor;
}

function lifecycle(stability: Stability, deprecatedSince?: string): Lifecycle {
  return { stability, since: "0.1", ...(deprecatedSince === undefined ? {} : { deprecatedSince }) };
}

test.for<[Stability, string | undefined, string | undefined]>([
  ["ALPHA", "0.3", "0.3"],
  ["BETA", "0.3", "1.0"],
  ["STABLE", "0.3", "1.2"],
  ["STABLE", "1.1", undefined],
  ["ALPHA", "9.0", undefined],
  ["ALPHA", undefined, undefined],
])("hiddenSince() of %s, deprecated since %s: %s", ([stability, deprecatedSince, release]) => {
  expect(hiddenSince(lifecycle(stability, deprecatedSince), line)).toBe(release);
});

test.for([
  ["0.3", "0.3", 0],
  ["0.3", "1.1", 2],
  ["1.0", "0.2", -2],
  ["9.0", "0.2", -1],
  ["0.7", "1.1", 1],
] as const)("releasesSince() %s in %s: %d", ([since, release, count]) => {
  expect(releasesSince(since, release, line)).toBe(count);
});

describe("releaseOf()", () => {
  test.for([
    ["0.1.0", "0.1"],
    ["0.3.1-rc.1", "0.3"],
    ["1.10.0+build.7", "1.10"],
    ["1.18.0-alpha.0", "1.18"],
    ["0.4", "0.4"],
  ] as const)("%s is of %s", ([version, release]) => {
    expect(releaseOf(version)).toBe(release);
  });

  test.for(["", "1", "v1.2.3", "1.2.x", "01.2.0", "1.2.3.4", "one.two"])("%j is no version", (version) => {
    expect(() => releaseOf(version)).toThrow(`Cannot read version ${JSON.stringify(version)}`);
  });
});

describe("checkShownRelease()", () => {
  const minors = ["1.15", "1.16", "1.17"];
  const problem = "must be omitted or have the value '1.16'; only the previous minor version is allowed";

  test.for([
    ["", "1.17", minors, false],
    ["1.16", "1.17", minors, true],
    ["0.3", "1.0", line, true],
    ["", "0.1", line, false],
  ] as const)("%j in %s of %j shows hidden names: %s", ([flag, release, releaseLine, shown]) => {
    expect(checkShownRelease(flag, release, releaseLine)).toEqual({ ok: true, value: shown });
  });

  test.for(["1.15", "1.17", "1.16.0", "1.invalid", "v1.16", " 1.16", "true"])("%j is refused", (flag) => {
    expect(checkShownRelease(flag, "1.17", minors)).toEqual({ ok: false, error: problem });
  });

  test("says that the first release has none before it", () => {
    const error = "must be omitted; release 0.1 has no previous minor version";
    expect(checkShownRelease("0.0", "0.1", line)).toEqual({ ok: false, error });
  });
});

test.for<[Stability, string | undefined, Phase, string]>([
  ["ALPHA", undefined, "live", "[ALPHA]"],
  ["STABLE", "1.14", "live", "[STABLE]"],
  ["STABLE", "1.14", "deprecated", "[STABLE] (Deprecated since 1.14)"],
  ["BETA", "1.14", "hidden", "[BETA] (Deprecated since 1.14)"],
])("describeLifecycle() of %s, deprecated since %s and %s: %s", ([stability, deprecatedSince, phase, text]) => {
  expect(describeLifecycle(lifecycle(stability, deprecatedSince), phase)).toBe(text);
});
