package cli

import (
	"github.com/headgate-ci/headgate/k8s"
	"github.com/headgate-ci/headgate/modules/release"
)

// RbacCmd prints the Roles that rollouts need.
type RbacCmd struct {
	Watchdog         bool   `help:"Also what --watchdog and --in-cluster need: to start Jobs."`
	Deploy           bool   `help:"Also what apply, diff, drift and analyze need."`
	GatewayNamespace string `default:"istio-system" placeholder:"NS" help:"Namespace of the ingress gateway, whose counters are read."`
}

// Help is shown by --help.
func (RbacCmd) Help() string {
	return `Prints a ServiceAccount with the Roles that rollouts in one namespace need, and
nothing beyond. No cluster is asked.

  headgate rbac -n shop | kubectl apply -f -`
}

// Run prints YAML.
func (c *RbacCmd) Run(g *Globals, env *Env) error {
	namespace := g.Namespace
	if namespace == "" {
		if rel, err := release.Load(DefaultFile); err == nil {
			namespace = rel.Metadata.Namespace
		}
	}
	if namespace == "" {
		return usageError("rbac: name the namespace whose services are rolled out with -n")
	}
	text, err := k8s.Roles{Namespace: namespace, Gateway: c.GatewayNamespace, Watchdog: c.Watchdog, Deploy: c.Deploy}.YAML()
	if err != nil {
		return err
	}
	_, err = env.Stdout.Write(text)
	return err
}
