import { describe, expect, test } from "vitest";
import { type Domain, domainOf, proportions } from "../../../sandbox/kubevirt/domain.ts";
import { accumulate, idleLoad, type Load, memberLoad, noTotals } from "../../../sandbox/kubevirt/load.ts";
import { spec } from "./specs.ts";

const busy = { ...idleLoad, cores: 1, readBytesPerSecond: 40_960 };

/** What libvirt says of a guest of two vCPUs after ten seconds under a load. */
function after10s(load: Partial<Load>): Domain {
  const all = { ...busy, ...load };
  return domainOf(spec("a"), { totals: accumulate(noTotals, all, 10) }, all);
}

describe("memberLoad()", () => {
  test.for<[string, Parameters<typeof memberLoad>, Partial<Load>]>([
    [
      "spreads a total over the members",
      [{ total: { runnableProcesses: 6, cores: 3 } }, 3],
      { runnableProcesses: 2, cores: 1 },
    ],
    ["gives it whole to the only one, running or not", [{ total: { cores: 3 } }, 0], { cores: 3 }],
    ["prefers what each member is to have", [{ total: { cores: 3 }, coresPerVm: 2 }, 3], { cores: 2 }],
  ])("%s", ([, args, expected]) => {
    expect(memberLoad(...args)).toEqual(expected);
  });
});

describe("domainOf()", () => {
  test("lets vCPUs wait for a processor as long as the load says, beyond what is usual", () => {
    const usual = after10s({}).vcpus.map(({ delaySeconds }) => delaySeconds);
    const delayed = after10s({ vcpuDelaySecondsPerSecond: 0.4 }).vcpus.map(({ delaySeconds }) => delaySeconds);
    expect(delayed).toEqual(usual.map((seconds) => seconds + 2));
  });

  test("lets each read take as much longer as the load says", () => {
    const [{ read } = { read: undefined }] = after10s({ readDelaySeconds: 0.02 }).drives;
    expect(read?.operations).toBe(100);
    expect((read?.seconds ?? NaN) / 100).toBeCloseTo(proportions.secondsPerRead + 0.02);
  });

  test("fills the guest's filesystem", () => {
    expect(after10s({ fileSystemUsedBytes: 7e9 }).fileSystems).toMatchObject([{ capacityBytes: 8e9, usedBytes: 7e9 }]);
  });
});
