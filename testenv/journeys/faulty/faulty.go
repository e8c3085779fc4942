// Package faulty is an HTTP proxy for tests that behaves as networks and
// servers do on a bad day: it answers with errors, does not answer, loses the
// answer to what was done, breaks connections, or tells lies. It stands in front
// of an API server or a Prometheus, for those who come through it only.
package faulty

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync/atomic"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

// Proxy passes requests on, but for what its Fault makes of them.
type Proxy struct {
	listener net.Listener
	server   *http.Server
	pass     *httputil.ReverseProxy
	fault    atomic.Pointer[Fault]
}

// Front puts a proxy in front of an API server. Whoever comes through it has
// the rights of config.
func Front(config *rest.Config) (*Proxy, error) {
	target, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, err
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	return New(target, transport)
}

// New puts a proxy in front of any HTTP server.
func New(target *url.URL, transport http.RoundTripper) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // a test's
	if err != nil {
		return nil, fmt.Errorf("proxy to %s: %w", target, err)
	}
	p := &Proxy{listener: l, pass: httputil.NewSingleHostReverseProxy(target)}
	p.pass.Transport, p.pass.FlushInterval = transport, -1
	p.pass.ModifyResponse = spoil
	p.pass.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	p.server = &http.Server{Handler: p} //nolint:gosec // a test's, on the loopback address
	go func() { _ = p.server.Serve(l) }()
	return p, nil
}

// Use has every request from now on go through a fault; nil for none.
func (p *Proxy) Use(f Fault) {
	if f == nil {
		p.fault.Store(nil)
		return
	}
	p.fault.Store(&f)
}

// URL is the proxy's address.
func (p *Proxy) URL() string { return "http://" + p.listener.Addr().String() }

// Close breaks what is open and ends the proxy.
func (p *Proxy) Close() { _ = p.server.Close() }

// Kubeconfig writes a file that leads through the proxy.
func (p *Proxy) Kubeconfig(file string) error {
	config := api.NewConfig()
	config.Clusters["faulty"] = &api.Cluster{Server: p.URL()}
	config.AuthInfos["faulty"] = &api.AuthInfo{}
	config.Contexts["faulty"] = &api.Context{Cluster: "faulty", AuthInfo: "faulty"}
	config.CurrentContext = "faulty"
	data, err := clientcmd.Write(*config)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}

func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := p.fault.Load()
	if f == nil {
		p.pass.ServeHTTP(w, r)
		return
	}
	answer := (*f)(r)
	if answer == nil {
		p.pass.ServeHTTP(w, r)
		return
	}
	answer(p, w, r)
}
