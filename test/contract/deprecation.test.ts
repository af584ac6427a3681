import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { customMetrics, externalMetrics } from "../../src/apiservice/api-group.ts";
import type { MetricError } from "../../src/naming/metric-error.ts";
import type { MetricsProvider, Reading } from "../../src/query/provider.ts";
import { fail, ok, type Result } from "../../src/result.ts";
import { askApi, type Reply } from "../support/api-client.ts";
import { type Serving, startApiServer } from "../support/api-server.ts";
import { authority, client } from "../support/test-pki.ts";

/** What users of a deprecated name see over HTTPS. */

const custom = "/apis/custom.metrics.k8s.io/v1beta2/namespaces/shop/pods/web";
const external = "/apis/external.metrics.k8s.io/v1beta1/namespaces/shop";
const timestampMs = Date.parse("2024-01-02T03:04:05Z");
const web: Reading = {
  object: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web" },
  value: 1,
  timestampMs,
};
const replacement = { since: "0.4", replacedBy: "cpu-usageCores" };
const hidden: MetricError = { kind: "hiddenMetric", metric: "cpu-loadCores", ...replacement };
const warning = '299 - "metric cpu-loadCores is deprecated since release 0.4; use cpu-usageCores"';

let answer: Result<readonly Reading[], MetricError>;
let serving: Serving;

const provider: MetricsProvider = {
  list: () => [],
  listExternal: () => ["cpu-loadCores", "cpu-usageCores"],
  read: () => Promise.resolve(answer),
  readExternal: () => Promise.resolve(ok([{ labels: { vm: "web" }, value: 1, timestampMs }])),
  notice: (metric) => (metric === "cpu-loadCores" ? replacement : undefined),
};

beforeAll(async () => {
  const keyPair = await client(await authority("serving-ca"), "adapter", { usages: ["serverAuth"] });
  serving = await startApiServer({
    provider,
    reviewAccess: () => Promise.resolve(ok({ allowed: true, reason: "" })),
    keyPair,
    groups: [customMetrics, externalMetrics],
  });
});

afterAll(async () => {
  await serving.server.stop();
});

beforeEach(() => {
  answer = ok([web]);
});

function ask(path: string): Promise<Reply> {
  return askApi(serving.port, path, { headers: ["Authorization", "Bearer good"] });
}

describe("a deprecated name", () => {
  test("that has no value gets no warning beside the error", async () => {
    answer = fail(hidden);
    expect((await ask(`${custom}/cpu-loadCores`)).headers).not.toHaveProperty("warning");
  });

  test("answers, with a warning in the first answer to a user", async () => {
    const replies = [await ask(`${custom}/cpu-loadCores`), await ask(`${custom}/cpu-loadCores`)];
    expect(replies.map(({ code, headers }) => [code, headers["warning"]])).toEqual([
      [200, warning],
      [200, undefined],
    ]);
  });

  test("answers as an external metric, however the HorizontalPodAutoscaler writes it", async () => {
    const anonymous = await askApi(serving.port, `${external}/cpu-loadcores`);
    expect(anonymous).toMatchObject({ code: 200, headers: { warning } });
  });
});

test("a name that is not deprecated answers without a warning", async () => {
  for (const path of [`${custom}/cpu-usageCores`, `${external}/cpu-usageCores`]) {
    const { code, headers } = await ask(path);
    expect([code, headers["warning"]]).toEqual([200, undefined]);
  }
});
