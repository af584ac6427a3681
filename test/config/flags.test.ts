import { describe, expect, test } from "vitest";
import type { FlagTable } from "../../src/config/flag.ts";
import { adapterFlags, describeFlags, parseFlags } from "../../src/config/flags.ts";
import { currentRelease, releaseLine } from "../../src/naming/release-line.ts";
import { checkShownRelease } from "../../src/naming/stability.ts";
import { type AdapterVector, adapterVectors } from "../support/adapter-vectors.ts";

function parsed(...argv: string[]) {
  const answer = parseFlags(argv);
  if (!answer.ok) throw new Error(answer.error.join("\n"));
  return answer.value;
}

describe("parseFlags()", () => {
  test.for([
    [[], "prometheus-url", "https://localhost"],
    [["--prometheus-url=http://p:9090"], "prometheus-url", "http://p:9090"],
    [["--prometheus-url", "http://p:9090"], "prometheus-url", "http://p:9090"],
    [["--prometheus-url=http://p/?a=b"], "prometheus-url", "http://p/?a=b"],
    [["--secure-port=6443"], "secure-port", 6443],
    [["--tls-secret=a/b"], "tls-secret", "a/b"],
    [["--tls-secret-times=1h,30s"], "tls-secret-times", [3_600_000, 30_000]],
    [["--v=4"], "v", 4],
    [["-v=4"], "v", 4],
    [["-v", "4"], "v", 4],
    [["-v4"], "v", 4],
    [["-v=0x2"], "v", 2],
    [["--client-qps=.5"], "client-qps", 0.5],
    [["--disable-http2=T"], "disable-http2", true],
    [["--metrics-relist-interval=1m30s"], "metrics-relist-interval", 90_000],
    [["--prometheus-auth-incluster"], "prometheus-auth-incluster", true],
    [["--prometheus-auth-incluster=false"], "prometheus-auth-incluster", false],
    [["--prometheus-auth-incluster", "--v=1"], "prometheus-auth-incluster", true],
    [["--tls-cipher-suites=A,B", "--tls-cipher-suites=C"], "tls-cipher-suites", ["A", "B", "C"]],
    [["--authorization-always-allow-paths=/metrics"], "authorization-always-allow-paths", ["/metrics"]],
    [[], "authorization-always-allow-paths", ["/healthz", "/readyz", "/livez"]],
    [[], "authorization-always-allow-groups", ["system:masters"]],
    [["--authorization-always-allow-groups="], "authorization-always-allow-groups", []],
    [["--authorization-wide-reviews=false"], "authorization-wide-reviews", false],
    [["--prometheus-header=a=1,2", "--prometheus-header=b=3"], "prometheus-header", ["a=1,2", "b=3"]],
    [["/adapter", "--v=1", "positional"], "v", 1],
    [["--", "--nonsense"], "v", 0],
    [["--v=1", "--v=2"], "v", 2],
  ] as const)("%j sets %s to %j", ([argv, name, value]) => {
    expect(parsed(...argv).flags[name]).toEqual(value);
  });

  test.for([
    [["--nonsense"], 'Cannot read "--nonsense": unknown flag'],
    [["-c=x"], 'Cannot read "-c": unknown flag'],
    [["--prometheus_url=x"], 'Cannot read "--prometheus_url": unknown flag'],
    [["--constructor=x"], 'Cannot read "--constructor": unknown flag'],
    [["--secure-port=99999"], 'Cannot read --secure-port "99999": expected a port, from 0 to 65535'],
    ...["0s", "999ms", "-5s"].map(
      (value) =>
        [
          [`--metrics-relist-interval=${value}`],
          `Cannot read --metrics-relist-interval "${value}": expected a duration of at least 1s, such as "30s" or "1h15m"`,
        ] as const,
    ),
    [["--tls-secret=serving"], 'Cannot use --tls-secret "serving": expected <namespace>/<name>'],
    [["--tls-service=a/b/c"], 'Cannot use --tls-service "a/b/c": expected <namespace>/<name>'],
    [
      ["--tls-secret-times=1h,soon"],
      'Cannot read --tls-secret-times "1h,soon": expected durations such as "30s,1h15m"',
    ],
    [["--disable-http2=tRue"], 'Cannot read --disable-http2 "tRue": expected true or false'],
    [["--v=soon"], 'Cannot read --v "soon": expected a whole number'],
    [
      ["--discovery-interval=1d"],
      'Cannot read --discovery-interval "1d": expected a duration such as "30s" or "1h15m"',
    ],
    [["--prometheus-auth-incluster=maybe"], 'Cannot read --prometheus-auth-incluster "maybe": expected true or false'],
    [["--config"], 'Cannot read --config "": expected text'],
    [["--__proto__=x"], 'Cannot read "--__proto__": unknown flag'],
  ] as const)("%j is refused: %s", ([argv, problem]) => {
    expect(parseFlags(argv)).toEqual({ ok: false, error: [problem] });
  });

  describe("--show-hidden-exports-for-version", () => {
    const flag = "show-hidden-exports-for-version";

    test("shows none by default", () => {
      expect(parsed().flags[flag]).toBe("");
      expect(parsed(`--${flag}=`).flags[flag]).toBe("");
    });

    test.for([...releaseLine, "0.0", `${currentRelease}.0`, "true"])(
      "%s is the previous release, or refused",
      (text) => {
        const check = checkShownRelease(text, currentRelease, releaseLine);
        const answer = parseFlags([`--${flag}=${text}`]);
        expect(answer.ok ? answer.value.flags[flag] : answer.error).toEqual(
          check.ok ? text : [`Cannot use --${flag} "${text}": ${check.error}`],
        );
      },
    );

    test("has an effect", () => {
      expect(parsed(`--${flag}=`).withoutEffect).toEqual([]);
    });
  });

  test("lists every problem", () => {
    const answer = parseFlags(["--nonsense", "--v=x", "--secure-port=1"]);
    expect(answer.ok ? [] : answer.error).toHaveLength(2);
  });

  test("names the given flags that change nothing here", () => {
    expect(parsed("--profiling=false", "--audit-log-mode=batch", "--v=1").withoutEffect).toEqual([
      "audit-log-mode",
      "profiling",
    ]);
  });

  test("takes the flags of prometheus-adapter's manifests, its chart and kube-prometheus", () => {
    const argv = [
      "/adapter",
      "--cert-dir=/var/run/serving-cert",
      "--config=/etc/adapter/config.yaml",
      "--metrics-relist-interval=1m",
      "--prometheus-url=https://prometheus.monitoring.svc:9090/",
      "--secure-port=6443",
      "--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "--tls-cert-file=/var/run/serving-cert/tls.crt",
      "--tls-private-key-file=/var/run/serving-cert/tls.key",
      "--v=4",
    ];
    expect(parseFlags(argv)).toMatchObject({ ok: true, value: { withoutEffect: [] } });
  });

  test.for([
    ["--logtostderr", "leave it out, the log always goes to standard error"],
    ["--logtostderr=false", "leave it out, the log always goes to standard error"],
    ["--alsologtostderr=true", "leave it out, the log always goes to standard error"],
    ["--stderrthreshold=2", "-v says how much is logged"],
    ["--log_dir=/tmp", "leave it out and redirect standard error, where the log goes"],
    ["--log-file=x", "leave it out and redirect standard error, where the log goes"],
    ["--skip_headers", "leave it out, the log is JSON lines"],
    ["--log_backtrace_at=a.go:1", "-v=6 says what was decided on the way to each answer"],
  ] as const)("%s of klog's is refused, as by prometheus-adapter, and told what does the same", ([flag, advice]) => {
    const [name] = flag.split("=");
    expect(parseFlags([flag])).toEqual({ ok: false, error: [`Cannot read "${name}": unknown flag; ${advice}`] });
  });

  test.for(adapterVectors<FlagsVector>("flags"))("$id", ({ expect: defaults }) => {
    const table: FlagTable = adapterFlags;
    const written = Object.keys(defaults).map((name) => [name, inGo(table[name]?.default, table[name]?.expects)]);
    expect(Object.fromEntries(written)).toEqual(defaults);
  });

  test("has prometheus-adapter's default of each flag", () => {
    const table: FlagTable = adapterFlags;
    const defaults = Object.entries(peersDefaults);
    expect(defaults.map(([name]) => [name, table[name]?.default])).toEqual(defaults);
  });

  test("--tls-min-version below 1.2 has no effect", () => {
    expect(parsed("--tls-min-version=VersionTLS11").withoutEffect).toEqual(["tls-min-version"]);
    expect(parsed("--tls-min-version=VersionTLS13").withoutEffect).toEqual([]);
  });
});

interface FlagsVector extends AdapterVector {
  readonly expect: Readonly<Record<string, string>>;
}

/** As pflag writes the value of a flag. */
function inGo(value: unknown, expects = ""): string {
  return expects.startsWith("a duration")
    ? goDuration(Number(value))
    : Array.isArray(value)
      ? `[${value.join(",")}]`
      : String(value);
}

/** 600,000 ms are `10m0s`. */
function goDuration(ms: number): string {
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, (ms / 1_000) % 60];
  return `${hours > 0 ? `${hours}h` : ""}${ms >= 60_000 ? `${minutes}m` : ""}${seconds}s`;
}

const [second, minute] = [1_000, 60_000];

/** `prometheus-adapter --help` of v0.12.0; durations in milliseconds. */
const peersDefaults = {
  config: "",
  "prometheus-url": "https://localhost",
  "prometheus-auth-incluster": false,
  "prometheus-auth-config": "",
  "prometheus-ca-file": "",
  "prometheus-client-tls-cert-file": "",
  "prometheus-client-tls-key-file": "",
  "prometheus-token-file": "",
  "prometheus-header": [],
  "prometheus-verb": "GET",
  "metrics-relist-interval": 10 * minute,
  "metrics-max-age": 0,
  "disable-http2": false,
  "lister-kubeconfig": "",
  "discovery-interval": 0,
  "client-qps": 5,
  "client-burst": 10,
  v: 0,
  vmodule: "",
  "log-flush-frequency": 5 * second,
  "bind-address": "0.0.0.0",
  "secure-port": 443,
  "cert-dir": "apiserver.local.config/certificates",
  "tls-cert-file": "",
  "tls-private-key-file": "",
  "tls-cipher-suites": [],
  "tls-min-version": "",
  "tls-sni-cert-key": [],
  "http2-max-streams-per-connection": 0,
  "permit-port-sharing": false,
  "permit-address-sharing": false,
  "authentication-kubeconfig": "",
  "authentication-token-webhook-cache-ttl": 10 * second,
  "authentication-skip-lookup": false,
  "authentication-tolerate-lookup-failure": false,
  "client-ca-file": "",
  "requestheader-client-ca-file": "",
  "requestheader-username-headers": ["x-remote-user"],
  "requestheader-group-headers": ["x-remote-group"],
  "requestheader-extra-headers-prefix": ["x-remote-extra-"],
  "requestheader-allowed-names": [],
  "authorization-kubeconfig": "",
  "authorization-webhook-cache-authorized-ttl": 10 * second,
  "authorization-webhook-cache-unauthorized-ttl": 10 * second,
  "authorization-always-allow-paths": ["/healthz", "/readyz", "/livez"],
  "audit-policy-file": "",
  "audit-log-path": "",
  "audit-log-maxage": 0,
  "audit-log-maxbackup": 0,
  "audit-log-maxsize": 0,
  "audit-log-format": "json",
  "audit-log-version": "audit.k8s.io/v1",
  "audit-log-compress": false,
  "audit-log-mode": "blocking",
  "audit-log-batch-buffer-size": 10_000,
  "audit-log-batch-max-size": 1,
  "audit-log-batch-max-wait": 0,
  "audit-log-batch-throttle-enable": false,
  "audit-log-batch-throttle-qps": 0,
  "audit-log-batch-throttle-burst": 0,
  "audit-log-truncate-enabled": false,
  "audit-log-truncate-max-batch-size": 10_485_760,
  "audit-log-truncate-max-event-size": 102_400,
  "audit-webhook-config-file": "",
  "audit-webhook-initial-backoff": 10 * second,
  "audit-webhook-batch-initial-backoff": 10 * second,
  "audit-webhook-version": "audit.k8s.io/v1",
  "audit-webhook-mode": "batch",
  "audit-webhook-batch-buffer-size": 10_000,
  "audit-webhook-batch-max-size": 400,
  "audit-webhook-batch-max-wait": 30 * second,
  "audit-webhook-batch-throttle-enable": true,
  "audit-webhook-batch-throttle-qps": 10,
  "audit-webhook-batch-throttle-burst": 15,
  "audit-webhook-truncate-enabled": false,
  "audit-webhook-truncate-max-batch-size": 10_485_760,
  "audit-webhook-truncate-max-event-size": 102_400,
  profiling: true,
  "contention-profiling": false,
  "debug-socket-path": "",
  "enable-priority-and-fairness": false,
};

test("describeFlags() says what each flag does and which have no effect", () => {
  const help = describeFlags();
  expect(help).toContain("  --secure-port (default 443)\n        Port to listen on\n");
  expect(help).toContain("  --authentication-token-webhook-cache-ttl (default 10s)\n");
  expect(help).toContain("  --show-hidden-exports-for-version\n        The previous release, as <major>.<minor>: ");
  expect(help).toMatch(/Accepted for compatibility, without effect:\n.*--profiling/u);
});
