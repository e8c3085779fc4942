package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/cluster/install"
	"github.com/headgate-ci/headgate/modules/deploy"
	"github.com/headgate-ci/headgate/modules/manifest"
)

// ClusterCmd makes clusters to try things on.
type ClusterCmd struct {
	Up         ClusterUpCmd         `cmd:"" help:"Make a cluster, with Istio and monitoring if wanted."`
	Down       ClusterDownCmd       `cmd:"" help:"Take it down."`
	Status     ClusterStatusCmd     `cmd:"" help:"Show the clusters there are."`
	Kubeconfig ClusterKubeconfigCmd `cmd:"" help:"Print a cluster's kubeconfig."`
	Load       ClusterLoadCmd       `cmd:"" help:"Bring a container image of this machine into the cluster."`
}

// Which tells clusters apart.
type Which struct {
	Provider string `enum:"kind,testenv" default:"kind" help:"kind (nodes in containers; needs a container engine) or testenv (Headgate's own, on Linux, with Istio; needs none)."`
	Name     string `default:"headgate" placeholder:"NAME" help:"Name of the cluster."`
}

// ClusterUpCmd makes one.
type ClusterUpCmd struct {
	Which
	NodeImage string        `placeholder:"IMAGE" help:"kind: image of the nodes, which says the version of Kubernetes."`
	Workers   int           `placeholder:"N" help:"kind: nodes besides the control plane."`
	Address   string        `placeholder:"IP" help:"kind: where the API server listens on this machine; 127.0.0.1 by default."`
	CertName  []string      `placeholder:"NAME" help:"kind: further name of the API server, such as that of a service of a CI job; may be repeated."`
	Timeout   time.Duration `default:"5m" help:"Longest wait until nodes, and what --monitoring applies, are ready."`

	Istio      bool     `help:"Install Istio by istioctl, or by helm with --charts. A testenv has it already."`
	Istioctl   string   `placeholder:"PATH" help:"istioctl to use; the one on PATH by default."`
	Charts     string   `placeholder:"DIR|URL" help:"Istio's charts: a folder, or the address of a repository for helm."`
	IstioSet   []string `sep:"none" placeholder:"NAME=VALUE" help:"Value for Istio's charts; may be repeated."`
	Monitoring []string `sep:"none" placeholder:"PATH" help:"Manifests of Prometheus, Grafana, Kiali or tracing to apply, such as the samples/addons folder of an Istio release; may be repeated."`
}

// Run makes the cluster and what is wanted in it.
func (c *ClusterUpCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	say := func(line string) { _, _ = fmt.Fprintln(env.Stderr, "•", line) }
	found, err := c.provider(g, env).up(ctx, c, say)
	if err != nil {
		return err
	}
	if c.Istio && c.Provider != providerTestenv {
		i := install.Istio{Istioctl: c.Istioctl, Charts: c.Charts, Values: c.IstioSet, Kubeconfig: found.Kubeconfig, Context: found.Context, Output: env.Stderr}
		if err := i.Install(ctx); err != nil {
			return err
		}
	}
	if err := c.monitor(ctx, g, found, say); err != nil {
		return err
	}
	return g.Output.print(env.Stdout, found, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "cluster %q is up:\n  export KUBECONFIG=%s\n  kubectl --context %s get pods -A\n  take it down:  headgate cluster down --provider %s --name %s\n",
			found.Name, found.Kubeconfig, found.Context, found.Provider, found.Name)
		return err
	})
}

// monitor applies the manifests of the monitoring and waits for them.
func (c *ClusterUpCmd) monitor(ctx context.Context, g *Globals, found *clusterInfo, say func(string)) error {
	if len(c.Monitoring) == 0 {
		return nil
	}
	r, err := manifest.Render(manifest.Source{Paths: c.Monitoring})
	if err != nil {
		return err
	}
	cl, err := cluster.Connect(cluster.Options{Kubeconfig: found.Kubeconfig, Context: found.Context, Namespace: "istio-system", RequestTimeout: g.RequestTimeout})
	if err != nil {
		return err
	}
	_, err = deploy.Apply(ctx, cl, r.Objects, deploy.Options{CreateNamespace: true, Force: true, Wait: c.Timeout, Observe: say})
	return deployError(err)
}

// ClusterDownCmd takes one down.
type ClusterDownCmd struct{ Which }

// Run takes the cluster down.
func (c *ClusterDownCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	if err := c.provider(g, env).down(ctx); err != nil {
		return err
	}
	_, err := fmt.Fprintf(env.Stdout, "%s is down\n", c.Name)
	return err
}

// ClusterStatusCmd lists them.
type ClusterStatusCmd struct{ Which }

// Run lists the provider's clusters.
func (c *ClusterStatusCmd) Run(g *Globals, env *Env) error {
	all, err := c.provider(g, env).list()
	if err != nil {
		return err
	}
	return g.Output.print(env.Stdout, all, func(w io.Writer) error {
		tw := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
		_, _ = fmt.Fprintln(tw, "NAME\tPROVIDER\tCONTEXT")
		for _, i := range all {
			_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\n", i.Name, i.Provider, i.Context)
		}
		return tw.Flush()
	})
}

// ClusterKubeconfigCmd prints a kubeconfig.
type ClusterKubeconfigCmd struct{ Which }

// Run prints the cluster's own kubeconfig.
func (c *ClusterKubeconfigCmd) Run(g *Globals, env *Env) error {
	text, err := c.provider(g, env).kubeconfig()
	if err != nil {
		return err
	}
	_, err = io.WriteString(env.Stdout, text)
	return err
}

// ClusterLoadCmd loads an image.
type ClusterLoadCmd struct {
	Which
	Image string `arg:"" help:"Image of this machine's container engine."`
}

// Run makes the image known to the cluster's nodes.
func (c *ClusterLoadCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	if err := c.provider(g, env).load(ctx, c.Image); err != nil {
		return err
	}
	_, err := fmt.Fprintf(env.Stdout, "Pods of %s can use image %s\n", c.Name, c.Image)
	return err
}

// readFile is a kubeconfig's text.
func readFile(name string) (string, error) {
	data, err := os.ReadFile(name) //nolint:gosec // the environment's own
	if err != nil {
		return "", fmt.Errorf("kubeconfig: %w", err)
	}
	return string(data), nil
}
