import { describe, expect, test } from "vitest";
import { createObjectTable, type Named, type ObjectTable } from "../../src/cluster/object-table.ts";

const [a, b, c] = [
  { namespace: "shop", name: "a" },
  { namespace: "shop", name: "b" },
  { namespace: "bank", name: "c" },
];

function tableOf(...objects: readonly Named[]): ObjectTable<Named> {
  const table = createObjectTable();
  objects.forEach(table.put);
  return table;
}

describe("createObjectTable()", () => {
  test("lists a namespace by name", () => {
    const table = tableOf(b, c, a);
    expect(table.list("shop")).toEqual([a, b]);
    expect(table.list("nowhere")).toEqual([]);
    expect(table.size()).toBe(3);
  });

  test("hands out the same list until something in the namespace changes", () => {
    const table = tableOf(a, c);
    const before = table.list("shop");
    table.remove(c);
    expect(table.list("shop")).toBe(before);
    table.put(b);
    expect(table.list("shop")).toEqual([a, b]);
    expect(before).toEqual([a]);
  });

  test("lists everything by namespace and name, the same until something changes", () => {
    expect(tableOf().listAll()).toEqual([]);
    const table = tableOf(b, c, a);
    const before = table.listAll();
    expect(before).toEqual([c, a, b]);
    expect(table.listAll()).toBe(before);
    table.remove(a);
    expect(table.listAll()).toEqual([c, b]);
    table.put(a);
    expect(table.listAll()).toEqual([c, a, b]);
    expect(before).toEqual([c, a, b]);
  });

  test("forgets what is removed", () => {
    const table = tableOf(a, b);
    table.remove(a);
    table.remove({ namespace: "nowhere", name: "a" });
    expect(table.get("shop", "a")).toBeUndefined();
    expect(table.get("shop", "b")).toBe(b);
    table.remove(b);
    expect([table.size(), table.listAll()]).toEqual([0, []]);
  });

  test("keeps the newest of an object", () => {
    const newer = { ...a };
    expect(tableOf(a, newer).list("shop")[0]).toBe(newer);
  });
});
