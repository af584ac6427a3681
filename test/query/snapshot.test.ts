import { describe, expect, test } from "vitest";
import { known, promql } from "../../src/promql/expression.ts";
import type { Series } from "../../src/query/prometheus.ts";
import { toSnapshot } from "../../src/query/snapshot.ts";
import { fail } from "../../src/result.ts";

const plan = { expr: promql`${known("up")}`, namespaceLabel: "namespace", nameLabel: "name" };

function sample(name: string, value: number): Series {
  return { labels: { namespace: "shop", name }, points: [{ timestampMs: 50_000, value }] };
}

function snapshotOf(answer: readonly Series[], evaluatedAtMs?: number, now = () => 1_000) {
  return toSnapshot(plan, answer, { askedMs: 1_000, evaluatedAtMs }, now);
}

describe("toSnapshot()", () => {
  test.for([
    ["shop", "web-0", 0.5],
    ["shop", "web-1", NaN],
    ["shop", "web-2", NaN],
    ["shop", "nobody", undefined],
    ["other", "web-0", undefined],
  ] as const)("valueOf(%s, %s) is %s", ([namespace, name, value]) => {
    const snapshot = snapshotOf([sample("web-0", 0.5), sample("web-1", NaN), sample("web-2", Infinity)]);
    expect(snapshot.ok && snapshot.value.valueOf(namespace, name)).toBe(value);
  });

  test("refuses two samples for one virtual machine", () => {
    expect(snapshotOf([sample("web-0", 1), sample("web-0", 2)])).toEqual(
      fail({ kind: "backendRejected", detail: "two samples for shop/web-0" }),
    );
  });

  test.for([
    [50_000, 50_030],
    [undefined, undefined],
  ] as const)("evaluated at %s, 30 ms later the time is %s", ([evaluatedAtMs, timeMs]) => {
    const snapshot = snapshotOf([], evaluatedAtMs, () => 1_030);
    expect(snapshot.ok && [snapshot.value.evaluatedAtMs, snapshot.value.timeMs()]).toEqual([evaluatedAtMs, timeMs]);
  });
});
