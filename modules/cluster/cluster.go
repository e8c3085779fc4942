// Package cluster connects to a Kubernetes cluster the way kubectl does and
// asks it what the caller may do there.
package cluster

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"time"

	"k8s.io/client-go/dynamic"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // kubeconfigs with an auth-provider, as kubectl has them
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Options are kubectl's connection flags; the zero value is kubectl's default.
type Options struct {
	Kubeconfig string
	Context    string
	Cluster    string
	User       string
	Namespace  string
	Server     string
	Token      string
	// TokenFile is read instead of Token where both could appear in a process
	// list.
	TokenFile             string
	CertificateAuthority  string
	InsecureSkipTLSVerify bool
	As                    string
	AsGroups              []string
	// Trace is told each request to the API server; nil for nobody.
	Trace io.Writer
	// RequestTimeout bounds one request; zero means DefaultRequestTimeout.
	RequestTimeout time.Duration
}

// DefaultRequestTimeout keeps a silent API server from stopping a Rollout.
const DefaultRequestTimeout = 10 * time.Second

// Cluster is a connection.
type Cluster struct {
	Config  *rest.Config
	Dynamic dynamic.Interface
	// Namespace is the one that flags or kubeconfig name, else "default".
	Namespace string
	// Context is the kubeconfig context in use; empty inside a cluster.
	Context string
}

// Connect reads the kubeconfig and makes the clients. It sends nothing yet.
func Connect(o Options) (*Cluster, error) {
	loader := o.loader()
	raw, _ := loader.RawConfig() // what is wrong with it, ClientConfig says
	cfg, err := loader.ClientConfig()
	if err != nil {
		return nil, explain(err, o, raw)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, explain(err, o, raw)
	}
	cfg.QPS, cfg.Burst = 50, 100
	cfg.UserAgent = "headgate"
	// The limit of a request stands inside of what signs in: see answering.
	within := cmp.Or(o.RequestTimeout, DefaultRequestTimeout)
	cfg.Timeout = 0
	if o.TokenFile != "" {
		cfg.BearerToken, cfg.BearerTokenFile = "", o.TokenFile
	}
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return answering{patient{traced(next, o.Trace)}, within}
	})
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", cfg.Host, err)
	}
	current := raw.CurrentContext
	if o.Context != "" {
		current = o.Context
	}
	return &Cluster{Config: cfg, Dynamic: client, Namespace: namespace, Context: current}, nil
}

func (o Options) loader() clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.Kubeconfig
	over := &clientcmd.ConfigOverrides{CurrentContext: o.Context}
	over.Context.Cluster, over.Context.AuthInfo, over.Context.Namespace = o.Cluster, o.User, o.Namespace
	over.ClusterInfo.Server, over.ClusterInfo.CertificateAuthority = o.Server, o.CertificateAuthority
	over.ClusterInfo.InsecureSkipTLSVerify = o.InsecureSkipTLSVerify
	over.AuthInfo.Token, over.AuthInfo.Impersonate, over.AuthInfo.ImpersonateGroups = o.Token, o.As, o.AsGroups
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, over)
}
