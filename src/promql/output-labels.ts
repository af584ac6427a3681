import { functions } from "./functions.ts";
import { allBut, distinct, excluding, has, including, intersection, type LabelSet, only } from "./label-set.ts";
import { joinedLabels, replacedLabels } from "./label-functions.ts";
import type { Aggregation, Binary, Call, Expr, Matching, VectorSelector } from "./syntax-tree.ts";
import { valueTypeOf } from "./value-type.ts";

/**
 * The labels that each sample of a result carries, in alphabetical order and as far as the series have them that are read;
 * or why that cannot be told from the expression.
 */
export type OutputLabels = { readonly exactly: readonly string[] } | { readonly unknown: string };

/** The sets that samples carry; which sample carries which is not known when there are several. Or a reason. */
type Found = { readonly sets: readonly LabelSet[] } | { readonly unknown: string };

const NAME = "__name__";

/**
 * Which labels the samples of an expression carry. Never a guess: what PromQL's rules do not prove is unknown. That a label
 * is among them does not mean that it has a value: samples of series that lack it do not carry it.
 *
 * The result of `or` is known if both sides carry the same, and what invents samples (`absent`) never.
 */
export function outputLabels(expr: Expr): OutputLabels {
  const type = valueTypeOf(expr);
  if (!type.ok) return { unknown: type.error };
  const found = labelsOf(expr);
  if ("unknown" in found) return found;
  const [set, other] = found.sets;
  if (set === undefined || other !== undefined) return { unknown: "some samples carry other labels than others" };
  if ("only" in set) return { exactly: set.only };
  return { unknown: "samples carry whatever labels their series have" };
}

function labelsOf(expr: Expr): Found {
  switch (expr.kind) {
    case "number":
    case "string":
      return { sets: [only([])] };
    case "selector":
      return { sets: [selected(expr)] };
    case "range":
    case "subquery":
    case "shifted":
      return labelsOf(expr.of);
    case "unary":
      return expr.operator === "+" ? labelsOf(expr.of) : unnamed(labelsOf(expr.of));
    case "call":
      return labelsOfCall(expr);
    case "aggregation":
      return labelsOfAggregation(expr);
    case "binary":
      return labelsOfBinary(expr);
  }
}

/** Whatever the series have, but labels that must be empty. */
function selected({ matchers }: VectorSelector): LabelSet {
  return allBut(
    matchers.filter(({ op, value }) => value === "" && (op === "=" || op === "=~")).map(({ label }) => label),
  );
}

function labelsOfCall(call: Call): Found {
  const signature = functions.get(call.function);
  if (signature === undefined) return { unknown: `${call.function}() is not known` };
  const labelled = call.args[signature.args.findIndex((type) => type === "vector" || type === "matrix")];
  if (labelled === undefined || signature.labels === "none") return { sets: [only([])] };
  const labels = labelsOf(labelled);
  switch (signature.labels) {
    case "kept":
      return labels;
    case "unnamed":
      return unnamed(labels);
    case "special":
      return labelsOfSpecial(call, labels);
  }
}

function labelsOfSpecial({ function: name, args }: Call, labels: Found): Found {
  const texts = args.map((arg) => (arg.kind === "string" ? arg.value : undefined));
  switch (name) {
    case "histogram_quantile":
    case "histogram_fraction":
      return each(labels, (set) => [excluding(set, [NAME, "le"])]);
    case "label_replace":
      return each(labels, (set) => replacedLabels(set, texts.slice(1)));
    case "label_join":
      return each(labels, (set) => joinedLabels(set, texts.slice(1)));
    default:
      return { unknown: `${name}() makes samples that no series has` };
  }
}

function labelsOfAggregation({ operator, grouping, args }: Aggregation): Found {
  const [parameter] = args;
  const labels = labelsOf(args.at(-1) ?? { kind: "number", text: "0" });
  if (["topk", "bottomk", "limitk", "limit_ratio"].includes(operator)) return labels;
  const counted = operator === "count_values" && parameter?.kind === "string" ? [parameter.value] : [];
  return each(labels, (set) => {
    if (grouping?.mode === "without") return [including(excluding(set, [...grouping.labels, NAME]), counted)];
    return [including(intersection(set, only(grouping?.labels ?? [])), counted)];
  });
}

function labelsOfBinary(expr: Binary): Found {
  const { operator, bool, left, right } = expr;
  const [a, b] = [labelsOf(left), labelsOf(right)];
  if ("unknown" in a) return a;
  // What is taken away does not say what the rest carries.
  if (operator === "unless") return a;
  if ("unknown" in b) return b;
  if (operator === "or") return { sets: distinct([...a.sets, ...b.sets]) };
  const isFilter = ["==", "!=", "<", "<=", ">", ">="].includes(operator) && !bool;
  const keepsName = operator === "and" || isFilter;
  const sets = isScalar(left) ? b.sets : isScalar(right) ? a.sets : matched(expr, a.sets, b.sets);
  return keepsName ? { sets } : unnamed({ sets });
}

function isScalar(expr: Expr): boolean {
  const type = valueTypeOf(expr);
  return type.ok && type.value === "scalar";
}

/** What samples carry that found a partner, for each pair of sets that they may have carried before. */
function matched({ operator, matching }: Binary, a: readonly LabelSet[], b: readonly LabelSet[]): readonly LabelSet[] {
  return distinct(
    a.flatMap((left) =>
      b.map((right) => {
        if (operator === "and") return agreeing(matching, left, right);
        if (matching?.group === undefined) return ofPair(matching, left, right);
        const [many, one] = matching.group.many === "left" ? [left, right] : [right, left];
        return lent(agreeing(matching, many, one), one, matching.group.include);
      }),
    ),
  );
}

/** A label that both sides must agree in is not there if one of them cannot have it. */
function agreeing(matching: Matching | undefined, set: LabelSet, partner: LabelSet): LabelSet {
  if (matching?.mode === "on")
    return excluding(
      set,
      matching.labels.filter((label) => !has(partner, label)),
    );
  const free = [...(matching?.labels ?? []), NAME];
  return including(
    intersection(set, partner),
    free.filter((label) => has(set, label)),
  );
}

/** Of two samples that belong to each other and to no others, the labels that they were matched by remain. */
function ofPair(matching: Matching | undefined, left: LabelSet, right: LabelSet): LabelSet {
  const set = agreeing(matching, left, right);
  return matching?.mode === "on" ? intersection(set, only(matching.labels)) : excluding(set, matching?.labels ?? []);
}

/** A label that one side lends replaces the other's own, also by nothing. */
function lent(set: LabelSet, lender: LabelSet, labels: readonly string[]): LabelSet {
  return including(
    excluding(set, labels),
    labels.filter((label) => has(lender, label)),
  );
}

function unnamed(labels: Found): Found {
  return each(labels, (set) => [excluding(set, [NAME])]);
}

function each(labels: Found, become: (set: LabelSet) => readonly LabelSet[]): Found {
  return "unknown" in labels ? labels : { sets: distinct(labels.sets.flatMap(become)) };
}
