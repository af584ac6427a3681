/** A scrape configuration of Prometheus, to be written as YAML or JSON below `scrape_configs`. */
export interface ScrapeConfig {
  readonly job_name: string;
  readonly honor_labels: boolean;
  readonly static_configs: readonly { readonly targets: readonly string[]; readonly labels: Record<string, string> }[];
}

/** Who exports the fleet: KubeVirt's components, or one of the exporters beside libvirt that some clusters have. */
export type ExporterKind = "kubevirt" | "collectd" | "libvirt-exporter";

const service = "kubevirt-prometheus-metrics";

/** How the sandbox' exporter is scraped, one job for each kind. The interval is Prometheus' global one. */
export function scrapeConfigs(
  exporterAddress: string,
  nodes: readonly string[],
  kinds: readonly ExporterKind[] = ["kubevirt"],
): readonly ScrapeConfig[] {
  return kinds.map((kind) => {
    switch (kind) {
      case "kubevirt":
        return kubevirtJob(exporterAddress, nodes);
      case "collectd":
        return nodeJob(kind, 9103, exporterAddress, nodes);
      case "libvirt-exporter":
        return nodeJob(kind, 9177, exporterAddress, nodes);
    }
  });
}

/**
 * What prometheus-operator makes of KubeVirt's ServiceMonitor `prometheus-kubevirt-rules`: `honor_labels`, so that a
 * series keeps its VM's namespace, and target labels of the component's pod.
 */
function kubevirtJob(exporterAddress: string, nodes: readonly string[]): ScrapeConfig {
  const components = [
    ...nodes.map((node) => ({ container: "virt-handler", path: `/virt-handler/${node}/metrics` })),
    { container: "virt-controller", path: "/virt-controller/metrics" },
    { container: "virt-api", path: "/virt-api/metrics" },
  ];
  const static_configs = components.map(({ container, path }, index) => ({
    targets: [exporterAddress],
    labels: {
      __metrics_path__: path,
      namespace: "kubevirt",
      pod: `${container}-${podWord(index)}`,
      container,
      service,
      endpoint: "metrics",
      instance: `10.0.0.${index + 1}:8443`,
    },
  }));
  return { job_name: service, honor_labels: true, static_configs };
}

/** A target on each node. Prometheus' default does not honour labels: collectd's `instance` becomes `exported_instance`. */
function nodeJob(name: string, port: number, exporterAddress: string, nodes: readonly string[]): ScrapeConfig {
  const static_configs = nodes.map((node, index) => ({
    targets: [exporterAddress],
    labels: { __metrics_path__: `/${name}/${node}/metrics`, instance: `10.0.0.${index + 1}:${port}` },
  }));
  return { job_name: name, honor_labels: false, static_configs };
}

/** Five characters as pods have them, always the same for a component. */
function podWord(index: number): string {
  return `x${String(index).padStart(4, "0")}`;
}
