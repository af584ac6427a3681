import { zstdCompressSync } from "node:zlib";
import { request } from "undici";

/** A series for a time series database. */
export interface WrittenSeries {
  /** As PromQL writes it: `up{job="a"}`. */
  readonly series: string;
  /** In time order, in milliseconds since the Unix epoch. A series that ends is `stale`, as scrapes mark it. */
  readonly samples: readonly { readonly timeMs: number; readonly value: number | "stale" }[];
}

/**
 * Sends series to a VictoriaMetrics at this address by the remote-write protocol, version 1
 * (https://prometheus.io/docs/specs/prw/remote_write_spec/), the one way of importing that has markers of staleness; its body is compressed
 * with zstd, which only VictoriaMetrics takes. They can be asked for when this resolves. Rejects if they are not taken.
 */
export async function writeSeries(url: string, series: readonly WrittenSeries[]): Promise<void> {
  await post(`${url}/api/v1/write`, zstdCompressSync(Buffer.concat(series.map(timeSeries))));
  await post(`${url}/internal/force_flush`);
}

/** The labels of a series as PromQL writes it, its name as `__name__`. */
export function labelsOf(series: string): ReadonlyMap<string, string> {
  const [, name = "", inside = ""] = /^([\w:]*)(?:\{(.*)\})?$/su.exec(series.trim()) ?? [];
  const pairs = [...inside.matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/gu)];
  const labels = pairs.map(([, label = "", value = '""']) => [label, String(JSON.parse(value))] as const);
  return new Map([...(name === "" ? [] : [["__name__", name] as const]), ...labels]);
}

async function post(url: string, body?: Buffer): Promise<void> {
  const answer = await request(url, {
    method: "POST",
    ...(body === undefined ? {} : { body, headers: { "content-encoding": "zstd" } }),
  });
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`Cannot write series: HTTP ${answer.statusCode} of "${url}": ${text}`);
}

/** `WriteRequest.timeseries`, field 1. */
function timeSeries({ series, samples }: WrittenSeries): Buffer {
  // Labels have to be sorted by name.
  const labels = [...labelsOf(series)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return message(1, [
    ...labels.map(([name, value]) => message(1, [message(1, [Buffer.from(name)]), message(2, [Buffer.from(value)])])),
    ...samples.map(({ timeMs, value }) =>
      message(2, [Buffer.of(0x09), double(value), Buffer.of(0x10), varint(timeMs)]),
    ),
  ]);
}

/** A field of a protobuf message that says its length: a message, or text. */
function message(field: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.of(field * 8 + 2), varint(body.length), body]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return Buffer.of(...bytes, rest);
}

/** The marker is a NaN of its own, see Prometheus' package `model/value`. */
function double(value: number | "stale"): Buffer {
  const bytes = Buffer.alloc(8);
  if (value === "stale") bytes.writeBigUInt64LE(0x7ff0000000000002n);
  else bytes.writeDoubleLE(value);
  return bytes;
}
