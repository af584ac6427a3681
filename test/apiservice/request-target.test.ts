import { describe, expect, test } from "vitest";
import { parseRequestTarget } from "../../src/apiservice/request-target.ts";

describe("parseRequestTarget()", () => {
  test.for([
    ["/apis", ["apis"]],
    ["/apis/", ["apis", ""]],
    ["/a//b", ["a", "", "b"]],
    ["/", [""]],
    ["/pods/%2A/job:rate5m%7Cx", ["pods", "*", "job:rate5m|x"]],
    ["/pods/a%2Fb", ["pods", "a", "b"]],
    ["/caf%C3%A9/a+b", ["café", "a+b"]],
    ["/apis?x=/y", ["apis"]],
  ] as const)("splits %s", ([url, segments]) => {
    expect(parseRequestTarget(url)).toMatchObject({ ok: true, value: { segments, path: `/${segments.join("/")}` } });
  });

  test.for([
    ["/?a=1&a=2", "1"],
    ["/?a=b+c%2Cd", "b c,d"],
    ["/?a=%zz", "%zz"],
    ["/?b=1", null],
  ] as const)("reads parameter a of %s as %s", ([url, value]) => {
    const target = parseRequestTarget(url);
    expect(target.ok && target.value.query.get("a")).toBe(value);
  });

  test.for(["", "*", "http://host/apis", "/%zz", "/%FF", "/%E0%A4%A"])("refuses %j", (url) => {
    expect(parseRequestTarget(url)).toEqual({
      ok: false,
      error: `Cannot read request target ${JSON.stringify(url)}: it is not a path`,
    });
  });
});
