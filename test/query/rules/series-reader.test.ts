import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SeriesShape } from "../../../src/naming/rules/series.ts";
import { createSeriesReader } from "../../../src/query/rules/series-reader.ts";
import { counterexample } from "../../support/property.ts";

type Labels = Readonly<Record<string, string>>;

function read(...chunks: readonly (string | Buffer)[]) {
  const reader = createSeriesReader();
  for (const chunk of chunks) reader.push(Buffer.from(chunk));
  return reader.end();
}

function answer(data: readonly Labels[]): string {
  return JSON.stringify({ status: "success", data });
}

describe("createSeriesReader()", () => {
  test.for<readonly [string, readonly Labels[], readonly SeriesShape[]]>([
    ["nothing", [], []],
    ["a series", [{ __name__: "up", job: "a" }], [{ name: "up", labels: ["job"] }]],
    ["a series without a name", [{ job: "a" }], [{ name: "", labels: ["job"] }]],
    ["a series without labels", [{ __name__: "up" }], [{ name: "up", labels: [] }]],
    ["a name behind its labels", [{ Zone: "a", __name__: "up" }], [{ name: "up", labels: ["Zone"] }]],
    [
      "series that differ in values",
      [1, 2, 3].map((i) => ({ __name__: "up", pod: `${i}` })),
      [{ name: "up", labels: ["pod"] }],
    ],
    [
      "series that differ in labels",
      [
        { __name__: "up", a: "1" },
        { __name__: "up", b: "1" },
      ],
      [
        { name: "up", labels: ["a"] },
        { name: "up", labels: ["b"] },
      ],
    ],
    ["letters that JSON escapes", [{ __name__: 'a"b\\', "é\n": "1" }], [{ name: 'a"b\\', labels: ["é\n"] }]],
  ])("reads %s", ([, data, series]) => {
    expect(read(answer(data)).series).toEqual(series);
  });

  test("leaves a shape where it was seen last", () => {
    const names = ["a", "b", "a"].map((name) => ({ __name__: name }));
    expect(read(answer(names)).series.map(({ name }) => name)).toEqual(["b", "a"]);
  });

  test("gives what is around the series", () => {
    const text = '{"status":"success","isPartial":true,"data": [{"a":"b"}],"warnings":["gone"]}';
    expect(read(text).envelope).toEqual({ status: "success", isPartial: true, data: [], warnings: ["gone"] });
  });

  test.for(['{"status":"error","error":"\\"data\\":[ no"}', '{"status":"success","data":null}', "null"])(
    "gives an answer without series as it is: %s",
    (text) => {
      expect(read(text)).toEqual({ envelope: JSON.parse(text) as unknown, series: [] });
    },
  );

  test.for(["", "<html>", '{"data":[', '{"data":[{"a":"b"}', '{"data":[{"a":"b"}]', '{"data":[1]}', '{"data":[]}}'])(
    "refuses %s",
    (text) => {
      expect(() => read(text)).toThrow(Error);
    },
  );

  test("refuses a series without end", () => {
    const reader = createSeriesReader();
    reader.push(Buffer.from('{"data":[{"a":"'));
    const chunk = Buffer.alloc(1_000_000, "x");
    expect(() => Array.from({ length: 5 }, () => reader.push(chunk))).toThrow("too long");
  });

  const label = fc.stringMatching(/^[a-z_"\\é\n{}[\],:]{1,6}$/u);
  const series = fc.dictionary(label, fc.string({ unit: "binary" }), { maxKeys: 4 });
  const cutPlaces = fc.array(fc.nat({ max: 200 }), { maxLength: 5 });
  test("reads an answer however it is cut", () => {
    const cutAnywhere = fc.property(fc.array(series, { maxLength: 4 }), cutPlaces, (data, cuts) => {
      const bytes = Buffer.from(answer(data));
      const places = [0, ...cuts.filter((cut) => cut <= bytes.length).toSorted((a, b) => a - b), bytes.length];
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      const found = read(...chunks).series.map(shapeText);
      return found.toSorted().join() === [...new Set(data.map(toShape).map(shapeText))].toSorted().join();
    });
    expect(counterexample(cutAnywhere)).toBe("");
  });
});

function toShape({ __name__: name = "", ...labels }: Labels): SeriesShape {
  return { name, labels: Object.keys(labels) };
}

function shapeText({ name, labels }: SeriesShape): string {
  return JSON.stringify([name, ...labels]);
}
