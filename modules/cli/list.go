package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/session"
)

// ListCmd shows every rollout there is.
type ListCmd struct {
	AllNamespaces bool `short:"A" help:"Look in every namespace."`
}

// Run shows a line for each rollout on record.
func (c *ListCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	cl, err := g.connect()
	if err != nil {
		return err
	}
	namespace := cl.Namespace
	if c.AllNamespaces {
		namespace = ""
	}
	return list(ctx, g, env, cl, namespace)
}

func list(ctx context.Context, g *Globals, env *Env, cl *cluster.Cluster, namespace string) error {
	rows, err := session.List(ctx, cl, namespace)
	if err != nil {
		return err
	}
	return g.Output.print(env.Stdout, rows, func(w io.Writer) error { return printList(w, rows) })
}

// reasonWidth keeps a row of the list on one line of most terminals.
const reasonWidth = 60

func printList(w io.Writer, rows []session.Row) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "no rollouts on record")
		return err
	}
	tw := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
	_, _ = fmt.Fprintln(tw, "NAMESPACE\tRELEASE\tPHASE\tWEIGHT\tSTEP\tDRIVER\tAGE\tREASON")
	for _, r := range rows {
		if r.Status == nil {
			namespace, name, _ := strings.Cut(r.Journal, "/")
			_, _ = fmt.Fprintf(tw, "%s\t%s\tunreadable\t-\t-\t-\t-\t%s\n", namespace, name, r.Error)
			continue
		}
		_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\t%d%%\t%s\t%s\t%s\t%s\n", r.Namespace, r.Release, r.Phase, r.Weight,
			orElse(r.Step, "-"), orElse(r.Driver, "-"), time.Since(r.Started).Round(time.Second), clip(orElse(r.Reason, orElse(r.Error, "-")), reasonWidth))
	}
	return tw.Flush()
}
