/** Runs what is nested one level deeper, or throws because that is too deep. */
export type Nesting = <T>(run: () => T) => T;

/** Bounds how deep things are nested, so that no template exhausts the stack; `tooDeep` makes what is thrown. */
export function createNesting(maxDepth: number, tooDeep: () => Error): Nesting {
  let depth = 0;
  return (run) => {
    if (depth === maxDepth) throw tooDeep();
    depth += 1;
    const result = run();
    depth -= 1; // After a throw there is nothing left to run.
    return result;
  };
}
