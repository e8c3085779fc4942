package release

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"k8s.io/apimachinery/pkg/util/validation"
)

func (f *findings) metrics(m Metrics) {
	const path = "spec.metrics"
	f.oneOf(path+".source", string(m.Source), string(SourceAuto), string(SourcePrometheus), string(SourceEnvoy))
	if m.Prometheus == nil {
		if m.Source == SourcePrometheus {
			f.wrong(path+".source", "prometheus, but where is it? write spec.metrics.prometheus with url or service")
		}
		return
	}
	f.address(path+".prometheus", m.Prometheus)
	f.seriesNames(path+".prometheus", m.Prometheus)
	f.secrets(path+".prometheus", m.Prometheus)
	f.oneOf(path+".prometheus.reporter", string(m.Prometheus.Reporter), string(ReporterSource), string(ReporterDestination))
	f.positive(path+".prometheus.timeout", m.Prometheus.Timeout)
}

func (f *findings) address(path string, p *Prometheus) {
	switch {
	case p.URL == "" && p.Service == "":
		f.wrong(path, "no address; give url (https://prometheus.example.com) or service (monitoring/prometheus:9090)")
	case p.URL != "" && p.Service != "":
		f.wrong(path+".service", "url and service exclude each other")
	case p.Service != "":
		f.inCluster(path, p)
	default:
		f.url(path+".url", p.URL)
	}
}

// url never repeats what it was given: there may be a password in it.
func (f *findings) url(path, address string) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https"):
		f.wrong(path, "not an address; want one such as https://prometheus.example.com")
	case u.User != nil:
		f.wrong(path, "holds a user or password; name environment variables instead, with userFrom and passwordFrom")
	case u.RawQuery != "" || u.Fragment != "":
		f.wrong(path, "want the address alone, without ? or #")
	case strings.HasSuffix(strings.TrimRight(u.Path, "/"), "/api/v1"), strings.Contains(u.Path, "/api/v1/query"):
		f.wrong(path, "leave /api/v1 and what follows out; want the address that a browser shows Prometheus under")
	}
}

// inCluster judges namespace/name:port, or namespace/https:name:port for a
// Service that speaks TLS, as the API server's proxy has it.
func (f *findings) inCluster(path string, p *Prometheus) {
	namespace, rest, _ := strings.Cut(p.Service, "/")
	parts := strings.Split(strings.TrimPrefix(rest, "https:"), ":")
	good := len(parts) == 2 && len(validation.IsDNS1123Label(namespace)) == 0
	for _, part := range parts {
		good = good && len(validation.IsDNS1123Label(part)) == 0
	}
	if !good {
		f.wrong(path+".service", "%q; want namespace/name:port, such as monitoring/prometheus:9090", clip(p.Service))
	}
	if len(p.HeadersFrom) > 0 || p.UserFrom != "" || p.PasswordFrom != "" || p.CAFile != "" {
		f.wrong(path, "headersFrom, userFrom, passwordFrom and caFile go with url; a service is reached with the cluster's own credentials")
	}
}

func (f *findings) seriesNames(path string, p *Prometheus) {
	for field, name := range map[string]string{"requests": p.Names.Requests, "latency": p.Names.Latency} {
		at := path + ".names." + field
		if (name != "" || f.written(at)) && !model.LegacyValidation.IsValidMetricName(name) {
			f.wrong(at, "%q is not the name of a metric", clip(name))
		}
	}
	if p.Names.Unit.Duration != 0 || f.written(path+".names.unit") {
		f.positive(path+".names.unit", p.Names.Unit)
	}
	l := p.Labels
	for field, name := range map[string]string{
		"host": l.Host, "subset": l.Subset, "workload": l.Workload, "namespace": l.Namespace, "version": l.Version,
		"code": l.Code, "flags": l.Flags, "grpc": l.GRPC, "reporter": l.Reporter,
	} {
		if at := path + ".labels." + field; name != "" || f.written(at) {
			f.label(at, name)
		}
	}
	for name := range p.Match {
		f.label(join(path+".match", name), name)
	}
}

func (f *findings) label(path, name string) {
	if !model.LegacyValidation.IsValidLabelName(name) {
		f.wrong(path, "%q is not the name of a label", clip(name))
	}
}

var (
	variableSyntax = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	headerSyntax   = regexp.MustCompile(`^[A-Za-z0-9-]+$`)
)

// secrets judges the names of environment variables. Whoever wrote a secret
// itself does not want it in a log, so what stands there is not repeated.
func (f *findings) secrets(path string, p *Prometheus) {
	for _, header := range slices.Sorted(maps.Keys(p.HeadersFrom)) {
		at := join(path+".headersFrom", header)
		if !headerSyntax.MatchString(header) {
			f.wrong(at, "%q is not the name of an HTTP header", clip(header))
		}
		f.variable(at, p.HeadersFrom[header])
	}
	for field, name := range map[string]string{"userFrom": p.UserFrom, "passwordFrom": p.PasswordFrom} {
		if at := join(path, field); name != "" || f.written(at) {
			f.variable(at, name)
		}
	}
	if (p.UserFrom == "") != (p.PasswordFrom == "") {
		f.wrong(path, "userFrom and passwordFrom go together")
	}
}

func (f *findings) variable(path, name string) {
	if !variableSyntax.MatchString(name) {
		f.wrong(path, "want the name of an environment variable such as PROMETHEUS_TOKEN, not its value")
	}
}
