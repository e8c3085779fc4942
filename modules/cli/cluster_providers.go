package cli

import (
	"context"
	"fmt"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/headgate-ci/headgate/modules/cluster/kind"
	"github.com/headgate-ci/headgate/testenv"
)

const providerTestenv = "testenv"

// clusterInfo is a cluster that is up.
type clusterInfo struct {
	Name       string `json:"name"`
	Provider   string `json:"provider"`
	Kubeconfig string `json:"kubeconfig,omitempty"`
	Context    string `json:"context"`
	// Gateway and Prometheus are URLs, where the provider brings them.
	Gateway    string `json:"gateway,omitempty"`
	Prometheus string `json:"prometheus,omitempty"`
}

// provider makes clusters of one kind.
type provider interface {
	up(ctx context.Context, c *ClusterUpCmd, say func(string)) (*clusterInfo, error)
	down(ctx context.Context) error
	list() ([]clusterInfo, error)
	kubeconfig() (string, error)
	load(ctx context.Context, image string) error
}

func (w Which) provider(g *Globals, env *Env) provider {
	if w.Provider == providerTestenv {
		return testenvProvider{name: w.Name, env: env}
	}
	return kindProvider{name: w.Name, file: g.Kubeconfig}
}

// kindProvider is kind, with the kubeconfig file that gets the contexts.
type kindProvider struct{ name, file string }

func (p kindProvider) up(_ context.Context, c *ClusterUpCmd, say func(string)) (*clusterInfo, error) {
	err := kind.Up(kind.Options{
		Name: p.name, Kubeconfig: p.file, Image: c.NodeImage, Workers: c.Workers, Address: c.Address, Names: c.CertName, Wait: c.Timeout, Say: say,
	})
	if err != nil {
		return nil, err
	}
	file := p.file
	if file == "" {
		file = clientcmd.NewDefaultClientConfigLoadingRules().GetDefaultFilename()
	}
	info := p.info(p.name)
	info.Kubeconfig = file
	return &info, nil
}

func (p kindProvider) info(name string) clusterInfo {
	return clusterInfo{Name: name, Provider: "kind", Context: kind.Context(name)}
}

func (p kindProvider) down(context.Context) error  { return kind.Down(p.name, p.file) }
func (p kindProvider) kubeconfig() (string, error) { return kind.Kubeconfig(p.name) }
func (p kindProvider) load(ctx context.Context, image string) error {
	return kind.Load(ctx, p.name, image)
}

func (p kindProvider) list() ([]clusterInfo, error) {
	names, err := kind.List()
	out := []clusterInfo{}
	for _, n := range names {
		out = append(out, p.info(n))
	}
	return out, err
}

// testenvProvider is this program's own environment.
type testenvProvider struct {
	name string
	env  *Env
}

func (p testenvProvider) up(ctx context.Context, _ *ClusterUpCmd, _ func(string)) (*clusterInfo, error) {
	e, err := testenv.Up(ctx, testenv.Options{Name: p.name, Progress: progressTo(p.env)})
	if err != nil {
		return nil, err
	}
	return p.info(e), nil
}

func (p testenvProvider) info(e *testenv.Env) *clusterInfo {
	context := e.Name
	if config, err := clientcmd.LoadFromFile(e.Kubeconfig); err == nil {
		context = config.CurrentContext
	}
	return &clusterInfo{Name: e.Name, Provider: providerTestenv, Kubeconfig: e.Kubeconfig, Context: context, Gateway: e.Gateway, Prometheus: e.Prometheus}
}

func (p testenvProvider) down(ctx context.Context) error {
	e, err := testenv.Get(p.name)
	if err != nil {
		return err
	}
	return e.Down(ctx)
}

func (p testenvProvider) kubeconfig() (string, error) {
	e, err := testenv.Get(p.name)
	if err != nil {
		return "", err
	}
	return readFile(e.Kubeconfig)
}

func (p testenvProvider) load(_ context.Context, image string) error {
	return fmt.Errorf("image %s: a testenv runs programs, not containers; give Pods one with `headgate testenv load --name %s %s PROGRAM [ARG ...]`", image, p.name, image)
}

func (p testenvProvider) list() ([]clusterInfo, error) {
	all, err := testenv.List()
	out := []clusterInfo{}
	for _, e := range all {
		out = append(out, *p.info(e))
	}
	return out, err
}
