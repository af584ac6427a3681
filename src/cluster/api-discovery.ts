import { isDeepStrictEqual } from "node:util";
import type { ApiResourceGroup } from "../naming/rules/rest-mapper.ts";
import type { Clock } from "./clock.ts";
import { type ListedVersion, listApiResources } from "./api-resources.ts";
import type { KubernetesClient } from "./kubernetes-client.ts";

export interface ApiDiscoveryOptions {
  readonly client: KubernetesClient;
  readonly clock: Clock;
  /** From the end of one look to the next, in milliseconds. */
  readonly intervalMs: number;
  /** What it served when somebody looked last; default unknown. */
  readonly known?: readonly ApiResourceGroup[] | undefined;
  /** Is told when what the cluster serves is not what was known. */
  readonly onChange: (groups: readonly ApiResourceGroup[]) => void;
  /** Is told what could not be read, for the log, once until it is another. */
  readonly onProblem: (detail: string) => void;
}

/** What the cluster's API serves, kept up to date. */
export interface ApiDiscovery {
  /** What it serves; undefined until it has been read once. */
  readonly groups: () => readonly ApiResourceGroup[] | undefined;
  /** Looks soon, because somebody met a resource that is not known. However often it is called, it is done seldom. */
  readonly lookAgain: () => void;
  /** Looks again and again until `signal` is aborted, then resolves. To be called once. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Between a look and the one that an unknown resource brings about, and after a failure, in milliseconds. */
const pauseMs = 10_000;

/**
 * Reads what the cluster's API serves, again and again, because custom resources come and go. A group that cannot be read is
 * as it was when it last could: an aggregated API that fails must not take its resources away.
 */
export function createApiDiscovery(options: ApiDiscoveryOptions): ApiDiscovery {
  const { client, clock, intervalMs, onChange, onProblem } = options;
  let { known } = options;
  let problem = "";
  let wake = new AbortController();

  /** Whether everything could be read. */
  async function look(signal: AbortSignal): Promise<boolean> {
    const listed = await listApiResources(client, signal);
    if (signal.aborted) return true;
    const detail = listed.ok ? describeFailures(listed.value) : listed.error.detail;
    if (detail !== "" && detail !== problem) onProblem(detail);
    problem = detail;
    if (!listed.ok) return false;
    const groups = listed.value.flatMap((version) => readOrKnown(version, known ?? []));
    const changed = !isDeepStrictEqual(groups, known);
    known = groups;
    if (changed) onChange(groups);
    return detail === "";
  }

  return {
    groups: () => known,
    lookAgain: () => wake.abort(),
    start: async (signal) => {
      while (!signal.aborted) {
        wake = new AbortController();
        const complete = await look(signal);
        // What is asked for meanwhile is done when the pause is over.
        await clock.sleep(Math.min(pauseMs, intervalMs), signal);
        if (complete) await clock.sleep(Math.max(0, intervalMs - pauseMs), AbortSignal.any([signal, wake.signal]));
      }
    },
  };
}

/** A version that could not be read is as it was known before, if it was. */
function readOrKnown(
  { failure, ...version }: ListedVersion,
  known: readonly ApiResourceGroup[],
): readonly ApiResourceGroup[] {
  if (failure === undefined) return [version];
  return known.filter((each) => each.group === version.group && each.version === version.version);
}

function describeFailures(versions: readonly ListedVersion[]): string {
  return versions
    .flatMap(({ group, version, failure }) => (failure === undefined ? [] : [`${group}/${version}: ${failure}`]))
    .join("; ");
}
