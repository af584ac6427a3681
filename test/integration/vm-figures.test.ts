import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SmallWorld, startSmallWorld } from "../../sandbox/small-world.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { during, until } from "../support/until.ts";

const api = "/apis/custom.metrics.k8s.io/v1beta2/namespaces";
let supervisor: Supervisor;
let world: SmallWorld;

beforeAll(async () => {
  supervisor = createSupervisor();
  world = await startSmallWorld({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: () => undefined,
    config: { vms: { window: "10s" }, cache: { ttl: "500ms" }, serving: { shutdownDelay: "0s" } },
    kubevirt: { overlapMs: 1_000 },
  });
});

afterAll(async () => {
  await supervisor.stop();
});

/** What the adapter says of an object: the value, or the message of its refusal. */
async function ask(path: string): Promise<number | string> {
  const { code, body } = await world.adapter.get(`${api}/${path}`, "demo");
  const answer = JSON.parse(body) as {
    readonly items?: readonly [{ readonly value: string }];
    readonly message?: string;
  };
  return code === 200 && answer.items !== undefined ? toNumber(answer.items[0].value) : (answer.message ?? body);
}

function toNumber(quantity: string): number {
  const [, number, suffix = ""] = /^(\d+)([mk]?)$/u.exec(quantity) ?? [];
  return Number(number) * ({ m: 0.001, k: 1_000 }[suffix] ?? 1);
}

function vmOf(namespace: string, metric = "cpu-usageCores", name = "web-0"): () => Promise<number | string> {
  return async () => ask(`${namespace}/virtualmachines.kubevirt.io/${name}/${metric}`);
}

function poolOf(namespace: string, metric = "cpu-usageCores"): () => Promise<number | string> {
  return async () => ask(`${namespace}/virtualmachinepools.pool.kubevirt.io/web/${metric}`);
}

function isNumber(answer: number | string): boolean {
  return typeof answer === "number";
}

/** A pool whose members use a core each, ready to be asked. */
async function pool(namespace: string, replicas: number): Promise<void> {
  await world.kubevirt.createPool({ namespace, name: "web", replicas });
  const load = { coresPerVm: 1, memoryUsedBytesPerVm: 512 * 1024 ** 2, receiveBytesPerSecondPerVm: 20_000 };
  world.kubevirt.setPoolLoad(namespace, "web", load);
  await until(poolOf(namespace), isNumber, 30);
}

/** Every answer within 10 % of the truth. */
function expectNear(answers: readonly (number | string)[], truth: number): void {
  const off = answers.filter((answer) => typeof answer !== "number" || Math.abs(answer - truth) > truth * 0.1);
  expect(off).toEqual([]);
}

describe.concurrent("a constant load reads true", () => {
  test("from the first figure of a virtual machine until it is older than the window", async () => {
    await pool("young", 1);
    expectNear(await during(vmOf("young"), 15), 1);
    expectNear(await during(vmOf("young", "cpu-usageRatio"), 1), 0.5);
    expectNear(await during(vmOf("young", "network-receiveBytesPerSecond"), 1), 20_000);
    expectNear(await during(vmOf("young", "guest-memoryUsedBytes"), 1), 512 * 1024 ** 2);
  });

  test("while it migrates, and after", async () => {
    await pool("moving", 1);
    await until(vmOf("moving"), isNumber, 10);
    const answers = during(vmOf("moving"), 14);
    await world.kubevirt.migrate("moving", "web-0", { migrationMs: 3_000 });
    const figures = (await answers).filter(isNumber);
    expectNear(figures, 1);
    // At the switch-over the target has not yet two samples, and the source is gone.
    expect(figures.length).toBeGreaterThan(20);
  });

  test("after a restart, as soon as there is a figure again", async () => {
    await pool("again", 1);
    await world.kubevirt.restart("again", "web-0");
    await until(vmOf("again"), (answer) => !isNumber(answer), 10);
    await until(vmOf("again"), isNumber, 20);
    expectNear(await during(vmOf("again"), 12), 1);
  });

  test("of a paused virtual machine, which is zero", async () => {
    await pool("paused", 1);
    await world.kubevirt.pause("paused", "web-0");
    await until(vmOf("paused"), (answer) => answer === 0, 20);
  });
});

describe.concurrent("a virtual machine", () => {
  test("does not inherit the load of an earlier one of its name", async () => {
    await pool("heir", 1);
    world.kubevirt.setLoad("heir", "web-0", { cores: 4 });
    await until(vmOf("heir"), (answer) => typeof answer === "number" && answer > 3.9, 20);
    world.kubevirt.setLoad("heir", "web-0", { cores: 1 });
    await world.kubevirt.restart("heir", "web-0");
    await until(vmOf("heir"), (answer) => !isNumber(answer), 10);
    await until(vmOf("heir"), isNumber, 20);
    expectNear(await during(vmOf("heir"), 10), 1);
  });
});

describe.concurrent("a sum", () => {
  test("counts a virtual machine that hangs as the mean of the others, and not at all when too many hang", async () => {
    await pool("hung", 5);
    await delay(11_000);
    await world.kubevirt.hang("hung", "web-0");
    await until(vmOf("hung"), (answer) => typeof answer === "string" && answer.includes("stopped"), 15);
    expectNear(await during(poolOf("hung"), 3), 5);
    await world.kubevirt.hang("hung", "web-1");
    const refusal = await until(poolOf("hung"), (answer) => !isNumber(answer), 15);
    expect(refusal).toMatch(/3 of (its )?5|3 .*2 /u);
  });

  test("has no value when its virtual machines are stopped, which look like those that are about to start", async () => {
    await pool("off", 1);
    await world.kubevirt.stopVm("off", "web-0");
    const refusal = await until(poolOf("off"), (answer) => !isNumber(answer), 15);
    expect(refusal).toContain("none of its 1 virtual machines has reported since it started");
  });

  test("is 0 when the pool is empty", async () => {
    await pool("empty", 1);
    await world.kubevirt.scalePool("empty", "web", 0);
    await until(poolOf("empty"), (answer) => answer === 0, 15);
  });
});
