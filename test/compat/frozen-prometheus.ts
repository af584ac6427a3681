import { request } from "undici";

/** What a client of Prometheus asked: a path of its API, and the parameters without those of time. */
export interface PrometheusQuestion {
  /** `/api/v1/query`. */
  readonly path: string;
  /** `query=up`, sorted and joined by `&`. */
  readonly parameters: string;
}

/** An answer of Prometheus as it came. */
export interface PrometheusAnswer {
  readonly code: number;
  readonly body: string;
}

/** A Prometheus for which time stands still. */
export interface FrozenPrometheus {
  /** Asks it, or remembers what it said. Rejects when it cannot be reached. */
  readonly ask: (question: PrometheusQuestion) => Promise<PrometheusAnswer>;
}

/**
 * Makes a real Prometheus answer each question once, as of one moment, and the same ever after. Two programs that are compared
 * have equal figures then, rates among them, and equal orders of samples, which Prometheus itself does not promise.
 */
export function freezePrometheus(url: string, atMs: number, rangeMs: number): FrozenPrometheus {
  const remembered = new Map<string, Promise<PrometheusAnswer>>();
  const time = { time: seconds(atMs) };
  const range = { start: seconds(atMs - rangeMs), end: seconds(atMs) };

  async function askPrometheus({ path, parameters }: PrometheusQuestion): Promise<PrometheusAnswer> {
    const moment = path === "/api/v1/query" ? time : range;
    const { statusCode, body } = await request(url + path, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: [parameters, new URLSearchParams(moment).toString()].join("&"),
    });
    return { code: statusCode, body: await body.text() };
  }
  return {
    ask: async (question) => {
      const key = JSON.stringify(question);
      const answer = remembered.get(key) ?? askPrometheus(question);
      remembered.set(key, answer);
      return answer;
    },
  };
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
