import { defineConfig } from "vitest/config";

const minute = 60_000;

/** Integration tests that live through tens of seconds of scrapes. */
const waitForTheClock = ["vm-figures", "chaos", "readme"].map((name) => `test/integration/${name}.test.ts`);

const onPrometheus = {
  globalSetup: ["test/support/get-binaries.ts"],
  // They wait for the clock, not for the processor.
  maxConcurrency: 10,
  maxWorkers: 4,
  isolate: false,
  sequence: { groupOrder: 1 }, // after the others, so that nothing competes with the clock of scrapes
  testTimeout: minute,
  hookTimeout: 5 * minute,
};

/** End-to-end tests under the load of many requests. */
const underLoad = ["soak", "replicas", "certificates"].map((name) => `test/e2e/${name}.test.ts`);

const onControlPlane = {
  // Each file has a cluster of its own, and waits for its clocks most of the time.
  maxWorkers: 3,
  testTimeout: 3 * minute,
  hookTimeout: 30 * minute, // the first run builds the control plane
};

/** Heights of tests: `unit` needs nothing, `clock` and `integration` a Prometheus, `e2e` a control plane; `long` ones take long. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/integration/**", "test/e2e/**", "test/long/**", "test/e2e-long/**"],
          pool: "threads",
          isolate: false, // no module has state: each is loaded once for all files
          maxWorkers: 3, // many of them wait
          testTimeout: minute, // a busy machine is no fault
          sequence: { groupOrder: 0 },
        },
      },
      // Of one group, which are started in the order of their names: what waits long comes first.
      { test: { ...onPrometheus, name: "clock", include: waitForTheClock } },
      {
        test: {
          ...onPrometheus,
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          exclude: waitForTheClock,
        },
      },
      // Figures first, and then what keeps the processor busy, or a late scrape would be a wrong rate.
      {
        test: {
          ...onControlPlane,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: underLoad,
          sequence: { groupOrder: 2 },
        },
      },
      { test: { ...onControlPlane, name: "e2e-load", include: underLoad, sequence: { groupOrder: 3 } } },
      { test: { name: "long", include: ["test/long/**/*.test.ts"], testTimeout: 60 * minute } },
      {
        test: {
          name: "e2e-long",
          include: ["test/e2e-long/**/*.test.ts", "test/e2e/soak.test.ts"],
          env: { SOAK: process.env["SOAK"] ?? "10m" },
          fileParallelism: false,
          testTimeout: 60 * minute,
          hookTimeout: 30 * minute,
        },
      },
    ],
  },
});
