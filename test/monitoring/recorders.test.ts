import { beforeEach, describe, expect, test } from "vitest";
import { families } from "../../src/monitoring/families.ts";
import { createRecorders, type Recorders, type RequestKind } from "../../src/monitoring/recorders.ts";
import { createRegistry, type Registry } from "../../src/monitoring/registry.ts";
import { parseExposition, valuesOf } from "../support/exposition.ts";

const metric: RequestKind = {
  verb: "GET",
  group: "custom.metrics.k8s.io",
  version: "v1beta2",
  resource: "*",
  subresource: "*",
  scope: "resource",
  component: "custom-metrics",
};
const written =
  'verb="GET",group="custom.metrics.k8s.io",version="v1beta2",resource="*",subresource="*",scope="resource",component="custom-metrics"';
const posted = { ...metric, verb: "POST" };

let nowMs: number;
let registry: Registry;
let recorders: Recorders;

beforeEach(() => {
  nowMs = 1_000;
  registry = createRegistry();
  recorders = createRecorders({
    registry,
    now: () => nowMs,
    wallClock: () => 1_700_000_000_000 + nowMs,
    version: "0.1.0",
    nodeVersion: "v26.10.0",
  });
});

async function values(name: string): Promise<Readonly<Record<string, number>>> {
  return valuesOf(parseExposition(await registry.expose()), name);
}

function finish(kind: RequestKind, code: number | undefined): void {
  recorders.finishRequest({ kind, code, durationMs: 250, sizeBytes: 3_000 });
}

describe("createRecorders()", () => {
  test("defines every family, and no other", async () => {
    const exposed = parseExposition(await registry.expose()).map(({ name }) => name);
    expect(exposed.toSorted()).toEqual(
      Object.values(families)
        .map(({ name }) => name)
        .toSorted(),
    );
  });

  test("says what runs", async () => {
    expect(await values("custom_metrics_adapter_build_info")).toEqual({
      'version="0.1.0",node_version="v26.10.0"': 1,
    });
  });

  test("has the usual answers to requests that are expected before there is one", async () => {
    recorders.expectRequests([metric]);
    expect(await values("apiserver_request_total")).toEqual(
      Object.fromEntries([200, 404, 500, 503, 504].map((code) => [`${written},code="${code}"`, 0])),
    );
  });

  test("counts an answer, and measures its time and its size", async () => {
    finish(metric, 200);
    finish(metric, 200);
    expect(await values("apiserver_request_total")).toEqual({ [`${written},code="200"`]: 2 });
    expect(await values("apiserver_request_duration_seconds_sum")).toEqual({ [written]: 0.5 });
    expect(await values("apiserver_response_sizes_sum")).toEqual({ [written]: 6_000 });
    expect(await values("apiserver_request_aborts_total")).toEqual({});
    expect(await values("apiserver_request_terminations_total")).toEqual({});
  });

  test("measures sizes of what was got only", async () => {
    finish(posted, 405);
    expect(await values("apiserver_response_sizes_count")).toEqual({});
  });

  test.for([
    [429, 1],
    [504, 1],
    [503, 0],
    [500, 0],
  ] as const)("of answers with %d, %d end a request in self-defence", async ([code, ended]) => {
    finish(metric, code);
    const counted = ended === 0 ? {} : { [`${written},code="${code}"`]: ended };
    expect(await values("apiserver_request_terminations_total")).toEqual(counted);
  });

  test("counts a client that is gone as that, and not as an answer", async () => {
    finish(metric, undefined);
    const withoutComponent = written.replace(/,component=.*$/u, "");
    expect(await values("apiserver_request_aborts_total")).toEqual({ [withoutComponent]: 1 });
    expect(await values("apiserver_request_total")).toEqual({});
    expect(await values("apiserver_request_duration_seconds_count")).toEqual({});
  });

  test("knows how many are in flight", async () => {
    const atRest = { 'request_kind="readOnly"': 0, 'request_kind="mutating"': 0 };
    expect(await values("apiserver_current_inflight_requests")).toEqual(atRest);
    recorders.changeInFlight(1);
    recorders.changeInFlight(1);
    recorders.changeInFlight(-1);
    expect(await values("apiserver_current_inflight_requests")).toEqual({ ...atRest, 'request_kind="readOnly"': 1 });
  });

  test("counts handshakes that failed", async () => {
    expect(await values("apiserver_tls_handshake_errors_total")).toEqual({ "": 0 });
    recorders.failTls();
    expect(await values("apiserver_tls_handshake_errors_total")).toEqual({ "": 1 });
  });

  test("counts authentications, and measures them", async () => {
    recorders.authenticate("success", 2);
    recorders.authenticate("failure", 4);
    expect(await values("authentication_attempts")).toEqual({
      'result="success"': 1,
      'result="failure"': 1,
      'result="error"': 0,
    });
    expect(await values("authentication_duration_seconds_sum")).toEqual({
      'result="success"': 0.002,
      'result="failure"': 0.004,
    });
  });

  test("counts authorizations, and measures them", async () => {
    recorders.authorize("denied", 2);
    expect(await values("authorization_attempts_total")).toEqual({
      'result="allowed"': 0,
      'result="denied"': 1,
      'result="error"': 0,
    });
    expect(await values("authorization_duration_seconds_sum")).toEqual({ 'result="denied"': 0.002 });
  });

  test("measures how long a certificate is still good", async () => {
    recorders.useCertificate(1_700_000_001_000 + 90_000);
    expect(await values("apiserver_client_certificate_expiration_seconds_sum")).toEqual({ "": 90 });
  });

  test("counts questions to the Kubernetes API by what came of them, reviews also as such", async () => {
    const [answered, lost] = [
      recorders.askKubernetes("GET", "kubernetes"),
      recorders.askKubernetes("POST", "kubernetes"),
    ];
    const [token, access] = [recorders.reviewToken(), recorders.reviewAccess()];
    nowMs += 500;
    for (const end of [answered, token]) end(201);
    for (const end of [lost, access]) end(undefined);
    expect(await values("rest_client_requests_total")).toEqual({
      'code="201",method="GET",host="kubernetes"': 1,
      'code="<error>",method="POST",host="kubernetes"': 1,
    });
    expect(await values("rest_client_request_duration_seconds_sum")).toEqual({
      'verb="GET",host="kubernetes"': 0.5,
      'verb="POST",host="kubernetes"': 0.5,
    });
    expect(await values("apiserver_delegated_authn_request_total")).toEqual({ 'code="201"': 1 });
    expect(await values("apiserver_delegated_authn_request_duration_seconds_sum")).toEqual({ 'code="201"': 0.5 });
    expect(await values("apiserver_delegated_authz_request_total")).toEqual({ 'code="<error>"': 1 });
    expect(await values("apiserver_delegated_authz_request_duration_seconds_sum")).toEqual({ 'code="<error>"': 0.5 });
  });

  test("counts questions to Prometheus by what came of them", async () => {
    const ends = [200, undefined].map((code) => ({ code, end: recorders.askPrometheus("/api/v1/query") }));
    nowMs += 500;
    for (const { code, end } of ends) end(code);
    expect(await values("custom_metrics_adapter_backend_requests_total")).toEqual({
      'backend="prometheus",path="/api/v1/query",code="200"': 1,
      'backend="prometheus",path="/api/v1/query",code="<error>"': 1,
    });
    expect(await values("custom_metrics_adapter_backend_request_duration_seconds_sum")).toEqual({
      'backend="prometheus",path="/api/v1/query"': 1,
    });
  });

  test.for([
    [200, "200"],
    [511, "511"],
    [299, "other"],
    [999, "other"],
    [undefined, "<error>"],
  ] as const)("writes code %s as %s", async ([code, label]) => {
    recorders.askPrometheus("/api/v1/query")(code);
    const [series] = Object.keys(await values("custom_metrics_adapter_backend_requests_total"));
    expect(series).toContain(`code="${label}"`);
  });

  test.for([
    ["true", 1_700_000_001_000 - 42_000, 42],
    ["never negative, though clocks differ", 1_700_000_001_000 + 5_000, 0],
  ] as const)("the age of a value is %s", async ([, timestampMs, seconds]) => {
    recorders.answerValue("custom.metrics.k8s.io", timestampMs);
    const group = 'group="custom.metrics.k8s.io"';
    expect(await values("metrics_apiserver_metric_freshness_seconds_sum")).toEqual({ [group]: seconds });
    expect(await values("metrics_apiserver_metric_freshness_seconds_count")).toEqual({ [group]: 1 });
  });
});
