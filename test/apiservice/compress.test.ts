import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { compress, isCompressionWanted } from "../../src/apiservice/compress.ts";

describe("isCompressionWanted()", () => {
  test.for([
    [131_073, "gzip", true],
    [131_072, "gzip", false],
    [200_000, undefined, false],
    [200_000, "", false],
    [200_000, "deflate, gzip;q=0.5, br", true],
    [200_000, "GZIP", true],
    [200_000, "*", true],
    [200_000, "gzip;q=0, *", false],
    [200_000, "*;q=0", false],
    [200_000, "gzip; q=0.0", false],
    [200_000, "gzip; q=0.001", true],
    [200_000, "gzipped", false],
    [200_000, "identity", false],
  ] as const)("of %d bytes for %j: %s", ([size, header, wanted]) => {
    expect(isCompressionWanted(size, header)).toBe(wanted);
  });
});

describe("compress()", () => {
  test("packs what can be unpacked", async () => {
    const body = Buffer.from("ten bytes ".repeat(10_000));
    const packed = await new Promise<Buffer | undefined>((resolve) => {
      compress(body, resolve);
    });
    expect(packed?.length).toBeLessThan(2_000);
    expect(gunzipSync(packed ?? "").equals(body)).toBe(true);
  });
});
