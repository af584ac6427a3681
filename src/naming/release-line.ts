/** The release that this source makes, without its patch. */
export const currentRelease = "0.1";

/** The releases before it. */
const earlier: readonly string[] = [];

/**
 * Every release of this line of source, oldest first, the current one last. The promises of `stability.ts` are counted
 * along it, so a release that is left out makes names live longer. The version is raised here and in package.json when
 * the work on a release begins.
 */
export const releaseLine: readonly string[] = [...earlier, currentRelease];
