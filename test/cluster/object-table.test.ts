import { describe, expect, test } from "vitest";
import { createObjectTable } from "../../src/cluster/object-table.ts";

const [a, b, c] = [
  { namespace: "shop", name: "a" },
  { namespace: "shop", name: "b" },
  { namespace: "bank", name: "c" },
];

describe("createObjectTable()", () => {
  test("lists a namespace by name", () => {
    const table = createObjectTable();
    table.replace([b, c, a]);
    expect(table.list("shop")).toEqual([a, b]);
    expect(table.list("nowhere")).toEqual([]);
    expect(table.size()).toBe(3);
  });

  test("hands out the same list until something in the namespace changes", () => {
    const table = createObjectTable();
    table.replace([a, c]);
    const before = table.list("shop");
    table.remove(c);
    expect(table.list("shop")).toBe(before);
    table.put(b);
    expect(table.list("shop")).toEqual([a, b]);
    expect(before).toEqual([a]);
  });

  test("forgets what is removed or replaced", () => {
    const table = createObjectTable();
    table.replace([a, b]);
    table.remove(a);
    table.remove({ namespace: "nowhere", name: "a" });
    expect(table.get("shop", "a")).toBeUndefined();
    table.replace([c]);
    expect(table.get("shop", "b")).toBeUndefined();
    expect(table.get("bank", "c")).toBe(c);
    expect(table.size()).toBe(1);
  });
});
