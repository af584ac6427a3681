import { describe, expect, test } from "vitest";
import { scanFlatObject } from "../../../src/query/rules/flat-object.ts";

function textsOf(json: string, at = 0): { readonly texts: readonly string[]; readonly end: number } | undefined {
  const bytes = Buffer.from(json);
  const found = scanFlatObject(bytes, at);
  if (found === undefined) return undefined;
  const { places, end } = found;
  const texts = places.flatMap((start, index) =>
    index % 2 === 0 ? [bytes.toString("utf8", start, places[index + 1])] : [],
  );
  return { texts, end };
}

describe("scanFlatObject()", () => {
  test.for([
    ["{}", [], 2],
    ['{"a":"b"}', ["a", "b"], 9],
    ['{"a":"b","c":""}', ["a", "b", "c", ""], 16],
    ['{ "a" :\n"b" ,\t"c":"d" }, more', ["a", "b", "c", "d"], 23],
    ['{"a":"}{"}', ["a", "}{"], 10],
    ['{"a":"x\\"y"}', ["a", 'x\\"y'], 12],
    ['{"a":"x\\\\"}', ["a", "x\\\\"], 11],
    ['{"a":"é"}', ["a", "é"], 10],
  ] as const)("finds the texts of %s", ([json, texts, end]) => {
    expect(textsOf(json)).toEqual({ texts, end });
  });

  test.for(["{", '{"a', '{"a"', '{"a":', '{"a":"b', '{"a":"b\\', '{"a":"b"', '{"a":"b",', ""])(
    "waits for the rest of %s",
    (json) => {
      expect(textsOf(json)).toBeUndefined();
    },
  );

  test.for(["null", "[", '"a"', '{"a":1}', '{"a":{"b":"c"}}', '{"a"}', '{"a":"b","c"}'])("refuses %s", (json) => {
    expect(() => textsOf(json)).toThrow("Cannot read the series");
  });

  test("begins where it is told to", () => {
    expect(textsOf('[{"a":"b"}]', 1)).toEqual({ texts: ["a", "b"], end: 10 });
  });
});
