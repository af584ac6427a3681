import { describe, expect, test } from "vitest";
import { describeFlags, parseFlags } from "../../src/config/flags.ts";
import { currentRelease, releaseLine } from "../../src/naming/release-line.ts";
import { checkShownRelease } from "../../src/naming/stability.ts";

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
    [["--secure-port=99999"], 'Cannot read --secure-port "99999": expected a port, from 0 to 65535'],
    [["--tls-secret=serving"], 'Cannot use --tls-secret "serving": expected <namespace>/<name>'],
    [["--tls-service=a/b/c"], 'Cannot use --tls-service "a/b/c": expected <namespace>/<name>'],
    [
      ["--tls-secret-times=1h,soon"],
      'Cannot read --tls-secret-times "1h,soon": expected durations such as "30s,1h15m"',
    ],
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
      "--logtostderr=false",
      "--metrics-relist-interval=1m",
      "--prometheus-url=https://prometheus.monitoring.svc:9090/",
      "--secure-port=6443",
      "--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
      "--tls-cert-file=/var/run/serving-cert/tls.crt",
      "--tls-private-key-file=/var/run/serving-cert/tls.key",
      "--v=4",
    ];
    // klog's own flags are unknown to prometheus-adapter, too.
    expect(parseFlags(argv)).toEqual({ ok: false, error: ['Cannot read "--logtostderr": unknown flag'] });
    expect(parseFlags(argv.filter((flag) => !flag.startsWith("--logtostderr"))).ok).toBe(true);
  });
});

test("describeFlags() says what each flag does and which have no effect", () => {
  const help = describeFlags();
  expect(help).toContain("  --secure-port (default 443)\n        Port to listen on\n");
  expect(help).toContain("  --authentication-token-webhook-cache-ttl (default 10s)\n");
  expect(help).toContain("  --show-hidden-exports-for-version\n        The previous release, as <major>.<minor>: ");
  expect(help).toMatch(/Accepted for compatibility, without effect:\n.*--profiling/u);
});
