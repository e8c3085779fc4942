// Package cluster connects to a Kubernetes cluster the way kubectl does and
// asks it what the caller may do there.
package cluster

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/dynamic"
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
	cfg, err := loader.ClientConfig()
	if err != nil {
		return nil, explain(err, o)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, explain(err, o)
	}
	cfg.QPS, cfg.Burst = 50, 100
	cfg.UserAgent = "headgate"
	cfg.Timeout = o.RequestTimeout
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultRequestTimeout
	}
	if o.TokenFile != "" {
		cfg.BearerToken, cfg.BearerTokenFile = "", o.TokenFile
	}
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { return patient{next} })
	client, err := dynamic.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make a client for %s: %w", cfg.Host, err)
	}
	raw, _ := loader.RawConfig()
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

// explain adds the next thing to do to clientcmd's errors.
func explain(err error, o Options) error {
	if clientcmd.IsEmptyConfig(err) {
		where := o.Kubeconfig
		if where == "" {
			where = os.Getenv(clientcmd.RecommendedConfigPathEnvVar)
		}
		if where == "" {
			where = clientcmd.RecommendedHomeFile
		}
		return fmt.Errorf("no cluster: nothing usable in %s; set KUBECONFIG or --kubeconfig, or run `headgate testenv up` for a mesh on this machine", where)
	}
	return fmt.Errorf("kubeconfig: %w", err)
}

// Reachable turns a failed first request into an error that says what to do:
// the cluster is out of reach, or the caller may not do that.
func (c *Cluster) Reachable(err error) error {
	var urlErr *url.Error
	if apierrors.IsForbidden(err) && !strings.Contains(err.Error(), "k8s/rbac") {
		return fmt.Errorf("%w; grant it with the Roles of k8s/rbac, or use another kubeconfig", err)
	}
	if !errors.As(err, &urlErr) {
		return err
	}
	hint := "check the server's address and your network"
	if c.Context != "" {
		hint = fmt.Sprintf("check context %q of your kubeconfig and your network", c.Context)
	}
	return fmt.Errorf("cluster %s cannot be reached: %w; %s", c.Config.Host, urlErr.Err, hint)
}
