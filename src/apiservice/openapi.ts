import { createHash } from "node:crypto";
import type { ApiGroup } from "./api-group.ts";

const title = "vm-metrics-adapter";

/** `/openapi/v2`: the smallest valid document. A kube-apiserver logs an error each minute if there is none. */
export function openApiV2(productVersion: string): object {
  return { swagger: "2.0", info: { title, version: productVersion }, paths: {} };
}

/** `/openapi/v3`: where the document of each group-version is, with a hash so that it is fetched once. */
export function openApiV3(groups: readonly ApiGroup[], productVersion: string): object {
  const hash = createHash("sha256")
    .update(JSON.stringify(openApiV3Group(productVersion)))
    .digest("hex");
  const names = groups.flatMap(({ name, versions }) => versions.map((version) => `apis/${name}/${version}`));
  return {
    paths: Object.fromEntries(names.map((name) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }])),
  };
}

/** `/openapi/v3/apis/{group}/{version}`: the smallest valid document. */
export function openApiV3Group(productVersion: string): object {
  return { openapi: "3.0.0", info: { title, version: productVersion }, paths: {} };
}
