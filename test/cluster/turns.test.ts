import { describe, expect, test } from "vitest";
import { createTurns, type TurnLimits } from "../../src/cluster/turns.ts";

/** Tasks that end when they are told to, and the order in which they began. */
function scene(limits: TurnLimits) {
  const takeTurn = createTurns(limits);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    ask: (asker: string, name: string) =>
      takeTurn(asker, async () => {
        begun.push(name);
        const { promise, resolve } = Promise.withResolvers<void>();
        ends.set(name, resolve);
        await promise;
        return name;
      }),
    end: async (name: string) => {
      ends.get(name)?.();
      await settle();
    },
  };
}

/** Lets everything happen that nobody has to wait for. */
function settle(): Promise<void> {
  return new Promise(setImmediate);
}

describe("createTurns()", () => {
  test("runs so many at once, and the next when one has ended", async () => {
    const { ask, end, begun } = scene({ running: 2, waitingOfEach: 10 });
    const answers = ["a", "b", "c"].map((name) => ask("ann", name));
    await settle();
    expect(begun).toEqual(["a", "b"]);
    await end("b");
    expect(begun).toEqual(["a", "b", "c"]);
    await end("a");
    await end("c");
    expect(await Promise.all(answers)).toMatchObject([{ value: "a" }, { value: "b" }, { value: "c" }]);
    const last = ask("ann", "d");
    await settle();
    expect(begun).toContain("d");
    await end("d");
    await last;
  });

  test("lets askers take turns, however many questions one has", async () => {
    const { ask, end, begun } = scene({ running: 1, waitingOfEach: 10 });
    for (const name of ["a1", "a2", "a3"]) void ask("ann", name);
    for (const name of ["b1", "b2"]) void ask("bob", name);
    void ask("cid", "c1");
    await settle();
    for (const name of ["a1", "a2", "b1", "c1", "a3"]) await end(name);
    expect(begun).toEqual(["a1", "a2", "b1", "c1", "a3", "b2"]);
    await end("b2");
  });

  test("refuses at once what would wait behind too many of the same asker", async () => {
    const { ask, begun } = scene({ running: 1, waitingOfEach: 2 });
    for (const name of ["a1", "a2", "a3"]) void ask("ann", name);
    expect(await ask("ann", "a4")).toEqual({ ok: false, error: "tooManyWaiting" });
    void ask("bob", "b1");
    expect(begun).toEqual(["a1"]);
  });

  test("goes on after a task that throws", async () => {
    const takeTurn = createTurns({ running: 1, waitingOfEach: 1 });
    await expect(takeTurn("ann", () => Promise.reject(new Error("bug")))).rejects.toThrow("bug");
    expect(await takeTurn("ann", () => Promise.resolve(1))).toEqual({ ok: true, value: 1 });
  });
});
