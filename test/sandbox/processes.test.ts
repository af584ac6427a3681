import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { freePort, type ProcessOptions, startProcess } from "../../sandbox/processes.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "processes-"));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

let scripts = 0;
/** Options for a shell script that is ready once its log says "ready". */
function script(text: string, more: Partial<ProcessOptions> = {}): ProcessOptions {
  scripts += 1;
  const logFile = join(directory, `${scripts}.log`);
  return {
    name: "script",
    command: "sh",
    args: ["-c", text],
    logFile,
    ready: async () => Promise.resolve(readFileSync(logFile, "utf8").includes("ready")),
    readyWithinMs: 10_000,
    ...more,
  };
}

/** A process that has ended but that nobody has asked about yet, a zombie, does not count. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout !== "" && !stdout.startsWith("Z");
}

describe("startProcess()", () => {
  test("waits until it is ready and writes both outputs to the log", async () => {
    const options = script("echo out; echo err >&2; echo $VARIABLE; exec sleep 60", { env: { VARIABLE: "ready" } });
    await using running = await startProcess(options);
    expect(isAlive(running.pid)).toBe(true);
    expect(readFileSync(options.logFile, "utf8")).toBe("out\nerr\nready\n");
  });

  test("passes arguments as they are", async () => {
    const text = 'printf "%s|" "$@"; exec sleep 60';
    const options = script(text, { args: ["-c", text, "sh", "a b", "$HOME", "'", "ready"] });
    await using _running = await startProcess(options);
    expect(readFileSync(options.logFile, "utf8")).toBe("a b|$HOME|'|ready|");
  });

  test("gives the process id of the command itself", async () => {
    const options = script("echo $$ ready; exec sleep 60");
    await using running = await startProcess(options);
    expect(readFileSync(options.logFile, "utf8")).toBe(`${running.pid} ready\n`);
  });

  test.for([
    ["ends with a code", "echo broken config; exit 3", {}, "ended with code 3", "broken config"],
    ["ends by a signal", "echo help; kill -KILL $$", {}, "ended by SIGKILL", "help"],
    ["does not get ready", "echo starting; exec sleep 60", { readyWithinMs: 200 }, "not ready after 0.2 s", "starting"],
    ["does not exist", "", { command: "/no/such/command" }, "ended with code 127", "/no/such/command"],
  ] as const)("rejects with the end of the log when the command %s", async ([, text, more, state, log]) => {
    const starting = startProcess(script(text, more));
    await expect(starting).rejects.toThrow(`Cannot start "script": ${state}`);
    await expect(starting).rejects.toThrow(log);
  });

  test("shows the last lines of a long log only", async () => {
    const starting = startProcess(script("for i in $(seq 1000); do echo line $i.; done; exit 1"));
    await expect(starting).rejects.toThrow(/^line 986\.\n.*^line 1000\.$/msu);
    await expect(starting).rejects.not.toThrow("line 985.");
  });

  test("does not wait for a readiness check that hangs", async () => {
    const hanging = script("exit 1", { ready: async () => new Promise<boolean>(() => undefined) });
    await expect(startProcess(hanging)).rejects.toThrow("ended with code 1");
  });

  test("takes a rejected readiness check for no", async () => {
    const options = script("exec sleep 60", {
      readyWithinMs: 200,
      ready: async () => Promise.reject(new Error("refused")),
    });
    await expect(startProcess(options)).rejects.toThrow("not ready");
  });

  test("stops the process when it is told to give up", async () => {
    const giveUp = new AbortController();
    const options = script("echo $$; exec sleep 60", { signal: giveUp.signal });
    const starting = startProcess({
      ...options,
      ready: async () => {
        if (readFileSync(options.logFile, "utf8") !== "") giveUp.abort(new Error("enough"));
        return Promise.resolve(false);
      },
    });
    await expect(starting).rejects.toThrow("enough");
    expect(isAlive(Number(readFileSync(options.logFile, "utf8")))).toBe(false);
  });

  test("does not start anything after that", async () => {
    await expect(startProcess(script("", { signal: AbortSignal.abort(new Error("enough")) }))).rejects.toThrow(
      "enough",
    );
  });
});

describe("stop()", () => {
  test("lets the process end in its own way", async () => {
    const running = await startProcess(script("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"));
    await running.stop();
    await expect(running.exited).resolves.toEqual({ code: 7, signal: null });
  });

  test("kills a process that does not end", async () => {
    const options = script("trap '' TERM; echo ready; while :; do sleep 0.01; done", { stopWithinMs: 100 });
    const running = await startProcess(options);
    await Promise.all([running.stop(), running.stop()]);
    await expect(running.exited).resolves.toEqual({ code: null, signal: "SIGKILL" });
  });

  test("takes descendants with it", async () => {
    const options = script("sleep 60 & echo $! ready; wait");
    const running = await startProcess(options);
    await running.stop();
    const descendant = Number.parseInt(readFileSync(options.logFile, "utf8"), 10);
    await vi.waitFor(() => {
      expect(isAlive(descendant)).toBe(false);
    });
  });

  test("is done at once when the process has ended by itself", async () => {
    const running = await startProcess(script("echo ready; sleep 0.2"));
    await running.exited;
    await running.stop();
    await expect(running.exited).resolves.toEqual({ code: 0, signal: null });
  });
});

describe("kill()", () => {
  test("leaves the process no time, and is done at once when it has ended", async () => {
    const running = await startProcess(script("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"));
    await running.kill();
    await running.kill();
    await expect(running.exited).resolves.toEqual({ code: null, signal: "SIGKILL" });
  });
});

test.for(["SIGKILL", "SIGTERM"] as const)("no process outlives a parent that is ended by %s", async (signal) => {
  const module = JSON.stringify(join(import.meta.dirname, "../../sandbox/processes.ts"));
  const parentFile = join(directory, `${signal}.ts`);
  writeFileSync(
    parentFile,
    `import { startProcess } from ${module};
    const { pid } = await startProcess({
      name: "sleep", command: "sleep", args: ["60"], readyWithinMs: 1_000, ready: async () => true,
      logFile: ${JSON.stringify(join(directory, `${signal}.log`))},
    });
    console.log(pid);`,
  );
  const parent = spawn(process.execPath, [parentFile], { stdio: ["ignore", "pipe", "inherit"] });
  const [output] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(output.toString());
  expect(isAlive(pid)).toBe(true);
  parent.kill(signal);
  await vi.waitFor(() => {
    expect(isAlive(pid)).toBe(false);
  });
});

describe("freePort()", () => {
  test("answers a port that can be listened on", async () => {
    const port = await freePort();
    const server = createServer().listen(port, "127.0.0.1");
    await once(server, "listening");
    expect(server.address()).toMatchObject({ port });
    server.close();
  });

  test("stays below the ports of outgoing connections", async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, async () => freePort()));
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...ports)).toBeLessThan(32_768);
  });

  test("passes over a port that was given to somebody else and is not listened on yet", async () => {
    const given = await freePort();
    const wanted = [given, 20_000].map((port) => (port + 0.5 - 20_000) / 12_000);
    expect(await freePort(() => wanted.shift() ?? Math.random())).not.toBe(given);
    expect(wanted).toEqual([]);
  });
});
