import { afterEach, describe, expect, test } from "vitest";
import { type Exporter, startExporter } from "../../../sandbox/kubevirt/exporter.ts";
import { scrapeConfigs } from "../../../sandbox/kubevirt/scrape-configs.ts";

const exposition = {
  virtHandler: (node: string) => `handler ${node}`,
  virtController: () => "controller",
  virtApi: () => "api",
};

let exporter: Exporter | undefined;
afterEach(async () => exporter?.stop());

describe("startExporter()", () => {
  test.for([
    ["/virt-handler/n1/metrics", 200, "handler n1"],
    ["/virt-handler/n3/metrics", 404, ""],
    ["/virt-controller/metrics", 200, "controller"],
    ["/virt-api/metrics", 200, "api"],
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
});
