import { EventEmitter } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { createSupervisor } from "../../sandbox/supervisor.ts";

/** Something that runs and says when it is stopped. */
function running(name: string, stopped: string[], failure?: Error): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: async () => {
      stopped.push(`${name} begins`);
      await Promise.resolve();
      stopped.push(`${name} ends`);
      if (failure !== undefined) throw failure;
    },
  };
}

/** A parent process whose signals a test sends. */
function fakeParent() {
  const kill = vi.fn<(pid: number, signal: NodeJS.Signals) => void>();
  return Object.assign(new EventEmitter(), { pid: 42, kill });
}

describe("createSupervisor()", () => {
  test("stops one after the other, the last first", async () => {
    const stopped: string[] = [];
    {
      await using supervisor = createSupervisor(fakeParent());
      await supervisor.own(running("etcd", stopped));
      await supervisor.own(running("apiserver", stopped));
    }
    expect(stopped).toEqual(["apiserver begins", "apiserver ends", "etcd begins", "etcd ends"]);
  });

  test("stops once, and everybody waits for that", async () => {
    const stopped: string[] = [];
    const supervisor = createSupervisor(fakeParent());
    await supervisor.own(running("etcd", stopped));
    await Promise.all([supervisor.stop(), supervisor.stop().then(() => stopped.push("second"))]);
    expect(stopped).toEqual(["etcd begins", "etcd ends", "second"]);
  });

  test("stops the others when one does not stop, and says so", async () => {
    const stopped: string[] = [];
    const supervisor = createSupervisor(fakeParent());
    await supervisor.own(running("etcd", stopped));
    await supervisor.own(running("apiserver", stopped, new Error("stuck")));
    await expect(supervisor.stop()).rejects.toThrow("stuck");
    expect(stopped).toContain("etcd ends");
  });

  test.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)("stops everything on %s and then ends by it", async (signal) => {
    const stopped: string[] = [];
    const parent = fakeParent();
    const supervisor = createSupervisor(parent);
    await supervisor.own(running("etcd", stopped));
    parent.emit(signal, signal);
    expect(supervisor.signal.aborted).toBe(true);
    await vi.waitFor(() => {
      expect(parent.kill).toHaveBeenCalledExactlyOnceWith(42, signal);
    });
    expect(stopped).toEqual(["etcd begins", "etcd ends"]);
    expect(parent.eventNames()).toEqual([]);
  });

  test("stops what comes too late at once", async () => {
    const stopped: string[] = [];
    const supervisor = createSupervisor(fakeParent());
    await supervisor.stop();
    await supervisor.own(running("late", stopped));
    expect(stopped).toEqual(["late begins", "late ends"]);
  });

  test("leaves no listener behind", async () => {
    const parent = fakeParent();
    await createSupervisor(parent).stop();
    expect(parent.eventNames()).toEqual([]);
  });
});
