package prometheus

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/client-go/rest"
)

// endpoint is where queries go, and how.
func (o *Options) endpoint() (address string, rt http.RoundTripper, err error) {
	if o.Service != "" {
		return o.inCluster()
	}
	u, err := url.Parse(o.URL)
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("prometheus: url: %w", err)
	case u.User != nil:
		return "", nil, errors.New("prometheus: url holds a user or password: name environment variables instead (userFrom, passwordFrom)")
	case (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		return "", nil, fmt.Errorf("prometheus: url %q: want http:// or https:// and a host", o.URL)
	case apiPath(u):
		return "", nil, fmt.Errorf("prometheus: url %q: %w", o.URL, errAPIPath)
	}
	rt, err = o.direct()
	return u.String(), rt, err
}

// inCluster is the API server's proxy to a Service.
func (o *Options) inCluster() (string, http.RoundTripper, error) {
	if o.Cluster == nil {
		return "", nil, fmt.Errorf("prometheus: service %s: no cluster is configured to reach it through", o.Service)
	}
	namespace, service, err := splitService(o.Service)
	if err != nil {
		return "", nil, err
	}
	server, _, err := rest.DefaultServerUrlFor(o.Cluster)
	if err != nil {
		return "", nil, fmt.Errorf("prometheus: service %s: API server: %w", o.Service, err)
	}
	rt, err := rest.TransportFor(o.Cluster)
	if err != nil {
		return "", nil, fmt.Errorf("prometheus: service %s: API server: %w", o.Service, err)
	}
	return server.JoinPath("api/v1/namespaces", namespace, "services", service, "proxy").String(), getOnly{rt}, nil
}

// splitService takes "namespace/name:port" apart, and lets nothing through
// that could mean another path of the API server.
func splitService(s string) (namespace, service string, err error) {
	namespace, service, _ = strings.Cut(s, "/")
	parts := strings.Split(service, ":")
	if len(parts) == 3 && parts[0] == "https" {
		parts = parts[1:]
	}
	bad := len(parts) != 2 || len(validation.IsDNS1123Label(namespace)) > 0 || len(validation.IsDNS1035Label(parts[0])) > 0
	if bad || len(validation.IsDNS1123Label(parts[1])) > 0 {
		return "", "", fmt.Errorf(`prometheus: service %q: want "namespace/name:port", such as monitoring/prometheus:9090`, s)
	}
	return namespace, service, nil
}
