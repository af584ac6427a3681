import fc from "fast-check";
import type { Said } from "./scripted-prometheus.ts";

/** What is wrong with an answer of a backend. */
export interface Fault {
  readonly what: string;
  /** Whether numbers that a figure could be made of may have become others. */
  readonly changesNumbers: boolean;
  readonly apply: (good: Said) => Said | undefined;
}

/** Texts that are no numbers where a number stands as text, and values of other types. */
const noNumbers: readonly unknown[] = [
  "",
  " ",
  "abc",
  "0x10",
  "1,5",
  "1_0",
  "1.5 ",
  "Infinity",
  null,
  1.5,
  true,
  [],
  {},
];
const numbers = ["0", "-0", "NaN", "+Inf", "-Inf", "1e308", "-1e308", "5e-324", "1e400", "-1", "1795288099", "1e15"];

const asIs: Fault = { what: "nothing", changesNumbers: false, apply: (good) => good };

/** Any way in which the answers of a backend can be wrong, mostly a small one. */
export const anyFault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(asIs) },
  { weight: 1, arbitrary: fc.constant(fault("no answer", () => undefined)) },
  {
    weight: 2,
    arbitrary: fc
      .nat()
      .map((at) => fault(`cut at ${at}`, ({ code, body }) => ({ code, body: body.slice(0, at % body.length) }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(204, 302, 400, 404, 429, 500, 503)
      .map((code) => fault(`code ${code}`, ({ body }) => ({ code, body }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("<html>Log in</html>", "", "null", "[]", "0", '"success"', "{}", '{"status":"success"}')
      .map((body) => fault(body, ({ code }) => ({ code, body }))),
  },
  {
    weight: 2,
    arbitrary: fc.jsonValue().map((value) => fault("any JSON", ({ code }) => ({ code, body: JSON.stringify(value) }))),
  },
  { weight: 2, arbitrary: fc.jsonValue().map((value) => edited("any data", (said) => ({ ...said, data: value }))) },
  {
    weight: 2,
    arbitrary: fc
      .jsonValue()
      .map((value) => edited("any result", (said) => ({ ...said, data: { ...said.data, result: value } }))),
  },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.jsonValue())
      .map((result) => edited("any series", (said) => ({ ...said, data: { ...said.data, result } }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .jsonValue()
      .map((type) => edited("any type", (said) => ({ ...said, data: { ...said.data, resultType: type } }))),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<unknown>(["w"], "w", { a: 1 }, 1)
      .map((warnings) => edited("warnings", (said) => ({ ...said, warnings }))),
  },
  { weight: 1, arbitrary: fc.constant(edited("partial", (said) => ({ ...said, isPartial: true }))) },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...noNumbers)
      .map((value) => series(`value ${JSON.stringify(value)}`, false, (each) => withValue(each, value))),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(...numbers)
      .map((value) => series(`value ${value}`, true, (each) => withValue(each, value))),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom<unknown>(0, -1, 1e20, 1e308, -1e308, null, "now", 8.64e12)
      .map((time) => series(`time ${String(time)}`, true, (each) => withTime(each, time))),
  },
  {
    weight: 2,
    arbitrary: fc.jsonValue().map((metric) => series("any labels", false, (each) => ({ ...each, metric }))),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      edited("everything twice", (said) => ({ ...said, data: { ...said.data, result: twice(said.data.result) } })),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant(edited("nothing found", (said) => ({ ...said, data: { ...said.data, result: [] } }))),
  },
);

interface Envelope {
  readonly data: { readonly result: readonly Series[] };
}

interface Series {
  readonly value?: readonly unknown[];
  readonly values?: readonly (readonly unknown[])[];
}

function fault(what: string, apply: Fault["apply"], changesNumbers = false): Fault {
  return { what, changesNumbers, apply };
}

function edited(what: string, edit: (said: Envelope) => object, changesNumbers = false): Fault {
  return fault(
    what,
    ({ code, body }) => ({ code, body: JSON.stringify(edit(JSON.parse(body) as Envelope)) }),
    changesNumbers,
  );
}

function series(what: string, changesNumbers: boolean, edit: (each: Series) => object): Fault {
  return edited(
    what,
    (said) => ({ ...said, data: { ...said.data, result: said.data.result.map(edit) } }),
    changesNumbers,
  );
}

function withValue(each: Series, value: unknown): object {
  if (each.value !== undefined) return { ...each, value: [each.value[0], value] };
  return { ...each, values: each.values?.map(([time]) => [time, value]) };
}

function withTime(each: Series, time: unknown): object {
  if (each.value !== undefined) return { ...each, value: [time, each.value[1]] };
  return { ...each, values: each.values?.map(([, value]) => [time, value]) };
}

function twice<T>(items: readonly T[]): readonly T[] {
  return [...items, ...items];
}
