package cluster

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// explain adds the next thing to do to clientcmd's errors. raw is what the
// kubeconfig holds, as far as it could be read.
func explain(err error, o Options, raw clientcmdapi.Config) error {
	contexts := strings.Join(slices.Sorted(maps.Keys(raw.Contexts)), ", ")
	switch {
	case contexts != "" && o.Context != "" && raw.Contexts[o.Context] == nil:
		return fmt.Errorf("kubeconfig %s has no context %q; --context wants one of: %s", o.file(), o.Context, contexts)
	case contexts != "" && o.Context == "" && raw.CurrentContext == "":
		return fmt.Errorf("kubeconfig %s has no current context; pick one with --context: %s", o.file(), contexts)
	case clientcmd.IsEmptyConfig(err):
		return fmt.Errorf("no cluster: nothing usable in %s; set KUBECONFIG or --kubeconfig, or run `headgate testenv up` for a mesh on this machine", o.file())
	}
	return fmt.Errorf("kubeconfig: %w", err)
}

// file is where the kubeconfig was looked for.
func (o Options) file() string {
	for _, name := range []string{o.Kubeconfig, os.Getenv(clientcmd.RecommendedConfigPathEnvVar)} {
		if name != "" {
			return name
		}
	}
	return clientcmd.RecommendedHomeFile
}
