import fc from "fast-check";

const labels = fc.subarray(["a", "b", "c", "__name__"]).map((all) => all.join(", "));
const few = fc.subarray(["a", "b", "c"], { maxLength: 2 }).map((all) => all.join(", "));
const matching = fc.oneof(
  fc.constant(""),
  fc.tuple(fc.constantFrom("on", "ignoring"), few).map(([mode, by]) => `${mode} (${by})`),
  fc
    .tuple(fc.constantFrom("on", "ignoring"), few, fc.constantFrom("group_left", "group_right"), few)
    .map(([mode, by, group, include]) => `${mode} (${by}) ${group} (${include})`),
);

/** Expressions over the series `x` and `y` with the labels `a`, `b` and `c`; some that Prometheus refuses. */
export const randomPromQL: fc.Arbitrary<string> = fc.letrec<{ readonly vector: string }>((tie) => {
  const vector = tie("vector");
  const leaf = fc.constantFrom("x", "y", 'x{c=""}', 'y{a="1"}', "x offset 1m", "vector(1)");
  const aggregation = fc
    .tuple(fc.constantFrom("sum", "max", "count", "group", "topk"), fc.constantFrom("by", "without"), labels, vector)
    .map(([name, mode, by, of]) => `${name} ${mode} (${by}) (${name === "topk" ? "1, " : ""}${of})`);
  const call = fc
    .tuple(
      fc.constantFrom(
        "abs",
        "timestamp",
        "sort",
        "clamp_min",
        "label_replace",
        "label_join",
        "-",
        "absent",
        "count_values",
      ),
      fc.constantFrom("a", "d"),
      fc.constantFrom("a", "b", "c"),
      fc.constantFrom("$1", "v-$1", "${1}", "v", "", "$2"),
      fc.constantFrom("(.*)", "(.+)", "1", ".*", "(1)?", "([^_]+)", ""),
      vector,
    )
    .map(([name, target, source, replacement, pattern, of]) => {
      if (name === "label_replace")
        return `label_replace(${of}, "${target}", "${replacement}", "${source}", "${pattern}")`;
      if (name === "label_join") return `label_join(${of}, "${target}", "${replacement}", "${source}", "c")`;
      if (name === "count_values") return `count_values("${target}", ${of})`;
      return name === "clamp_min" ? `clamp_min(${of}, 0)` : name === "-" ? `-(${of})` : `${name}(${of})`;
    });
  const overTime = fc
    .tuple(fc.constantFrom("rate", "last_over_time", "max_over_time", "count_over_time"), vector)
    .map(([name, of]) => (/^[xy](?:\{.*\})?$/u.test(of) ? `${name}(${of}[2m])` : `${name}((${of})[1m:30s])`));
  const binary = fc
    .tuple(
      vector,
      fc.constantFrom("+", "/", "==", ">=", "> bool", "and", "or", "unless", "^", "- 1 +"),
      matching,
      fc.oneof({ weight: 4, arbitrary: vector }, { weight: 1, arbitrary: fc.constant("2") }),
      fc.boolean(),
    )
    .map(([left, operator, how, right, bare]) =>
      bare ? `${left} ${operator} ${how} ${right}` : `(${left}) ${operator} ${how} (${right})`,
    );
  return {
    vector: fc.oneof({ maxDepth: 3, depthSize: "medium" }, leaf, aggregation, call, overTime, binary, binary),
  };
}).vector;
