/** Lets in one more; what it returns is called once, to let it out again. Undefined when there is no room. */
export type Enter = () => (() => void) | undefined;

/** Bounds how many are inside at once. Nobody waits in line: whoever is refused knows when to come again. */
export function createInFlightLimit(max: number): Enter {
  let inside = 0;
  return () => {
    if (inside >= max) return undefined;
    inside += 1;
    return () => {
      inside -= 1;
    };
  };
}
