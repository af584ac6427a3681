// Asks for metrics with Kubernetes' own clients, as the HorizontalPodAutoscaler does: reads questions as JSON from standard
// input and writes an answer for each to standard output, in their order.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/metrics/pkg/client/custom_metrics"
	"k8s.io/metrics/pkg/client/external_metrics"
)

// A question. Without a kind it is one for an external metric; without a namespace, one for a cluster-scoped object.
type question struct {
	// Version of custom metrics; empty for the one that the server prefers.
	Version string `json:"version"`
	// Accept header of the client.
	Accept         string `json:"accept"`
	Namespace      string `json:"namespace"`
	Group          string `json:"group"`
	Kind           string `json:"kind"`
	Name           string `json:"name"`
	Selector       string `json:"selector"`
	Metric         string `json:"metric"`
	MetricSelector string `json:"metricSelector"`
}

// What the client made of the server's answer: items, or an error's text.
type answer struct {
	Items any    `json:"items,omitempty"`
	Error string `json:"error,omitempty"`
	// Media type of the last answer that the client had for the question.
	ContentType string `json:"contentType"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	kubeconfig := flag.String("kubeconfig", "", "whom to ask, and as whom")
	flag.Parse()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		return err
	}
	answers := make([]answer, len(questions))
	for i, q := range questions {
		answers[i] = ask(config, q)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func ask(base *rest.Config, q question) answer {
	seen := &contentTypes{}
	config := rest.CopyConfig(base)
	// As kube-controller-manager is started: protobuf, and whatever else the server has.
	config.AcceptContentTypes = q.Accept
	config.Wrap(seen.wrap)
	items, err := items(config, q)
	if err != nil {
		return answer{Error: err.Error(), ContentType: seen.last}
	}
	return answer{Items: items, ContentType: seen.last}
}

func items(config *rest.Config, q question) (any, error) {
	selector, err := labels.Parse(q.Selector)
	if err != nil {
		return nil, err
	}
	metricSelector, err := labels.Parse(q.MetricSelector)
	if err != nil {
		return nil, err
	}
	if q.Kind == "" {
		return externalItems(config, q, metricSelector)
	}
	objects, err := metricsOf(config, q)
	if err != nil {
		return nil, err
	}
	kind := schema.GroupKind{Group: q.Group, Kind: q.Kind}
	if q.Name == "" {
		list, err := objects.GetForObjects(kind, selector, q.Metric, metricSelector)
		if err != nil {
			return nil, err
		}
		return list.Items, nil
	}
	value, err := objects.GetForObject(kind, q.Name, q.Metric, metricSelector)
	if err != nil {
		return nil, err
	}
	return []any{value}, nil
}

func externalItems(config *rest.Config, q question, selector labels.Selector) (any, error) {
	client, err := external_metrics.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	list, err := client.NamespacedMetrics(q.Namespace).List(q.Metric, selector)
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

func metricsOf(config *rest.Config, q question) (custom_metrics.MetricsInterface, error) {
	client, err := customClient(config, q.Version)
	if err != nil {
		return nil, err
	}
	if q.Namespace == "" {
		return client.RootScopedMetrics(), nil
	}
	return client.NamespacedMetrics(q.Namespace), nil
}

func customClient(config *rest.Config, version string) (custom_metrics.CustomMetricsClient, error) {
	if version != "" {
		groupVersion := schema.GroupVersion{Group: "custom.metrics.k8s.io", Version: version}
		return custom_metrics.NewForVersionForConfig(config, knownKinds(), groupVersion)
	}
	found, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	return custom_metrics.NewForConfig(config, knownKinds(), custom_metrics.NewAvailableAPIsGetter(found)), nil
}

// The kinds that questions name. A server of metrics alone has no discovery to learn them from.
func knownKinds() meta.RESTMapper {
	kinds := []schema.GroupVersionKind{
		{Version: "v1", Kind: "Pod"},
		{Version: "v1", Kind: "Node"},
		{Version: "v1", Kind: "Namespace"},
		{Group: "apps", Version: "v1", Kind: "Deployment"},
		{Group: "kubevirt.io", Version: "v1", Kind: "VirtualMachine"},
		{Group: "kubevirt.io", Version: "v1", Kind: "VirtualMachineInstance"},
		{Group: "pool.kubevirt.io", Version: "v1beta1", Kind: "VirtualMachinePool"},
	}
	var versions []schema.GroupVersion
	for _, kind := range kinds {
		versions = append(versions, kind.GroupVersion())
	}
	mapper := meta.NewDefaultRESTMapper(versions)
	for _, kind := range kinds {
		mapper.Add(kind, meta.RESTScopeNamespace)
	}
	return mapper
}

// Remembers what servers answered with.
type contentTypes struct {
	lock sync.Mutex
	last string
}

func (c *contentTypes) wrap(inner http.RoundTripper) http.RoundTripper {
	return roundTrip(func(request *http.Request) (*http.Response, error) {
		response, err := inner.RoundTrip(request)
		if err == nil {
			c.lock.Lock()
			c.last = response.Header.Get("Content-Type")
			c.lock.Unlock()
		}
		return response, err
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
