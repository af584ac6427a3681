import { expect, test } from "vitest";
import { request } from "undici";
import type { PrometheusQuestion } from "./frozen-prometheus.ts";
import { startRecorder } from "./recorder.ts";

test("a recorder writes down what is asked, by GET and by POST, and asks without times", async () => {
  const questions: PrometheusQuestion[] = [];
  await using recorder = await startRecorder({
    ask: (question) => {
      questions.push(question);
      return Promise.resolve({ code: 200, body: "{}" });
    },
  });
  const body = "query=up&time=17";
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  await drain(request(`${recorder.url}/api/v1/query?${body}&timeout=5s`));
  await drain(request(`${recorder.url}/api/v1/query`, { method: "POST", headers, body }));
  await drain(request(`${recorder.url}/api/v1/series?match[]=up&start=${Date.now() / 1_000 - 60}`));

  expect(recorder.asked().map(({ path, text }) => [path, text])).toEqual([
    ["/api/v1/query", "up"],
    ["/api/v1/query", "up"],
    ["/api/v1/series", "up"],
  ]);
  expect(Math.round((recorder.asked()[2]?.startAgoMs ?? 0) / 1_000)).toBe(60);
  expect(questions).toEqual([
    { path: "/api/v1/query", parameters: "query=up" },
    { path: "/api/v1/query", parameters: "query=up" },
    { path: "/api/v1/series", parameters: "match%5B%5D=up" },
  ]);
});

test("a recorder can pretend that Prometheus fails", async () => {
  await using recorder = await startRecorder({ ask: () => Promise.resolve({ code: 400, body: "{}" }) });
  recorder.pretend({ code: 503, body: "broken" });
  expect(await drain(request(`${recorder.url}/api/v1/query?query=up`))).toEqual([503, "broken"]);
  expect(await drain(request(`${recorder.url}/api/v1/series?match[]=up`))).toEqual([400, "{}"]);
  expect(recorder.refusedLists()).toBe(1);
  recorder.pretend("reset");
  await expect(request(`${recorder.url}/api/v1/query?query=up`)).rejects.toThrow("other side closed");
  recorder.pretend(undefined);
  expect(await drain(request(`${recorder.url}/api/v1/query?query=up`))).toEqual([400, "{}"]);
});

async function drain(response: ReturnType<typeof request>): Promise<readonly [number, string]> {
  const { statusCode, body } = await response;
  return [statusCode, await body.text()];
}
