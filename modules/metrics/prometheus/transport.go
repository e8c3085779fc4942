package prometheus

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/prometheus/client_golang/api"
)

// direct is the transport to a Prometheus with an address of its own.
func (o *Options) direct() (http.RoundTripper, error) {
	headers, err := o.headers()
	if err != nil {
		return nil, err
	}
	base := http.DefaultTransport.(*http.Transport).Clone()
	if o.CAFile != "" {
		if base.TLSClientConfig, err = trusting(o.CAFile); err != nil {
			return nil, err
		}
	}
	return &headed{base: base, headers: headers}, nil
}

func trusting(file string) (*tls.Config, error) {
	pem, err := os.ReadFile(file) //nolint:gosec // the user names the file to be trusted
	if err != nil {
		return nil, fmt.Errorf("prometheus: CA file: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("prometheus: CA file %s holds no PEM certificate", file)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// headers reads the secrets once. A variable that is not set is an error here,
// where it can be named, and not a puzzling 401 later.
func (o *Options) headers() (http.Header, error) {
	out := http.Header{}
	var errs []error
	env := func(name string) string {
		value, ok := o.LookupEnv(name)
		if !ok || value == "" {
			errs = append(errs, fmt.Errorf("prometheus: the environment variable %s is not set: export it where headgate runs", name))
		}
		return value
	}
	for header, variable := range o.HeadersFrom {
		out.Set(header, env(variable))
	}
	if o.UserFrom != "" || o.PasswordFrom != "" {
		pair := env(o.UserFrom) + ":" + env(o.PasswordFrom)
		out.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return out, errors.Join(errs...)
}

// headed adds headers.
type headed struct {
	base    http.RoundTripper
	headers http.Header
}

func (t *headed) RoundTrip(req *http.Request) (*http.Response, error) {
	if len(t.headers) > 0 {
		req = req.Clone(req.Context())
		for name, values := range t.headers {
			req.Header[name] = values
		}
	}
	return t.base.RoundTrip(req)
}

// getOnly turns the client's POST into a GET: through the API server a POST
// needs the right to create services/proxy, a GET the right to get it.
type getOnly struct{ base http.RoundTripper }

func (t getOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Method != http.MethodPost {
		return t.base.RoundTrip(req)
	}
	defer func() { _ = req.Body.Close() }()
	form, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	get := req.Clone(req.Context())
	get.Method, get.Body, get.GetBody, get.ContentLength = http.MethodGet, nil, nil, 0
	get.URL.RawQuery = string(form)
	get.Header.Del("Content-Type")
	return t.base.RoundTrip(get)
}

// bounded refuses answers larger than max bytes.
type bounded struct {
	base http.RoundTripper
	max  int64
}

func (t bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err == nil {
		resp.Body = &boundedBody{ReadCloser: resp.Body, left: t.max, max: t.max}
	}
	return resp, err
}

type boundedBody struct {
	io.ReadCloser
	left, max int64
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the answer is larger than %d bytes: narrow it down with metrics.prometheus.match", b.max)
	}
	return n, err
}

// client never follows a redirect: the headers are for this address only.
func client(address string, rt http.RoundTripper, maxBytes int64) (api.Client, error) {
	return api.NewClient(api.Config{Address: address, Client: &http.Client{
		Transport:     bounded{base: rt, max: maxBytes},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}})
}
