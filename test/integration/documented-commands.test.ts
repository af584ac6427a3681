import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SmallWorld, startSmallWorld } from "../../sandbox/small-world.ts";
import { createSupervisor, type Supervisor } from "../../sandbox/supervisor.ts";
import { temporaryFolder } from "../../sandbox/temporary-folder.ts";
import { until } from "../support/until.ts";

/** The commands of docs/vm-metrics.md, on virtual machines that are called as there. */

const page = readFileSync("docs/vm-metrics.md", "utf8");
const paths = [...page.matchAll(/^kubectl get --raw '([^']+)'$/gmu)].map(([, path = ""]) => path);

let supervisor: Supervisor;
let world: SmallWorld;

beforeAll(async () => {
  supervisor = createSupervisor();
  world = await startSmallWorld({
    directory: await temporaryFolder(supervisor),
    supervisor,
    report: () => undefined,
    config: { vms: { window: "10s" }, cache: { ttl: "1s" }, serving: { shutdownDelay: "0s" } },
  });
  await world.kubevirt.createPool({ namespace: "shop", name: "web", replicas: 1 });
  world.kubevirt.setPoolLoad("shop", "web", { total: { readBytesPerSecond: 1e6, writeBytesPerSecond: 1e6 } });
  const [latency = ""] = paths.filter((path) => path.includes("storage-writeLatency"));
  await until(
    async () => ask(latency),
    (answer) => answer === "a figure",
    60,
  );
});

afterAll(async () => {
  await supervisor.stop();
});

/** What the simulated world has none of: a live migration now, volumes that kubelets measure, an open console, collectd. */
const absent =
  /\/(?:migration-\w+|storage-device(?:Allocation|Physical)Bytes|guest-stateReasonCode|guest-connectionsVncCount)(?:\?|$)/u;

/** What the adapter says: a figure, or why there is none. */
async function ask(path: string): Promise<string> {
  const { code, body } = await world.adapter.get(path, "demo");
  const { message = body } = JSON.parse(body) as { readonly message?: string };
  return code === 200 ? "a figure" : message;
}

describe("docs/vm-metrics.md", () => {
  test("shows commands that answer with a figure where there is one", async () => {
    const answers = await Promise.all(paths.map(async (path) => ({ path, answer: await ask(path) })));
    const without = answers.filter(({ answer }) => answer !== "a figure");
    expect(answers.length).toBeGreaterThan(100);
    expect(without.filter(({ path }) => !absent.test(path))).toEqual([]);
    expect(without.filter(({ answer }) => /no device|no such metric/u.test(answer))).toEqual([]);
  });
});
