import fc from "fast-check";

/** A request as bytes on the wire, and what its answer is judged by. */
export interface FuzzedRequest {
  readonly method: string;
  readonly target: string;
  /** The whole request; Latin-1, so that every byte is possible. */
  readonly bytes: string;
  /** Whether it was damaged after it had been put together: the server may see another request, or none. */
  readonly damaged: boolean;
}

const anyText = fc.string({ unit: "binary", maxLength: 30 }).map((text) => encodeURIComponent(text.toWellFormed()));

const oddSegment = fc.constantFrom(
  "",
  ".",
  "..",
  "%2e%2e",
  "%2F",
  "%00",
  "%zz",
  "%E0%A4%A",
  "%0a%0d",
  "%7f",
  "%9b31m",
  "%E2%80%AE",
  "+",
  "a%20b",
  "%2A",
  "*",
  "status",
  "finalize",
  "__proto__",
  "constructor",
  "<script>",
  "{}",
  "x".repeat(300),
  "%25",
  "é",
);

/** Mostly what leads somewhere; sometimes something else in its place. */
function mostly(...usual: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 40, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: oddSegment },
    { weight: 1, arbitrary: anyText },
  );
}

const metric = mostly(
  "cpu-usageCores",
  "cpu-usageMillicores",
  "guest-memoryUsedBytes",
  "cpu-usageRatio",
  "disk_vda-readBytesPerSecond",
  "web-0-cpu-usageCores",
  "cpu-usageAverageRatio",
  "migration-memoryProcessedBytes",
  "none-such",
  "cpu-usagecores",
);
const namespace = mostly("shop", "other", "*");
const name = mostly("web-0", "launcher-web-0", "web", "nothing", "*", "%2A");
const resource = mostly(
  "pods",
  "virtualmachines.kubevirt.io",
  "virtualmachineinstances.kubevirt.io",
  "nodes",
  "namespaces",
  "metrics",
  "virtualmachinepools.pool.kubevirt.io",
  "deployments.apps",
  "pods.",
);
const customGroup = fc.tuple(mostly("apis"), mostly("custom.metrics.k8s.io"), mostly("v1beta2", "v1beta1", "v1"));
const externalGroup = fc.tuple(mostly("apis"), mostly("external.metrics.k8s.io"), mostly("v1beta1"));

const segments: fc.Arbitrary<readonly string[]> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(customGroup, fc.tuple(mostly("namespaces"), namespace, resource, name, metric)).map(flat),
  },
  { weight: 3, arbitrary: fc.tuple(customGroup, fc.tuple(resource, name, metric)).map(flat) },
  {
    weight: 3,
    arbitrary: fc.tuple(customGroup, fc.tuple(mostly("namespaces"), namespace, mostly("metrics"), metric)).map(flat),
  },
  { weight: 4, arbitrary: fc.tuple(externalGroup, fc.tuple(mostly("namespaces"), namespace, metric)).map(flat) },
  { weight: 2, arbitrary: customGroup },
  {
    weight: 2,
    arbitrary: fc.array(mostly("apis", "openapi", "v2", "v3", "version", "healthz", "readyz", "ping"), {
      maxLength: 5,
    }),
  },
);

function flat(parts: readonly (readonly string[])[]): readonly string[] {
  return parts.flat();
}

const selector = fc.oneof(
  mostly(
    "app%3Dweb",
    "app",
    "%21app",
    "app%20in%20(web,db)",
    "app!=db",
    "a>1",
    "drive%3Dvda",
    "vm%3Dweb-0",
    "estimated",
  ),
  fc
    .array(fc.constantFrom(..."ab,()=!<> %2C&=%3D/.-_1é\u0000".split("")), { maxLength: 40 })
    .map((parts) => parts.join("")),
);
const parameter = fc.oneof(
  fc.tuple(fc.constantFrom("labelSelector", "metricLabelSelector", "fieldSelector"), selector),
  fc.tuple(
    fc.constantFrom("pretty", "watch", "limit", "continue", "resourceVersion", "verbose", "exclude"),
    mostly("true", "0", ""),
  ),
  fc.tuple(fc.constant("timeout"), mostly("5s", "1h", "0", "1", "-1s", "9".repeat(400), `${"1h".repeat(100)}`)),
  fc.tuple(anyText, anyText),
);
const query = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  {
    weight: 4,
    arbitrary: fc.array(parameter, { maxLength: 4 }).map((each) => `?${each.map((pair) => pair.join("=")).join("&")}`),
  },
  { weight: 1, arbitrary: oddSegment.map((odd) => `?${odd}#${odd}`) },
);

const target = fc.oneof(
  { weight: 30, arbitrary: fc.tuple(segments, query).map(([path, behind]) => `/${path.join("/")}${behind}`) },
  { weight: 1, arbitrary: fc.constantFrom("*", "//", "/", "http://x/apis", "?", "/%", `/${"a".repeat(40_000)}`) },
);

const method = fc.oneof(
  { weight: 12, arbitrary: fc.constant("GET") },
  { weight: 2, arbitrary: fc.constantFrom("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY") },
);

const headerValue = fc
  .array(fc.integer({ min: 32, max: 255 }), { maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes.filter((code) => code !== 127)));
const accept = fc.constantFrom(
  "application/json",
  "application/vnd.kubernetes.protobuf, */*",
  "application/yaml",
  "*/*",
  "text/html",
  "",
  ";;,,q=",
  "*",
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;q=0.1",
);
const header = fc.oneof(
  fc.tuple(fc.constant("Accept"), fc.oneof(accept, headerValue)),
  fc.tuple(fc.constant("Accept-Encoding"), fc.constantFrom("gzip", "gzip;q=0", "br", "*")),
  fc.tuple(fc.constantFrom("User-Agent", "Audit-ID", "If-None-Match", "X-Remote-User", "X-Remote-Group"), headerValue),
  fc.tuple(fc.constantFrom("User-Agent"), fc.constant("curl/8")),
  fc.tuple(
    fc.constantFrom("Impersonate-User", "X-Remote-Extra-%zz", "Cookie", "Range", "If-Modified-Since"),
    headerValue,
  ),
  fc.tuple(fc.constant("Expect"), fc.constantFrom("100-continue", "miracles")),
  fc.tuple(
    fc.constant("Authorization"),
    fc.oneof(headerValue, fc.constantFrom("Bearer bad", "Bearer broken", "Basic x")),
  ),
);
const authorization = fc.oneof(
  { weight: 12, arbitrary: fc.constant("Authorization: Bearer good\r\n") },
  { weight: 1, arbitrary: fc.constant("") },
);
const body = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: headerValue.map(
      (text) => `Content-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    ),
  },
);
const damage = fc.oneof(
  { weight: 15, arbitrary: fc.constant(undefined) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(), fc.constantFrom("\u0000", "\r", "\n", " ", ":", "\u00ff", "\r\n", "\t")),
  },
);

/** Any request: most of them ask for something that is there, and are wrong in a detail; some are wrong altogether. */
export const anyRequest: fc.Arbitrary<FuzzedRequest> = fc
  .tuple(method, target, authorization, fc.array(header, { maxLength: 4 }), body, damage)
  .map(([verb, path, credentials, headers, content, harm]) => {
    const lines = headers.map(([key, value]) => `${key}: ${value}\r\n`).join("");
    const whole = `${verb} ${path} HTTP/1.1\r\nHost: a\r\n${credentials}${lines}${content === "" ? "\r\n" : content}`;
    const at = harm === undefined ? 0 : harm[0] % whole.length;
    const bytes = harm === undefined ? whole : whole.slice(0, at) + harm[1] + whole.slice(at);
    return { method: verb, target: path, bytes, damaged: harm !== undefined };
  });
