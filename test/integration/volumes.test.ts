import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import type { MetricsProvider } from "../../src/query/provider.ts";
import { storageMetrics } from "../../src/vm/catalogue/storage.ts";
import { startBackfilledPrometheus } from "../support/backfill.ts";
import {
  aggregateCases,
  aliasCases,
  externalCases,
  instanceCases,
  machineCases,
  podCases,
  prefixCases,
} from "../support/catalogue-cases.ts";
import { deviceCases } from "../support/device-cases.ts";
import { askAll } from "../support/metric-case.ts";
import { providerOn } from "../support/provider.ts";
import { startTimeMachine } from "../support/time-machine.ts";
import { createVolumesPast } from "../support/volumes-past.ts";

const nowMs = Math.floor(Date.now() / 1_000) * 1_000 - 60_000;
const { inventory, series, truths } = createVolumesPast(nowMs);
const metrics = storageMetrics.filter(({ name }) => name === "storage-devicePhysicalBytes");

let supervisor: Supervisor;
let provider: MetricsProvider;

beforeAll(async () => {
  supervisor = createSupervisor();
  const directory = await temporaryFolder(supervisor);
  const prometheus = await startBackfilledPrometheus({ supervisor, directory, nowMs, series });
  const timeMachine = await supervisor.own(await startTimeMachine(prometheus.url));
  provider = providerOn(timeMachine.at(nowMs), inventory, { wallClock: () => nowMs });
});

afterAll(async () => {
  await supervisor.stop();
});

describe("the size of what holds drives, as kubelets measure it, is true, or absent where nothing is measured, of", () => {
  test.for([
    ["instances", instanceCases, 11, 3],
    ["virtual machines", machineCases, 11, 2],
    ["instances in other units", aliasCases, 33, 9],
    ["launcher pods", podCases, 11, 5],
    ["a pool and a replica set", aggregateCases, 5, 5],
    ["a namespace, by names that begin with a virtual machine's", prefixCases, 11, 3],
    ["external metrics", externalCases, 21, 3],
    ["drives", deviceCases, 66, 108],
  ] as const)("%s", async ([, casesOf, figures, absences]) => {
    const outcome = await askAll(provider, casesOf({ metrics, truths, inventory }));
    expect(outcome.wrong).toEqual([]);
    expect([outcome.figures, outcome.absences]).toEqual([figures, absences]);
  });
});
