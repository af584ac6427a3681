import { describe, expect, test } from "vitest";
import { filterInTurns } from "../../src/query/filter-in-turns.ts";

const items = Array.from({ length: 1_000 }, (_, index) => index);

describe("filterInTurns()", () => {
  test.for([1, 200, 1e9])("keeps what is to be kept, in order, at %d comparisons each", async (comparisons) => {
    expect(await filterInTurns(items, comparisons, (item) => item % 2 === 0)).toEqual(
      items.filter((item) => item % 2 === 0),
    );
    expect(await filterInTurns([], comparisons, () => true)).toEqual([]);
  });

  test("lets others have their turn where there is much to compare [trap 14]", async () => {
    let turns = 0;
    const others = setInterval(() => (turns += 1), 0);
    await filterInTurns(items, 10_000, () => {
      const untilMs = performance.now() + 0.1;
      while (performance.now() < untilMs);
      return true;
    });
    clearInterval(others);
    expect(turns).toBeGreaterThan(10);
  });
});
