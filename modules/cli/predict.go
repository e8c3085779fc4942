package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"go.abhg.dev/komplete"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/journal"
)

// predicting is how long a person who presses the tab key waits for the cluster.
const predicting = 2 * time.Second

// predictors know the names that could come next. A cluster that does not answer
// knows none, without a word.
func predictors() []komplete.Option {
	asked := func(ask func(context.Context, *cluster.Cluster) []string) komplete.Predictor {
		return komplete.PredictFunc(func(args komplete.Args) []string {
			ctx, cancel := context.WithTimeout(context.Background(), predicting)
			defer cancel()
			g := globalsIn(args.Completed)
			c, err := g.connect()
			if err != nil {
				return nil
			}
			return starting(ask(ctx, c), args.Last)
		})
	}
	return []komplete.Option{
		komplete.WithPredictor("release", asked(releases)),
		komplete.WithPredictor("deployment", asked(func(ctx context.Context, c *cluster.Cluster) []string {
			return names(ctx, c, schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}, c.Namespace)
		})),
		komplete.WithPredictor("namespace", asked(func(ctx context.Context, c *cluster.Cluster) []string {
			return names(ctx, c, schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "")
		})),
		komplete.WithPredictor("context", komplete.PredictFunc(func(args komplete.Args) []string {
			return starting(contexts(globalsIn(args.Completed).Kubeconfig), args.Last)
		})),
	}
}

// globalsIn are the flags that say which cluster is asked, as far as they are
// typed.
func globalsIn(args []string) Globals {
	g := Globals{RequestTimeout: predicting}
	for i, arg := range args {
		name, value, joined := strings.Cut(arg, "=")
		if !joined && i+1 < len(args) {
			value = args[i+1]
		}
		switch name {
		case "-n", "--namespace":
			g.Namespace = value
		case "--kubeconfig":
			g.Kubeconfig = value
		case "--context":
			g.Context = value
		}
	}
	return g
}

func starting(all []string, with string) []string {
	return slices.DeleteFunc(all, func(s string) bool { return !strings.HasPrefix(s, with) })
}

func releases(ctx context.Context, c *cluster.Cluster) []string {
	entries, err := journal.New(c.Dynamic, c.Namespace).List(ctx)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if e.Record != nil {
			out = append(out, e.Record.Release)
		}
	}
	return out
}

func names(ctx context.Context, c *cluster.Cluster, r schema.GroupVersionResource, namespace string) []string {
	list, err := c.Dynamic.Resource(r).Namespace(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil
	}
	var out []string
	for _, o := range list.Items {
		out = append(out, o.GetName())
	}
	return out
}

func contexts(kubeconfig string) []string {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = kubeconfig
	raw, err := rules.Load()
	if err != nil {
		return nil
	}
	var out []string
	for name := range raw.Contexts {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
