package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"

	"github.com/headgate-ci/headgate/ci/internal/dagger"
)

// A Kubernetes cluster with a service mesh, and what can be done to it.
type Cluster struct {
	// +private
	Headgate *Headgate
	// +private
	Config *dagger.Secret
	// +private
	Bindings []*Binding
	// +private
	Variables []*SecretVariable
	// +private
	Name string
	// +private
	Docker *dagger.Container
}

// A service that containers reach by a name.
type Binding struct {
	// +private
	Name string
	// +private
	Service *dagger.Service
}

// An environment variable of containers whose value is secret.
type SecretVariable struct {
	// +private
	Name string
	// +private
	Value *dagger.Secret
}

// A cluster that there is, by its kubeconfig.
//
// It is asked anew in every session.
// +cache="session"
func (h *Headgate) Cluster(
	ctx context.Context,
	// The kubeconfig, such as file:$HOME/.kube/config or env:KUBECONFIG_DATA.
	// It must stand alone: see kubectl config view --raw --flatten --minify.
	kubeconfig *dagger.Secret,
	// Context of the kubeconfig; its current one by default.
	// +optional
	context string,
	// The API server as a service, such as tcp://127.0.0.1:6443.
	// It is for one that only the caller's machine reaches.
	// +optional
	api *dagger.Service,
) (*Cluster, error) {
	config, err := readKubeconfig(ctx, kubeconfig, context)
	if err != nil {
		return nil, err
	}
	c := &Cluster{Headgate: h}
	if api != nil {
		port, err := firstPort(ctx, api)
		if err != nil {
			return nil, err
		}
		config.tunnel(apiName, port)
		c.Bindings = append(c.Bindings, &Binding{Name: apiName, Service: api})
	}
	if err := config.reachable(); err != nil {
		return nil, err
	}
	c.Config, err = config.secret()
	return c, err
}

// The kubeconfig, for containers that the cluster's services are bound to.
func (c *Cluster) Kubeconfig() *dagger.Secret { return c.Config }

// Let everything that runs against the cluster reach a service by a name.
//
// Such as a Prometheus or a gateway that only the caller's machine reaches.
func (c *Cluster) WithService(
	// Host name that it gets.
	name string,
	// The service, such as tcp://127.0.0.1:9090.
	service *dagger.Service,
) *Cluster {
	c.Bindings = append(c.Bindings, &Binding{Name: name, Service: service})
	return c
}

// Give everything that runs against the cluster a secret variable.
//
// Such as the one that a Release file names in headersFrom, userFrom or passwordFrom
// for a Prometheus with a sign-in.
func (c *Cluster) WithSecretVariable(
	// Name of the environment variable, such as PROMETHEUS_TOKEN.
	name string,
	// Its value, such as env:PROMETHEUS_TOKEN.
	value *dagger.Secret,
) (*Cluster, error) {
	if !variableName.MatchString(name) || name == kubeconfigVariable {
		return nil, fmt.Errorf("with-secret-variable: --name %q: want the name of an environment variable such as PROMETHEUS_TOKEN", name)
	}
	c.Variables = append(c.Variables, &SecretVariable{Name: name, Value: value})
	return c, nil
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// kubeconfigVariable is set for everything that runs against the cluster.
const kubeconfigVariable = "KUBECONFIG"

// Add to a container what it needs to reach the cluster.
//
// That is the kubeconfig as a secret file with KUBECONFIG set, the services, and the
// secret variables. By default it is one with the headgate program.
//
// What runs in it is never cached.
// +cache="session"
func (c *Cluster) Container(
	// Container to add to, such as one with kubectl.
	// +optional
	container *dagger.Container,
) *dagger.Container {
	if container == nil {
		container = c.Headgate.Cli()
	}
	for _, b := range c.Bindings {
		container = container.WithServiceBinding(b.Name, b.Service)
	}
	for _, v := range c.Variables {
		container = container.WithSecretVariable(v.Name, v.Value)
	}
	const path = "/run/secrets/kubeconfig"
	return once(container).WithMountedSecret(path, c.Config).WithEnvVariable(kubeconfigVariable, path)
}

// once keeps what a container runs from being taken from the cache.
func once(ctr *dagger.Container) *dagger.Container {
	return ctr.WithEnvVariable("HEADGATE_CALL", rand.Text())
}

// firstPort is the first port that a service listens on.
func firstPort(ctx context.Context, s *dagger.Service) (int, error) {
	ports, err := s.Ports(ctx)
	if err != nil {
		return 0, err
	}
	if len(ports) == 0 {
		return 0, errNoPort
	}
	return ports[0].Port(ctx)
}
