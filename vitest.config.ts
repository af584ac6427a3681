import { defineConfig } from "vitest/config";

const minute = 60_000;

/** Heights of tests: `unit` needs nothing, `integration` a Prometheus, `e2e` a control plane; `long` ones take long. */
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
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/support/get-binaries.ts"],
          // They wait for the clock, not for the processor.
          maxConcurrency: 10,
          maxWorkers: 3,
          isolate: false,
          sequence: { groupOrder: 1 }, // after the others, so that nothing competes with the clock of scrapes
          testTimeout: minute,
          hookTimeout: 5 * minute,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 3 * minute,
          hookTimeout: 30 * minute, // the first run builds the control plane
        },
      },
      { test: { name: "long", include: ["test/long/**/*.test.ts"], testTimeout: 60 * minute } },
      {
        test: {
          name: "e2e-long",
          include: ["test/e2e-long/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 60 * minute,
          hookTimeout: 30 * minute,
        },
      },
    ],
  },
});
