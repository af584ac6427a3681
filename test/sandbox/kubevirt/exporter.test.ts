import { afterEach, describe, expect, test } from "vitest";
import { type Exporter, startExporter } from "../../../sandbox/kubevirt/exporter.ts";
import { scrapeConfigs } from "../../../sandbox/kubevirt/scrape-configs.ts";

const exposition = {
  virtHandler: (node: string) => `handler ${node}`,
  virtController: () => "controller",
  virtApi: () => "api",
  collectd: (node: string) => `collectd ${node}`,
  libvirtExporter: (node: string) => `libvirt ${node}`,
};

let exporter: Exporter | undefined;
afterEach(async () => exporter?.stop());

describe("startExporter()", () => {
  test.for([
    ["/virt-handler/n1/metrics", 200, "handler n1"],
    ["/virt-handler/n3/metrics", 404, ""],
    ["/virt-controller/metrics", 200, "controller"],
    ["/virt-api/metrics", 200, "api"],
    ["/collectd/n1/metrics", 200, "collectd n1"],
    ["/libvirt-exporter/n2/metrics", 200, "libvirt n2"],
    ["/", 404, ""],
  ] as const)("%s answers %d %j", async ([path, status, text]) => {
    exporter = await startExporter(exposition, ["n1", "n2"]);
    const response = await fetch(exporter.url + path);
    expect([response.status, await response.text()]).toEqual([status, text]);
  });
});

describe("scrapeConfigs()", () => {
  test("makes one job in which every component has a target with its pod's labels and its own path", () => {
    const [config] = scrapeConfigs("127.0.0.1:9", ["n1", "n2"]);
    expect(config).toMatchObject({ job_name: "kubevirt-prometheus-metrics", honor_labels: true });
    expect(config?.static_configs.map(({ labels }) => `${labels["container"]} ${labels["__metrics_path__"]}`)).toEqual([
      "virt-handler /virt-handler/n1/metrics",
      "virt-handler /virt-handler/n2/metrics",
      "virt-controller /virt-controller/metrics",
      "virt-api /virt-api/metrics",
    ]);
    expect(config?.static_configs[0]).toEqual({
      targets: ["127.0.0.1:9"],
      labels: {
        __metrics_path__: "/virt-handler/n1/metrics",
        namespace: "kubevirt",
        pod: "virt-handler-x0000",
        container: "virt-handler",
        service: "kubevirt-prometheus-metrics",
        endpoint: "metrics",
        instance: "10.0.0.1:8443",
      },
    });
  });

  test.for([
    ["collectd", "10.0.0.2:9103"],
    ["libvirt-exporter", "10.0.0.2:9177"],
  ] as const)("has a target of %s on each node if it is asked to, without honouring labels", ([kind, instance]) => {
    const configs = scrapeConfigs("127.0.0.1:9", ["n1", "n2"], ["kubevirt", kind]);
    expect(configs.map(({ job_name }) => job_name)).toEqual(["kubevirt-prometheus-metrics", kind]);
    expect(configs[1]?.honor_labels).toBe(false);
    const labels = { __metrics_path__: `/${kind}/n2/metrics`, instance };
    expect(configs[1]?.static_configs[1]).toEqual({ targets: ["127.0.0.1:9"], labels });
  });
});
