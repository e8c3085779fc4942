// Package prometheus reads Evidence from a Prometheus, or anything that
// answers its query API: the raw counters of the standard Istio series, so that
// a restart of a proxy, a gap between scrapes or a lagging replica is told from
// a change of the traffic here and not guessed at by rate().
package prometheus

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/prometheus/common/model"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// Options say which Prometheus is asked, and what its series are called. All
// but the address have defaults that fit Istio.
type Options struct {
	// URL is its address, such as https://prometheus.example.com/prefix.
	URL string
	// Service is its address in the cluster instead, as "namespace/name:port":
	// it is asked through the API server of Cluster, so nothing has to be
	// exposed or forwarded.
	Service string
	// Cluster is needed with Service.
	Cluster *rest.Config

	// Reporter is whose count is taken: "source" (default), the callers'
	// proxies and gateways, or "destination", the called Pods' own proxies.
	// Only the source sees requests that never arrived, and counts a request
	// once however often it was retried; only the destination sees callers
	// without a proxy and mirrored requests.
	Reporter string
	// Names are the metrics' names.
	Names Names
	// Labels are the labels' names.
	Labels Labels
	// Match are further labels that every series must have, such as the job.
	Match map[string]string
	// Codes and GRPCCodes are regular expressions of the codes that are
	// errors; see package outcome.
	Codes, GRPCCodes string

	// HeadersFrom sets HTTP headers from environment variables: the header's
	// name to the variable's. Secrets are never read from a file of a Release.
	HeadersFrom map[string]string
	// UserFrom and PasswordFrom name the environment variables for HTTP basic
	// authentication.
	UserFrom, PasswordFrom string
	// CAFile holds the PEM certificates to trust for https, instead of the
	// system's.
	CAFile string
	// Timeout bounds each query, 10 s by default.
	Timeout time.Duration
	// MaxBytes bounds each answer, 16 MiB by default.
	MaxBytes int64
	// LookupEnv reads an environment variable, os.LookupEnv by default.
	LookupEnv func(string) (string, bool)
}

// Names are the names of metrics.
type Names struct {
	// Requests is a counter of finished requests, istio_requests_total.
	Requests string
	// Latency is a classic histogram without its suffixes,
	// istio_request_duration_milliseconds.
	Latency string
	// Unit is what the histogram counts in, one millisecond.
	Unit time.Duration
}

// The counters of connections, as Istio names them.
const (
	openedMetric = "istio_tcp_connections_opened_total"
	closedMetric = "istio_tcp_connections_closed_total"
)

// counter is the name of the metric that counts what the subject serves.
func (o *Options) counter(subject metrics.Subject) string {
	if subject.Connections {
		return openedMetric
	}
	return o.Names.Requests
}

// Labels are the names of labels; see series.Request for what they hold.
type Labels struct {
	Host, Subset, Workload, Namespace, Version, Code, Flags, GRPC, Reporter string
}

func (o *Options) setDefaults() {
	setDefault(&o.Reporter, "source")
	setDefault(&o.Names.Requests, "istio_requests_total")
	setDefault(&o.Names.Latency, "istio_request_duration_milliseconds")
	setDefault(&o.Names.Unit, time.Millisecond)
	setDefault(&o.Labels.Host, "destination_service")
	setDefault(&o.Labels.Subset, "destination_subset")
	setDefault(&o.Labels.Workload, "destination_workload")
	setDefault(&o.Labels.Namespace, "destination_workload_namespace")
	setDefault(&o.Labels.Version, "destination_version")
	setDefault(&o.Labels.Code, "response_code")
	setDefault(&o.Labels.Flags, "response_flags")
	setDefault(&o.Labels.GRPC, "grpc_response_status")
	setDefault(&o.Labels.Reporter, "reporter")
	setDefault(&o.Timeout, 10*time.Second)
	setDefault(&o.MaxBytes, 16<<20)
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// validate checks the names: they go into queries, where only values are quoted.
func (o *Options) validate() error {
	var errs []error
	if (o.URL == "") == (o.Service == "") {
		errs = append(errs, errors.New("prometheus: set either url or service"))
	}
	l := o.Labels
	names := []string{l.Host, l.Subset, l.Workload, l.Namespace, l.Version, l.Code, l.Flags, l.GRPC, l.Reporter}
	for name := range o.Match {
		names = append(names, name)
	}
	for _, name := range names {
		if !model.LegacyValidation.IsValidLabelName(name) {
			errs = append(errs, fmt.Errorf("prometheus: %q is not the name of a label", name))
		}
	}
	for _, name := range []string{o.Names.Requests, o.Names.Latency} {
		if !model.LegacyValidation.IsValidMetricName(name) {
			errs = append(errs, fmt.Errorf("prometheus: %q is not the name of a metric", name))
		}
	}
	return errors.Join(errs...)
}
