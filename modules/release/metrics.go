package release

// Metrics says where requests are counted.
type Metrics struct {
	// Source is prometheus, envoy (the proxies' own counters, read through the
	// API server), or auto: the proxies where they can be read, else Prometheus
	// where it is configured.
	Source MetricsSource `json:"source,omitempty" jsonschema:"enum=auto,enum=prometheus,enum=envoy,default=auto"`
	// Prometheus says where Prometheus is and what its series are called.
	Prometheus *Prometheus `json:"prometheus,omitempty"`
}

// MetricsSource is a way to count requests.
type MetricsSource string

// The sources.
const (
	SourceAuto       MetricsSource = "auto"
	SourcePrometheus MetricsSource = "prometheus"
	SourceEnvoy      MetricsSource = "envoy"
)

// Prometheus says where Prometheus is, by exactly one of url and service, and
// what its series are called. What is empty is as Istio has it. The file holds
// no secrets: it names the environment variables that do.
type Prometheus struct {
	// URL is its address, such as https://prometheus.example.com/prefix.
	URL string `json:"url,omitempty"`
	// Service is its address in the cluster, namespace/name:port, such as
	// monitoring/prometheus:9090; it is reached through the API server.
	Service string `json:"service,omitempty"`
	// Reporter is whose count is taken: source (the callers' proxies and
	// gateways) or destination (the called Pods' own).
	Reporter Reporter `json:"reporter,omitempty" jsonschema:"enum=source,enum=destination,default=source"`
	// Names are the names of the metrics.
	Names MetricNames `json:"names,omitzero"`
	// Labels are the names of the labels.
	Labels MetricLabels `json:"labels,omitzero"`
	// Match are labels that every series must have besides, such as the job.
	Match map[string]string `json:"match,omitempty"`
	// HeadersFrom sets HTTP headers: the header's name to the name of the
	// environment variable that holds its value.
	HeadersFrom map[string]string `json:"headersFrom,omitempty"`
	// UserFrom names the environment variable with the user of HTTP basic
	// authentication.
	UserFrom string `json:"userFrom,omitempty"`
	// PasswordFrom names the environment variable with its password.
	PasswordFrom string `json:"passwordFrom,omitempty"`
	// CAFile holds the PEM certificates to trust, instead of the system's. Its
	// path starts at the folder of this file, once decoded at the working
	// directory.
	CAFile string `json:"caFile,omitempty"`
	// Timeout bounds each query.
	Timeout Duration `json:"timeout,omitzero" jsonschema:"default=10s"`
}

// Reporter is whose count of a request is taken.
type Reporter string

// The reporters.
const (
	ReporterSource      Reporter = "source"
	ReporterDestination Reporter = "destination"
)

// MetricNames are the names of metrics; empty ones are Istio's.
type MetricNames struct {
	// Requests is a counter of finished requests, by default
	// istio_requests_total.
	Requests string `json:"requests,omitempty"`
	// Latency is a classic histogram without its suffixes, by default
	// istio_request_duration_milliseconds.
	Latency string `json:"latency,omitempty"`
	// Unit is what the histogram counts in, by default 1ms.
	Unit Duration `json:"unit,omitzero"`
}

// MetricLabels are the names of labels; empty ones are Istio's.
type MetricLabels struct {
	// Host holds the called host, by default destination_service.
	Host string `json:"host,omitempty"`
	// Subset holds the subset, by default destination_subset.
	Subset string `json:"subset,omitempty"`
	// Workload holds the called Deployment, by default destination_workload.
	Workload string `json:"workload,omitempty"`
	// Namespace holds its namespace, by default destination_workload_namespace.
	Namespace string `json:"namespace,omitempty"`
	// Version holds its version label, by default destination_version.
	Version string `json:"version,omitempty"`
	// Code holds the HTTP status, by default response_code.
	Code string `json:"code,omitempty"`
	// Flags holds Envoy's response flags, by default response_flags.
	Flags string `json:"flags,omitempty"`
	// GRPC holds the gRPC status, by default grpc_response_status.
	GRPC string `json:"grpc,omitempty"`
	// Reporter holds who counted, by default reporter.
	Reporter string `json:"reporter,omitempty"`
}
