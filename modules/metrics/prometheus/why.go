package prometheus

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// errAPIPath is the address of an API call where that of a server is wanted.
var errAPIPath = errors.New("leave /api/v1 and what follows out: want the address that a browser shows Prometheus under")

// apiPath says that an address goes on to Prometheus' API. The API server's own
// paths begin like that, too, so its proxy is none.
func apiPath(u *url.URL) bool {
	path := strings.TrimRight(u.Path, "/")
	if i := strings.LastIndex(path, "/proxy"); i >= 0 {
		path = path[i:]
	}
	_, call, found := strings.Cut(path, "/api/v1")
	return found && (call == "" || strings.HasPrefix(call, "/"))
}

// hint is what to do about a request that got no answer of a Prometheus, or one
// that refuses it. Empty where the error says all there is.
func (s *Source) hint(err error) string {
	switch text := err.Error(); {
	case s.opts.Service != "": // the API server tells
		return ""
	case strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return "it speaks http: write http:// in metrics.prometheus.url"
	case strings.Contains(text, "HTTP request to an HTTPS server"):
		return "it speaks https: write https:// in metrics.prometheus.url"
	case strings.Contains(text, fmt.Sprintf("client error: %d", http.StatusNotFound)):
		return "check the path in metrics.prometheus.url: it ends where Prometheus' own pages begin"
	}
	if distrusted(err) {
		return s.trustHint(err)
	}
	if unanswered(err) {
		return "check metrics.prometheus.url; a Prometheus that only the cluster reaches is asked through the API server, by metrics.prometheus.service: namespace/name:port"
	}
	return ""
}

func (s *Source) trustHint(err error) string {
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name):
		return "write the name that its certificate is for in metrics.prometheus.url"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "have its certificate renewed, or check this machine's clock"
	case s.opts.CAFile != "":
		return "the certificate is not signed by what metrics.prometheus.caFile holds (" + s.opts.CAFile + ")"
	}
	return "if it has a CA of its own, name the CA's PEM file in metrics.prometheus.caFile"
}

func distrusted(err error) bool {
	var verify *tls.CertificateVerificationError
	return errors.As(err, &verify)
}

// unanswered says that no server answered a request.
func unanswered(err error) bool {
	var request *url.Error
	var silence *silence
	return errors.As(err, &request) || errors.As(err, &silence)
}

// silence is no answer for so long.
type silence struct{ d time.Duration }

func (s *silence) Error() string { return fmt.Sprintf("no answer within %s", s.d) }
