import { describe, expect, test } from "vitest";
import { createHealth, type HealthCheck, type HealthReport, isOpenHealthPath } from "../../src/apiservice/health.ts";
import { parseRequestTarget } from "../../src/apiservice/request-target.ts";

const well: HealthCheck = { name: "loop", problem: () => undefined };
const informers: HealthCheck = { name: "informer-sync", problem: () => "pods: no list yet" };

function report(url: string, ready: readonly HealthCheck[] = [], stopping = false): HealthReport | undefined {
  const target = parseRequestTarget(url);
  const health = createHealth([well], ready);
  if (stopping) health.beginShutdown();
  return target.ok ? health.report(target.value) : undefined;
}

describe("createHealth()", () => {
  test.for(["/healthz", "/livez", "/readyz", "/livez/ping", "/readyz/shutdown", "/healthz/loop"])("%s is ok", (url) => {
    expect(report(url)).toEqual({ code: 200, text: "ok", problems: {} });
  });

  test("lists every check on demand", () => {
    expect(report("/readyz?verbose")?.text).toBe("[+]ping ok\n[+]loop ok\n[+]shutdown ok\nreadyz check passed\n");
  });

  test("withholds reasons from clients, not from the log", () => {
    expect(report("/readyz", [informers])).toEqual({
      code: 500,
      text: "[+]ping ok\n[+]loop ok\n[-]informer-sync failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n",
      problems: { "informer-sync": "pods: no list yet" },
    });
    expect(report("/readyz/informer-sync", [informers])).toMatchObject({
      code: 500,
      problems: { "informer-sync": "pods: no list yet" },
    });
  });

  test("leaves out what is excluded, and warns of what does not exist", () => {
    expect(report("/readyz?exclude=informer-sync&exclude=x&verbose", [informers])).toMatchObject({
      code: 200,
      text: '[+]ping ok\n[+]loop ok\n[+]informer-sync excluded: ok\n[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "x"\nreadyz check passed\n',
    });
  });

  test("a note fails nothing, and is told by the long form of /readyz only", () => {
    const note: HealthCheck = { name: "configuration", problem: () => "line 3 is wrong" };
    const health = createHealth([well], [], [note]);
    const reports = ["/readyz", "/readyz?verbose", "/livez?verbose", "/readyz/configuration"].map((url) => {
      const target = parseRequestTarget(url);
      return target.ok ? health.report(target.value) : undefined;
    });
    expect(
      reports.map((each) => [each?.code, each?.text.includes("warn: configuration: the log says what is wrong")]),
    ).toEqual([
      [200, false],
      [200, true],
      [200, false],
      [undefined, undefined],
    ]);
  });

  test.for([
    ["/readyz", 500],
    ["/livez", 200],
    ["/healthz", 200],
  ] as const)("answers %s with %d once shutdown has begun [wire 24]", ([url, code]) => {
    expect(report(url, [], true)?.code).toBe(code);
  });

  test.for(["/livez/informer-sync", "/livez/", "/livez/ping/x", "/apis"])("knows nothing of %s", (url) => {
    expect(report(url, [informers])).toBeUndefined();
  });
});

describe("isOpenHealthPath()", () => {
  test.for([
    ["/livez", true],
    ["/livez/ping", false],
    ["/livez/", false],
  ] as const)("%s: %s", ([path, open]) => {
    expect(isOpenHealthPath(path)).toBe(open);
  });
});
