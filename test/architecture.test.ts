import { globSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { dirname, join } from "node:path/posix";
import { describe, expect, test } from "vitest";

const everywhere = ["src/result.ts", "src/bounded-cache.ts"];

/** What each room may import besides itself; types flow along the same arrows. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  "src/naming/": [],
  "src/promql/": ["src/naming/"],
  "src/vm/": ["src/naming/", "src/promql/"],
  "src/query/": ["src/naming/", "src/promql/", "src/vm/"],
  "src/cluster/": ["src/naming/", "src/vm/"],
  "src/apiservice/": ["src/naming/"],
  "src/config/": ["src/naming/"],
  "src/monitoring/": ["src/naming/"],
  "src/commands/": ["src/"],
};

/** Types that a room may also import from another, where the two meet. */
const seams: Readonly<Record<string, readonly string[]>> = {
  "src/apiservice/": ["src/query/provider.ts"],
};

/** Rooms without Node built-ins, clock, environment and network, and without packages but for those whose door they hold. */
const pure = ["src/naming/", "src/promql/", "src/vm/"];

/** The one file through which each package enters; the rest of the code uses what that file defines. */
const doors: Readonly<Record<string, readonly string[]>> = {
  "prometheus-query": ["src/query/prometheus.ts"],
  "lru-cache": ["src/bounded-cache.ts"],
  express: ["src/apiservice/app.ts"],
  "@kubernetes/client-node": ["src/cluster/client.ts"],
  "node-forge": ["src/apiservice/certificates.ts"],
  "prom-client": ["src/monitoring/registry.ts"],
  zod: ["src/config/schema.ts"],
  re2js: ["src/naming/rules/regexp.ts"],
  yaml: ["src/config/yaml-document.ts", "src/commands/yaml-text.ts"],
  undici: ["src/query/prometheus-http.ts", "src/cluster/client.ts"],
  "@prometheus-io/lezer-promql": ["src/promql/parse.ts"],
};

interface Import {
  readonly file: string;
  readonly target: string;
}

const IMPORT = /^(?:import|export)\b(?:[^;"=]*?\bfrom)?\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/gmu;

const sources = globSync("src/**/*.ts").map((file) => ({ file, text: readFileSync(file, "utf8") }));
const written = sources.flatMap(({ file, text }) => importsIn(file, text));
const values = sources.flatMap(({ file, text }) => importsIn(file, stripTypeScriptTypes(text)));

describe("the rooms", () => {
  test("are all listed here", () => {
    const folders = new Set(sources.flatMap(({ file }) => /^src\/[^/]+\//u.exec(file) ?? []));
    expect([...folders].filter((folder) => !(folder in rooms))).toEqual([]);
  });

  test.for(Object.entries(rooms))("%s imports values only from where it may", ([room, allowed]) => {
    expect(strays(values, room, allowed)).toEqual([]);
  });

  test.for(Object.entries(rooms))("%s imports types only from where it may", ([room, allowed]) => {
    expect(strays(written, room, [...allowed, ...(seams[room] ?? [])])).toEqual([]);
  });

  test.for(pure)("%s is pure", (room) => {
    const foreign = written.filter(({ file, target }) => file.startsWith(room) && !target.startsWith("src/"));
    expect(foreign.filter(({ file, target }) => !(doors[target] ?? []).includes(file))).toEqual([]);
    const ambient =
      /\b(?:process|globalThis|performance|setTimeout|setInterval|fetch)\b\s*[.(]|\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b/u;
    const impure = sources.filter(
      ({ file, text }) => file.startsWith(room) && ambient.test(stripTypeScriptTypes(text)),
    );
    expect(impure.map(({ file }) => file)).toEqual([]);
  });
});

test("each package enters through its door", () => {
  const packages = values.filter(({ target }) => !target.startsWith("src/") && !target.startsWith("node:"));
  expect(packages.filter(({ file, target }) => !(doors[target] ?? []).includes(file))).toEqual([]);
});

test("what the program imports is installed with it, not with the tools that check it", () => {
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8")) as { dependencies: Record<string, string> };
  const packages = new Set(values.map(({ target }) => target).filter((target) => /^[a-z@]/u.test(target)));
  const used = [...packages].filter((target) => !target.startsWith("src/") && !target.startsWith("node:"));
  expect(used.toSorted()).toEqual(Object.keys(dependencies).toSorted());
});

test("nothing imports main.ts, and only commands are started from it", () => {
  expect(written.filter(({ target }) => target === "src/main.ts")).toEqual([]);
  const started = values.filter(({ file, target }) => file === "src/main.ts" && target.startsWith("src/"));
  expect(started.filter(({ target }) => !target.startsWith("src/commands/"))).toEqual([]);
});

test("only main.ts and the commands read the environment, the arguments and the clock, or exit", () => {
  const outside = sources.filter(({ file }) => file !== "src/main.ts" && !file.startsWith("src/commands/"));
  const ambient = /\bprocess\.(?:env|argv|exit)\b|\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/u;
  expect(outside.filter(({ text }) => ambient.test(stripTypeScriptTypes(text))).map(({ file }) => file)).toEqual([]);
});

test("an import names the file that defines the thing", () => {
  expect(globSync("{src,sandbox,test}/**/index.ts")).toEqual([]);
  expect(sources.filter(({ text }) => /^export \*/mu.test(text)).map(({ file }) => file)).toEqual([]);
});

test("nothing reads what is outside the checkout", () => {
  const folder = ["..", "shared"].join("/");
  const files = globSync("{src,sandbox,scripts,test,bench,docs,manifests}/**/*.{ts,md,yaml,json}").concat(
    globSync("*.{md,json,ts}"),
  );
  expect(files.filter((file) => readFileSync(file, "utf8").includes(folder))).toEqual([]);
});

function importsIn(file: string, code: string): readonly Import[] {
  return [...code.matchAll(IMPORT)].flatMap(([, fixed, dynamic]) => {
    const specifier = fixed ?? dynamic;
    if (specifier === undefined) return [];
    return { file, target: specifier.startsWith(".") ? join(dirname(file), specifier) : specifier };
  });
}

function strays(imports: readonly Import[], room: string, allowed: readonly string[]): readonly Import[] {
  const open = [room, ...allowed, ...everywhere];
  return imports.filter(
    ({ file, target }) =>
      file.startsWith(room) && target.startsWith("src/") && !open.some((path) => target.startsWith(path)),
  );
}
