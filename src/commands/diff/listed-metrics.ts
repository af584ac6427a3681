import { asArray, asText, at } from "../../cluster/json.ts";
import type { MetricsApi } from "../../naming/metrics-api.ts";
import { fail, ok, type Result } from "../../result.ts";
import type { Side } from "./side.ts";

/** An entry of an adapter's discovery. */
export interface ListedName {
  readonly api: MetricsApi;
  /** `pods/http_requests`, or the name of an external metric. */
  readonly name: string;
  /** Whether objects are asked for within a namespace. */
  readonly namespaced: boolean;
}

/** Lists the metrics that an adapter says it has in an API; none where it does not serve the API. */
export async function listMetrics(side: Side, api: MetricsApi): Promise<Result<readonly ListedName[], string>> {
  const path = `/apis/${api}/${side.versions.get(api) ?? ""}`;
  const reply = await side.get(path, {});
  if (!reply.ok) return fail(`Cannot ask ${side.name}: ${reply.error}`);
  const { code, body } = reply.value;
  if (code === 404) return ok([]);
  if (code !== 200) return fail(`Cannot list the metrics of ${side.name}: ${path}: ${code} ${messageIn(body)}`);
  return ok(
    asArray(at(body, "resources")).map((entry) => ({
      api,
      name: asText(at(entry, "name")),
      namespaced: at(entry, "namespaced") === true,
    })),
  );
}

/** What a Status says. */
export function messageIn(body: unknown): string {
  return asText(at(body, "message"));
}
