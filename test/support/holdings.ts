import { readdir } from "node:fs/promises";
import type { Inspector } from "./inspector.ts";

/** What a Node process holds at one moment. */
export interface Holdings {
  /**
   * `descriptors`: open files, sockets and the like (proc(5)). The others are what keeps the event loop alive, by the names
   * of `process.getActiveResourcesInfo()`, such as `TCPSocketWrap` and `Timeout`; a kind that there is none of is absent.
   */
  readonly handles: Readonly<Record<string, number>>;
  /**
   * Objects and buffers in use, without the code that V8 goes on making for minutes. Resident memory says rather when
   * garbage was collected last.
   */
  readonly memoryBytes: number;
}

const question = `({
  kinds: process.getActiveResourcesInfo(),
  memoryBytes: process.getBuiltinModule("node:v8").getHeapSpaceStatistics()
    .filter((space) => !/code|trusted/u.test(space.space_name))
    .reduce((sum, space) => sum + space.space_used_size, process.memoryUsage().external),
})`;

/** Looks at a process of this user; its garbage is collected first. Rejects when it does not answer. */
export async function readHoldings(pid: number, inspector: Inspector): Promise<Holdings> {
  await inspector.collectGarbage();
  const { kinds, memoryBytes } = (await inspector.evaluate(question)) as {
    readonly kinds: readonly string[];
    readonly memoryBytes: number;
  };
  const byKind = Object.groupBy(kinds, (kind) => kind);
  const counts = Object.entries(byKind).map(([kind, all = []]) => [kind, all.length] as const);
  const descriptors = (await readdir(`/proc/${pid}/fd`)).length;
  return { handles: { descriptors, ...Object.fromEntries(counts) }, memoryBytes };
}
