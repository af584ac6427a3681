import type { Definition } from "../src/monitoring/definition.ts";
import { families, processFamilies } from "../src/monitoring/families.ts";

const introduction = `# What the adapter says of itself

Made by \`make generate\` from \`src/monitoring/families.ts\`. \`GET /metrics\` answers in the text format of Prometheus. It needs
neither Prometheus nor room among the requests for metrics (\`serving.maxInFlight\`).

Whoever asks is known and allowed as everywhere: the right is \`get\` on the non-resource URL \`/metrics\`, which the manifests'
ClusterRole \`vm-metrics-adapter:scraper\` gives. For a Prometheus that runs as ServiceAccount \`prometheus-k8s\` in namespace
\`monitoring\`:

\`\`\`sh
kubectl create clusterrolebinding vm-metrics-adapter:scraper:prometheus \\
  --clusterrole=vm-metrics-adapter:scraper --serviceaccount=monitoring:prometheus-k8s
\`\`\`

and in its configuration, for each replica by itself:

\`\`\`yaml
scrape_configs:
  - job_name: vm-metrics-adapter # not apiserver: the rules of kube-prometheus would count this server among those
    scheme: https
    authorization: { credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token }
    tls_config: { insecure_skip_verify: true } # or ca_file with the caBundle of the adapter's APIServices, and server_name
    kubernetes_sd_configs: [{ role: endpoints, namespaces: { names: [vm-metrics-adapter] } }]
    relabel_configs:
      - { source_labels: [__meta_kubernetes_endpoint_port_name], regex: https, action: keep }
\`\`\`

The classes are those of Kubernetes (KEP-1209): ALPHA promises nothing, BETA keeps labels and type, STABLE changes nothing. What
Kubernetes' own servers have, too, keeps the name, the labels and the class that it has there, so that dashboards fit. \`nodejs_…\`
follow what the version of Node.js says, are INTERNAL, and not listed.

No label has a value that a client chose, so there are at most a few thousand series. Of requests for metrics, \`resource\` and
\`subresource\` are \`*\`; elsewhere \`subresource\` is the path, or \`other\` where nothing is served. Requests that are not GET only
say their method. \`code="<error>"\` means that there was no answer.`;

/** docs/metrics.md. */
export function ownMetricsPage(): string {
  const definitions: readonly Definition[] = [...Object.values(families), ...Object.values(processFamilies)];
  const rows = definitions.filter(({ stability }) => stability !== "INTERNAL").map(row);
  return `${[
    introduction,
    ["| name | type | class | labels | what |", "| --- | --- | --- | --- | --- |", ...rows].join("\n"),
  ].join("\n\n")}\n`;
}

function row({ name, type, stability, labels, help }: Definition): string {
  const named = labels.map((label) => `\`${label}\``).join(", ");
  // What is quoted is a value: <error> would be taken for a tag.
  const text = help.replaceAll(/'([^']+)'/gu, "`$1`");
  return `| \`${name}\` | ${type} | ${stability} | ${named} | ${text} |`;
}
