import { describe, expect, test } from "vitest";
import { createSupervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import {
  type BackfillOptions,
  startBackfilledPrometheus,
  startBackfilledVictoriaMetrics,
} from "../support/backfill.ts";
import {
  aggregateCases,
  aliasCases,
  externalCases,
  instanceCases,
  machineCases,
  podCases,
  prefixCases,
} from "../support/catalogue-cases.ts";
import {
  createImplausiblePast,
  createPast,
  createReplacedPast,
  createRollingPast,
  type Past,
} from "../support/catalogue-past.ts";
import { deviceCases } from "../support/device-cases.ts";
import { engines } from "../support/engines.ts";
import type { KubevirtVersion } from "../support/kubevirt-versions.ts";
import { askAll } from "../support/metric-case.ts";
import { providerOn } from "../support/provider.ts";
import { createSimulatedPast } from "../support/simulated-past.ts";
import { startTimeMachine } from "../support/time-machine.ts";

const versions: readonly KubevirtVersion[] = ["v1.0", "v1.1", "v1.3", "v1.4", "v1.5", "v1.6", "v1.8", "v1.9"];
/** As a build calls itself that was made without a release. */
const noRelease = { kubeversion: "v0.0.0-master+$Format:%h$" };

/** What the fleet is, and what a Prometheus has seen of it until a moment. */
type Row = readonly [title: string, pastAt: (nowMs: number) => Past];

const pasts: readonly Row[] = [
  ...versions.flatMap(alone),
  ...beside("v1.0", "v1.1"),
  ...beside("v1.1", "v1.3"),
  ...beside("v1.4", "v1.6"),
  ...beside("v1.5", "v1.9"),
  ...beside("v1.0", "v1.9"),
  ["v1.9 that does not say so, with implausible figures", createImplausiblePast],
  ["the simulated fleet, from KubeVirt", (nowMs) => createSimulatedPast("kubevirt", nowMs)],
  ["the simulated fleet, from collectd", (nowMs) => createSimulatedPast("collectd", nowMs)],
  ["the simulated fleet, from the libvirt exporter", (nowMs) => createSimulatedPast("libvirt-exporter", nowMs)],
];

function alone(version: KubevirtVersion): readonly Row[] {
  const dishonoured = { version, honorLabels: false };
  return [
    [version, (nowMs) => createPast({ version, nowMs })],
    [`${version} without honorLabels`, (nowMs) => createPast({ ...dishonoured, nowMs })],
    [`${version} that does not say so`, (nowMs) => createPast({ version, nowMs, ...noRelease })],
    [
      `${version} that does not say so, without honorLabels`,
      (nowMs) => createPast({ ...dishonoured, nowMs, ...noRelease }),
    ],
  ];
}

/** During an upgrade, and after one or its end. */
function beside(old: KubevirtVersion, young: KubevirtVersion): readonly Row[] {
  const begun = { n1: young, n2: old, controlPlane: old };
  const late = { n1: old, n2: young, controlPlane: young };
  return [
    [`${old} and ${young}`, (nowMs) => createRollingPast({ ...begun, nowMs })],
    [`${young} and ${old}`, (nowMs) => createRollingPast({ ...late, nowMs })],
    [`${young} and ${old} that do not say so`, (nowMs) => createRollingPast({ ...late, nowMs, ...noRelease })],
    [`${young} that was rolled back to ${old}`, (nowMs) => createReplacedPast(young, old, nowMs)],
    [`${young} after ${old}`, (nowMs) => createReplacedPast(old, young, nowMs)],
  ];
}

const prometheus3 = { ...process.env, PROMETHEUS: undefined, PROMETHEUS_VERSION: "3" };
const backends = [
  ["Prometheus", engines.Prometheus, startBackfilledPrometheus],
  [
    "Prometheus 3",
    engines["Prometheus 3"],
    async (options: BackfillOptions) => startBackfilledPrometheus({ ...options, env: prometheus3 }),
  ],
  ["VictoriaMetrics", engines.VictoriaMetrics, startBackfilledVictoriaMetrics],
] as const;

const objects = [
  instanceCases,
  machineCases,
  aliasCases,
  podCases,
  aggregateCases,
  externalCases,
  prefixCases,
  deviceCases,
];

describe.for(backends)("on %s, each metric is true, or absent where nothing is known, of", ([, engine, start]) => {
  test.for(pasts)("%s", async ([title, pastAt]) => {
    await using supervisor = createSupervisor();
    const { nowMs, series, inventory, vms, truths, tolerances } = pastAt(
      Math.floor(Date.now() / 1_000) * 1_000 - 60_000,
    );
    const { url } = await start({ supervisor, directory: await temporaryFolder(supervisor), nowMs, series });
    const timeMachine = await supervisor.own(await startTimeMachine(url));
    const provider = providerOn(timeMachine.at(nowMs), inventory, { wallClock: () => nowMs, vms });
    const cases = objects.flatMap((casesOf) => casesOf({ metrics: catalogue, truths, inventory }));
    const { wrong, figures, absences } = await askAll(provider, cases, tolerances);
    const counts = `${cases.length} questions, ${figures} figures, ${absences} absences`;
    process.stdout.write(`${counts}: ${title} on ${await engine.describe()}\n`);
    expect(wrong).toEqual([]);
  });
});
