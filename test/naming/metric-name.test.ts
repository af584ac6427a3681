import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatLeaf, formatMetricName, parseLeaf, parseMetricName, unitOf } from "../../src/naming/metric-name.ts";
import { metricNameProperties, nearNames } from "../support/metric-name-cases.ts";
import { counterexample } from "../support/property.ts";
import namesByUnit from "../vectors/vm-metric-names.json" with { type: "json" };

const catalogue = Object.entries(namesByUnit).flatMap(([unit, names]) => names.map((name) => [name, unit] as const));
const longestVm = `${"a".repeat(63)}.${"b".repeat(189)}`;

describe("parseMetricName()", () => {
  test.for([
    ["cpu-usageCores", { group: "cpu", leaf: "usageCores" }],
    ["vcpu_0-usageCores", { group: "vcpu", device: "0", leaf: "usageCores" }],
    ["network_default-receiveBytesTotal", { group: "network", device: "default", leaf: "receiveBytesTotal" }],
    ["vm0-migration-memoryProcessedKiB", { vm: "vm0", group: "migration", leaf: "memoryProcessedKiB" }],
    [
      "vm0-network_default-receiveBytesPerSecond",
      { vm: "vm0", group: "network", device: "default", leaf: "receiveBytesPerSecond" },
    ],
  ] as const)("reads the form of %s", ([text, name]) => {
    expect(parseMetricName(text)).toEqual(name);
  });

  test.for([
    ["web-migration-network-receiveBytesPerSecond", "web-migration", undefined],
    ["a-network-network-receiveBytesTotal", "a-network", undefined],
    ["a-network_network-b-receiveBytesTotal", "a", "network-b"],
    ["a-network-network_b-receiveBytesTotal", "a-network", "b"],
    ["network-network_network-network-receiveBytesTotal", "network", "network-network"],
    ["network-network-network-receiveBytesTotal", "network-network", undefined],
    ["cpu-network_cpu-usageCores-receiveBytesTotal", "cpu", "cpu-usageCores"],
    ["metrics-network-receiveBytesTotal", "metrics", undefined],
    ["web.1-network-receiveBytesTotal", "web.1", undefined],
    ["network.network-network-receiveBytesTotal", "network.network", undefined],
    ["0-network-receiveBytesTotal", "0", undefined],
    ["a--b-network-receiveBytesTotal", "a--b", undefined],
    [`${longestVm}-network-receiveBytesTotal`, longestVm, undefined],
  ] as const)("reads %s as virtual machine %s and device %s", ([text, vm, device]) => {
    const name = parseMetricName(text);
    expect([name?.vm, name?.group, name?.device]).toEqual([vm, "network", device]);
  });

  test.for(["a-b", "a_b", "a.b", "a+b", "-a", "a-", "-", "--", "_", "__a_", ".", "+", "A", "0", "my.disk_2-B+"])(
    "reads a device called %s",
    (device) => {
      expect(parseMetricName(`storage_${device}-readBytesTotal`)).toEqual({
        group: "storage",
        device,
        leaf: "readBytesTotal",
      });
    },
  );

  test.for([
    ["usagecores", "a name of the Go client, in lower case"],
    ["UsageCores", undefined],
    ["usage.Cores", undefined],
    ["usage_Cores", undefined],
    ["1mLoadProcesses", undefined],
    ["", undefined],
    ["größeBytes", undefined],
    ["usageCores\n", undefined],
  ] as const)("takes %j for a leaf: %s", ([leaf, why]) => {
    expect(parseMetricName(`cpu-${leaf}`)).toEqual(why === undefined ? undefined : { group: "cpu", leaf });
  });

  test.for([
    "",
    "-",
    "cpu",
    "usageCores",
    "-usageCores",
    "disk-usageCores",
    "CPU-usageCores",
    "xcpu-usageCores",
    "cpux-usageCores",
    "cpu.usageCores",
    "vm0cpu-usageCores",
    // Where hyphens stand around a device, the right-hand rule finds no group.
    "a-network-network-b-receiveBytesTotal",
    "network-default-receiveBytesTotal",
    "network_-receiveBytesTotal",
    "network_a/b-receiveBytesTotal",
    "network_a b-receiveBytesTotal",
    "network_a%2Fb-receiveBytesTotal",
    "network_é-receiveBytesTotal",
    "VM0-migration-processedMemoryKiB",
    "*-cpu-usageCores",
    "-cpu-usageCores",
    "a--cpu-usageCores",
    "-a-cpu-usageCores",
    "a.-cpu-usageCores",
    ".a-cpu-usageCores",
    "a..b-cpu-usageCores",
    "a.-b-cpu-usageCores",
    "a-.b-cpu-usageCores",
    "a_b-cpu-usageCores",
    "a+b-cpu-usageCores",
    "shop/a-cpu-usageCores",
    `${longestVm}a-cpu-usageCores`,
    "kubevirt_vmi_cpu_usage_seconds_total",
    "kubevirt_vmi-cpu-usageCores",
    "cpu-usageCores ",
    " cpu-usageCores",
  ])("refuses %j", (text) => {
    expect(parseMetricName(text)).toBeUndefined();
  });

  test.for([
    ["one word", "a"],
    ["groups", "cpu-"],
    ["devices", "cpu_-a"],
    ["labels", "a."],
    ["hyphens", "-"],
    ["underscores", "_"],
    ["leaves", "-usageCores"],
  ] as const)("takes linear time for 100 kB of %s", ([, piece]) => {
    const text = piece.repeat(100_000 / piece.length);
    const started = performance.now();
    for (const head of ["", "cpu-", "cpu_", "a-cpu_"]) {
      for (const tail of ["", "!", "-cpu-usageCores!"]) parseMetricName(head + text + tail);
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe("the grammar of names", () => {
  test.for(metricNameProperties)("%s", ([, property]) => {
    expect(counterexample(property)).toBe("");
  });

  test("is asked for names and for texts that are none", () => {
    const names = fc.sample(nearNames, 1_000).filter((text) => parseMetricName(text) !== undefined);
    expect(names.length).toBeGreaterThan(100);
    expect(names.length).toBeLessThan(900);
  });

  test("prints different names differently", () => {
    const vms = [undefined, "a", "cpu", "a-cpu", "cpu-a", "cpu-cpu", "a.cpu", "a-cpu-a"];
    const devices = [undefined, "a", "cpu", "-", "_", "a-", "-a", "_a", "a-cpu", "cpu-a", "a_cpu", "a-cpu_a", "-a-cpu"];
    const names = vms.flatMap((vm) =>
      devices.flatMap((device) =>
        (["cpu", "vcpu"] as const).flatMap((group) =>
          ["a", "cpu", "usageCores"].map((leaf) => ({
            ...(vm === undefined ? {} : { vm }),
            group,
            ...(device === undefined ? {} : { device }),
            leaf,
          })),
        ),
      ),
    );
    expect(new Set(names.map(formatMetricName)).size).toBe(names.length);
  });
});

describe("parseLeaf()", () => {
  test.for([
    ["usageCores", "usage", "Cores", ""],
    ["memoryProcessedKiB", "memoryProcessed", "KiB", ""],
    ["receiveGiBPerSecond", "receive", "GiB", "PerSecond"],
    ["dataTotalBytes", "dataTotal", "Bytes", ""],
    ["timeSecondsTotal", "time", "Seconds", "Total"],
    ["dataTotalBytesTotal", "dataTotal", "Bytes", "Total"],
    ["panicCountTotal", "panic", "Count", "Total"],
    ["load1mProcesses", "load1m", "Processes", ""],
    ["readTimeSecondsPerSecond", "readTime", "Seconds", "PerSecond"],
    ["timeUserMillisecondsTotal", "timeUser", "Milliseconds", "Total"],
    ["usageMillicores", "usage", "Millicores", ""],
    ["usageAverageRatio", "usageAverage", "Ratio", ""],
    ["memoryUsedMaximumPercent", "memoryUsedMaximum", "Percent", ""],
    ["timeSecondsSecondsTotal", "timeSeconds", "Seconds", "Total"],
  ] as const)("reads %s as %s, %s, %j", ([text, subject, unit, suffix]) => {
    expect(parseLeaf(text)).toEqual({ subject, unit, suffix });
  });

  test.for([
    "",
    "usage",
    "Cores",
    "cores",
    "usagecores",
    "UsageCores",
    "usageCORES",
    "usageKiBs",
    "memoryKib",
    "memoryKB",
    "memoryVMBytes",
    "memoryBytesProcessed",
    "memoryTotal",
    "memoryPerSecond",
    "timeSecondsPerSecondTotal",
    "timeSecondsTotalPerSecond",
    "timeSecondsTotalTotal",
    "timeSecondsPerMinute",
    "1mLoadProcesses",
    "load-1mProcesses",
    "load_Processes",
    "usageCores ",
    "usageCores\n",
  ])("refuses %j", (text) => {
    expect(parseLeaf(text)).toBeUndefined();
  });

  test("takes linear time for 100 kB", () => {
    const started = performance.now();
    for (const piece of ["a", "Bytes", "KiB", "PerSecond", "Ab"]) {
      for (const tail of ["", "!"]) parseLeaf("a" + piece.repeat(100_000 / piece.length) + tail);
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe("unitOf()", () => {
  test("knows the 104 names of the catalogue", () => {
    expect(new Set(catalogue.map(([name]) => name)).size).toBe(104);
  });

  test.for(catalogue)("%s is in %s", ([name, unit]) => {
    expect(unitOf(name)).toBe(unit);
    expect(unitOf(`vm0-${name}`)).toBe(unit);
    const leaf = parseLeaf(parseMetricName(name)?.leaf ?? "");
    expect(leaf && formatLeaf(leaf)).toBe(name.slice(name.indexOf("-") + 1));
  });

  test.for([
    ["storage_root-readTimeSecondsPerSecond", "SecondsPerSecond"],
    ["vm0-migration-memoryProcessedKiB", undefined],
    ["guest-memoryUsedPercent", undefined],
    ["cpu-usagecores", undefined],
    ["cpu-usage", undefined],
    ["usageCores", undefined],
    ["disk-usageCores", undefined],
    ["", undefined],
  ] as const)("%j is in %s", ([name, unit]) => {
    expect(unitOf(name)).toBe(unit);
  });
});
