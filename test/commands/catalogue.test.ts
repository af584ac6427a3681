import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { listCatalogue } from "../../src/commands/catalogue.ts";
import { catalogue } from "../../src/vm/catalogue/catalogue.ts";
import { ignore } from "../support/ignore.ts";
import { listen } from "../support/listen.ts";
import { runWith } from "../support/run-command.ts";

const folder = mkdtempSync(join(tmpdir(), "catalogue-"));
const config = join(folder, "config.yaml");
writeFileSync(config, "vms: { metrics: { allow: [cpu-, migration-downtime], optIn: [migration-downtime] } }\n");

afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(...argv: readonly string[]) {
  return runWith(listCatalogue, ...argv);
}

describe("listCatalogue()", () => {
  test("writes a line for each metric, in columns", async () => {
    const { code, out, err } = await run();
    expect([code, err]).toEqual([0, ""]);
    const [heads = "", ...lines] = out.trimEnd().split("\n");
    expect(heads).toMatch(/^NAME +LISTED +HPA +KIND +DEVICE +STABILITY +MEANING$/u);
    expect(lines).toHaveLength(catalogue.length);
    const column = heads.indexOf("KIND");
    expect(lines.map((line) => line.slice(column - 2, column))).toEqual(lines.map(() => "  "));
    expect(lines.find((line) => line.startsWith("network-receiveBytesPerSecond "))).toMatch(
      / yes +yes +rate +interface +ALPHA +Bytes received by the virtual machine per .*…$/u,
    );
  });

  test("fits a terminal", async () => {
    const { out } = await run();
    expect(out.split("\n").filter((line) => line.length > 150)).toEqual([]);
  });

  test.for([
    ["storage-deviceThresholdBytes", /^no: nobody has it +no +gauge +drive +ALPHA /u],
    ["guest-stateReasonCode", /^no: collectd only +no +state +- +ALPHA /u],
  ] as const)("says why discovery does not have %s", async ([name, cells]) => {
    const line = (await run()).out.split("\n").find((each) => each.startsWith(`${name} `));
    expect(line?.slice(name.length).trimStart()).toMatch(cells);
  });

  test("writes no escape codes", async () => {
    expect((await run()).out).not.toContain("\u001B");
  });

  test.for(["--output=json", "-o=json"])("%s writes an array of entries", async (flag) => {
    const { code, out } = await run(flag);
    expect(code).toBe(0);
    const entries = JSON.parse(out) as readonly Record<string, unknown>[];
    expect(entries.map(({ name }) => name)).toEqual(catalogue.map(({ name }) => name));
    const keys = ["name", "unit", "kind", "help", "stability", "since", "group", "listed", "aggregates", "sources"];
    expect(entries.filter((entry) => !keys.every((key) => entry[key] !== undefined))).toEqual([]);
  });

  test("--output=yaml says the same as json", async () => {
    expect(parse((await run("--output=yaml")).out)).toEqual(JSON.parse((await run("--output=json")).out));
  });

  test("--output=markdown writes a section for each metric", async () => {
    const { out } = await run("--output=markdown");
    const titles = [...out.matchAll(/^### (.+)$/gmu)].map(([, title]) => title);
    expect(titles).toEqual(catalogue.map(({ name }) => name));
  });

  test("--config says what is served and listed", async () => {
    const { out } = await run(`--config=${config}`);
    const lines = out.trimEnd().split("\n").slice(1);
    expect(lines.every((line) => /^(?:cpu-|migration-downtimeSeconds )/u.test(line))).toBe(true);
    expect(lines.find((line) => line.startsWith("migration-downtimeSeconds"))).toMatch(/^\S+ +yes +no /u);
  });

  test.for([
    [["--output=xml"], 'Cannot read --output "xml": expected table, json, yaml or markdown'],
    [["--secure-port=1"], 'Cannot read "--secure-port": unknown flag'],
    [["cpu"], 'Cannot use "cpu": no argument is expected'],
    [["--prometheus-verb=POST"], "Cannot use --prometheus-verb: --prometheus-url is missing"],
    [["--prometheus-url=prometheus"], 'Cannot use --prometheus-url "prometheus": expected an address'],
    [["--config=/nonexistent.yaml"], 'Cannot read --config "/nonexistent.yaml": ENOENT'],
  ] as const)("%j is refused with exit code 2: %s", async ([argv, problem]) => {
    const { code, out, err } = await run(...argv);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(problem);
    expect(err).toContain("Run with --help for the flags.\n");
  });

  test("a Prometheus without TLS is told as such, in one line", async () => {
    const url = await listen(ignore);
    const { code, err } = await run(`--prometheus-url=${url.replace("http:", "https:")}`);
    expect(code).toBe(1);
    expect(err).toMatch(/^Cannot ask Prometheus at https:\S+: it cannot be reached: it does not speak TLS; .*\n$/u);
    expect(err).toContain("check whether --prometheus-url should begin with http://");
  });

  test("a Prometheus that does not answer is named, with exit code 1", async () => {
    const { code, out, err } = await run("--prometheus-url=http://127.0.0.1:1");
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^Cannot ask Prometheus at http:\/\/127\.0\.0\.1:1: it cannot be reached: .*ECONNREFUSED/u);
    expect(err).toContain("check whether it runs, --prometheus-url, and the credentials for it");
  });
});
