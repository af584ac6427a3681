/** A test that says in its title which requirements it proves. */
export interface Proof {
  readonly file: string;
  /** With those of what it is in, as `who is asking > a good token`; as it is written in the source, without the tags. */
  readonly title: string;
  /** Such as `wire 11`. */
  readonly tags: readonly string[];
}

/**
 * Finds the titles in a test file that end with tags such as `[wire 11] [trap 3]`, but not those of tests that are switched
 * off. The file is formatted as this project's are.
 */
export function findProofs(file: string, source: string): readonly Proof[] {
  const titles = source.matchAll(
    /(?<off>\.(?:skip|todo)\(\s*)?(["`])(?<title>(?:\\.|(?!\2)[^\\])+?)(?<tags>(?: \[(?:wire|trap) \d+\])+)\2/gu,
  );
  return [...titles]
    .filter(({ groups }) => groups?.["off"] === undefined)
    .map(({ index, groups: { title = "", tags = "" } = {} }) => ({
      file,
      title: [...suitesAround(source.slice(0, index)), title.replaceAll(/\\(["`])/gu, "$1")].join(" > "),
      tags: Array.from(tags.matchAll(/\[(.+?)\]/gu), ([, tag = ""]) => tag),
    }));
}

interface Suite {
  readonly indentation: string;
  readonly title: string;
}

/** The titles of the suites that are open at the end of a text, the outermost first. */
function suitesAround(before: string): readonly string[] {
  const open = before.split("\n").reduce<readonly Suite[]>((suites, line) => {
    const [, indentation, title] = /^( *)describe\b.*\("([^"]*)", /u.exec(line) ?? [];
    if (indentation !== undefined && title !== undefined) return [...suites, { indentation, title }];
    return suites.at(-1) !== undefined && line === `${suites.at(-1)?.indentation}});` ? suites.slice(0, -1) : suites;
  }, []);
  return open.map(({ title }) => title);
}
