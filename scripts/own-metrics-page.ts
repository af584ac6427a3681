import type { Definition } from "../src/monitoring/definition.ts";
import { families, processFamilies } from "../src/monitoring/families.ts";

const introduction = `# What the adapter says of itself

Made by \`make generate\` from \`src/monitoring/families.ts\`. \`GET /metrics\` answers in the text format of Prometheus. It needs
neither Prometheus nor room among the requests for metrics (\`serving.maxInFlight\`).

Whoever asks is known and allowed as everywhere: the right is \`get\` on the non-resource URL \`/metrics\`, which the manifests'
ClusterRole \`vm-metrics-adapter:scraper\` gives. To find the replicas, Prometheus must list and watch Endpoints, Services
and Pods in namespace \`vm-metrics-adapter\`. It needs no right on the Secret there, which holds keys. For a Prometheus that runs
as ServiceAccount \`prometheus-k8s\` in namespace \`monitoring\`:

\`\`\`sh
kubectl create clusterrolebinding vm-metrics-adapter:scraper:prometheus \\
  --clusterrole=vm-metrics-adapter:scraper --serviceaccount=monitoring:prometheus-k8s
kubectl create role -n vm-metrics-adapter prometheus --verb=get,list,watch --resource=endpoints,services,pods
kubectl create rolebinding -n vm-metrics-adapter prometheus --role=prometheus --serviceaccount=monitoring:prometheus-k8s
\`\`\`

Prometheus sends its token, so it should know whom it sends it to. Whom to trust is what the kube-apiserver trusts, the bundle
of the APIService:

\`\`\`sh
kubectl get apiservice v1beta2.custom.metrics.k8s.io -o jsonpath='{.spec.caBundle}' | base64 -d > ca.crt
kubectl create configmap -n monitoring vm-metrics-adapter-ca --from-file=ca.crt --dry-run=client -o yaml | kubectl apply -f -
\`\`\`

Mount that ConfigMap as a folder (not with \`subPath\`, which is never renewed; Prometheus reads the file again when it
changes). In the configuration, for each replica by itself:

\`\`\`yaml
scrape_configs:
  - job_name: vm-metrics-adapter # not apiserver: the rules of kube-prometheus would count this server among those
    scheme: https
    authorization: { credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token }
    tls_config:
      ca_file: /etc/prometheus/configmaps/vm-metrics-adapter-ca/ca.crt
      server_name: vm-metrics-adapter.vm-metrics-adapter.svc # targets are addresses of pods, which are not in the certificate
    kubernetes_sd_configs: [{ role: endpoints, namespaces: { names: [vm-metrics-adapter] } }]
    relabel_configs:
      - { source_labels: [__meta_kubernetes_endpoint_port_name], regex: https, action: keep }
\`\`\`

The copy goes stale when the authority changes: 90 days before the end of its 365, when it is told to, and when the Secret
healed. The next authority is in the bundle five minutes before it signs, so a CronJob that runs the two commands every two
minutes never loses a scrape; one that runs daily loses them for a day, every nine months. A renewed certificate of the same
authority changes nothing. Meanwhile \`up\` is 0, and the target's error is \`x509: certificate signed by unknown authority\`.
With cert-manager the authority is the issuer's, ten years with \`manifests/cert-manager.yaml\`. The ServiceMonitor of
prometheus-operator says the same with \`tlsConfig.ca.configMap\` and \`tlsConfig.serverName\`.

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
