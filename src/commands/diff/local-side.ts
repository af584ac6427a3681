import { answerRoute } from "../../apiservice/answer.ts";
import { apiGroups, customMetrics, externalMetrics } from "../../apiservice/api-group.ts";
import { parseRequestTarget } from "../../apiservice/request-target.ts";
import { parseRoute } from "../../apiservice/routes.ts";
import type { KubernetesClient } from "../../cluster/kubernetes-client.ts";
import { servedApis } from "../../config/config.ts";
import type { Flags } from "../../config/flags.ts";
import { createQuery } from "../../query/prometheus.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { WriteLog } from "../log.ts";
import { processClock, unhurried } from "../process-clock.ts";
import { createProvider } from "../provider.ts";
import { reachPrometheus } from "../reach-prometheus.ts";
import { readReloadable, relistTimes } from "../settings.ts";
import { version } from "../version.ts";
import { createWatches } from "../watches.ts";
import type { Side } from "./side.ts";

/** What serving without listening needs. */
export interface LocalSideDeps {
  readonly client: KubernetesClient;
  readonly log: WriteLog;
  /** Ends what goes on beside questions. */
  readonly signal: AbortSignal;
}

/** Nothing changes while two adapters are compared. */
const discoveryIntervalMs = 3_600_000;

/**
 * Serves the rules of a configuration within this process: nobody has to be let in, and nobody else is answered. Metrics of
 * virtual machines are left out, because no other adapter has them. Resolves once the series are listed.
 */
export async function startLocalSide(
  flags: Flags,
  { client, log, signal }: LocalSideDeps,
): Promise<Result<Side, readonly string[]>> {
  const read = await readReloadable(flags);
  if (!read.ok) return read;
  const { prometheus } = read.value;
  const config = { ...read.value.config, vms: { ...read.value.config.vms, enabled: false } };
  const reached = await reachPrometheus(createQuery(prometheus, "accept"), prometheus.url);
  if (!reached.ok) return fail([reached.error]);

  const clock = processClock({ keepsAlive: true });
  const kinds = config.rules.some(({ vms }) => vms) ? undefined : [];
  const { provider, settled } = createProvider(
    { config, prometheus, relist: relistTimes(flags), discoveryIntervalMs, flags },
    {
      inventory: createWatches({ client, clock, log, signal })(kinds).inventory,
      client,
      log,
      clock,
      wallClock: Date.now,
      schedule: unhurried,
      signal,
    },
  );
  await settled;
  const deps = { groups: apiGroups(servedApis(config)), provider, productVersion: version, logRarely: () => undefined };
  return ok({
    name: flags.config,
    // An API that nothing is served in answers that it is not there.
    versions: new Map(
      [customMetrics, externalMetrics].map(({ name, versions: [preferred = ""] }) => [name, preferred]),
    ),
    get: async (path, query) => {
      const search = new URLSearchParams(query).toString();
      const target = parseRequestTarget(search === "" ? path : `${path}?${search}`);
      if (!target.ok) return fail("the path cannot be decoded");
      const answer = await answerRoute(parseRoute(target.value, deps.groups), "json", deps, {
        record: () => undefined,
        signal,
        warningOf: () => undefined,
      });
      return ok({ code: answer.code, body: answer.body });
    },
  });
}
