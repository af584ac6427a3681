import { readFile } from "node:fs/promises";
import { parse } from "yaml";

type Sections = Readonly<Record<string, object>>;

/** The adapter's configuration in a demo: what a file says, and where it says nothing, what makes the demo quick. */
export async function demoConfig(file: string | undefined): Promise<Sections> {
  const own = file === undefined ? {} : ((parse(await readFile(file, "utf8")) ?? {}) as Sections);
  return {
    ...own,
    vms: { window: "10s", ...own["vms"] },
    cache: { ttl: "1s", ...own["cache"] },
    serving: { shutdownDelay: "0s", ...own["serving"] },
  };
}
