import { TemplateFailure } from "./failure.ts";
import { createNesting, type Nesting } from "./nesting.ts";

/** Most bytes that one rendering may read and write: some megabytes of text. */
const maxWork = 2 ** 24;

/** What a step counts, in bytes that can be written in its time, so that a second is enough for a rendering. */
const stepWork = 32;

/** Deepest nesting of blocks and templates; a third of what the stack of the process has room for. */
const maxDepth = 400;

/** Bounds a rendering, because a template can repeat itself without an end and double a text at each step. */
export interface Budget {
  /** Counts bytes read or written. Throws a TemplateFailure when there were too many. */
  readonly spend: (bytes: number) => void;
  /** Counts a step taken. Throws a TemplateFailure when there were too many. */
  readonly step: () => void;
  /** Throws a TemplateFailure when it is too deep. */
  readonly nested: Nesting;
}

/** The budget of one rendering. */
export function createBudget(): Budget {
  let work = 0;
  function spend(bytes: number): void {
    work += bytes;
    if (work > maxWork) throw new TemplateFailure("template takes too many steps or makes too much text");
  }
  return {
    spend,
    step: () => {
      spend(stepWork);
    },
    nested: createNesting(maxDepth, () => new TemplateFailure(`exceeded maximum template depth (${maxDepth})`)),
  };
}
