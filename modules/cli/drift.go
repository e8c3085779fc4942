package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/headgate-ci/headgate/modules/manifest"
)

// DriftCmd shows who changed what manifests say.
type DriftCmd struct{ Applied }

// Run lists the differences; the exit code is 3 when there are any.
func (c *DriftCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	r, err := c.render(env)
	if err != nil {
		return err
	}
	drifts, err := driftOf(ctx, g, r.Objects)
	if err != nil {
		return err
	}
	if err := g.Output.print(env.Stdout, drifts, func(w io.Writer) error { return writeDrifts(w, drifts) }); err != nil {
		return err
	}
	if len(drifts) > 0 {
		return &exitError{code: ExitRolledBack}
	}
	return nil
}

func driftOf(ctx context.Context, g *Globals, objs []*unstructured.Unstructured) ([]manifest.Drift, error) {
	cl, err := g.connect()
	if err != nil {
		return nil, err
	}
	applier, err := manifest.NewApplier(cl.Config, cl.Namespace)
	if err != nil {
		return nil, err
	}
	drifts, err := applier.Drift(ctx, objs)
	return drifts, cl.Reachable(err)
}

func writeDrifts(w io.Writer, drifts []manifest.Drift) error {
	if len(drifts) == 0 {
		_, err := fmt.Fprintln(w, "the cluster is as the manifests say")
		return err
	}
	var b strings.Builder
	last := ""
	for _, d := range drifts {
		if d.Object() != last {
			last = d.Object()
			fmt.Fprintln(&b, last)
		}
		if d.Path == "" {
			fmt.Fprintln(&b, "  does not exist")
			continue
		}
		fmt.Fprintf(&b, "  %s: %s, the manifest says %s; %s\n", d.Path, shown(d.Got), shown(d.Want), blamed(d))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// blamed says who did it.
func blamed(d manifest.Drift) string {
	if d.By.Manager == "" {
		return "by whom is not on record"
	}
	return "by " + d.By.String()
}

// shown is a value in one line of bounded length.
func shown(v any) string {
	if v == nil {
		return "nothing"
	}
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	const most = 120
	if len(data) > most {
		return string(data[:most]) + "…"
	}
	return string(data)
}
