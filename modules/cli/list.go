package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/screen"
	"github.com/headgate-ci/headgate/modules/session"
)

// ListCmd shows every rollout there is.
type ListCmd struct {
	AllNamespaces bool   `short:"A" help:"Look in every namespace."`
	History       string `placeholder:"NAME" help:"Show the last rollouts of one release, newest first."`
}

// Run shows a line for each rollout on record.
func (c *ListCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	if c.History != "" {
		return c.past(ctx, g, env)
	}
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
	documents := make([]session.RowDocument, len(rows))
	for i, r := range rows {
		documents[i] = r.Document()
	}
	return g.Output.print(env.Stdout, documents, func(w io.Writer) error { return printList(w, env.screen(), rows) })
}

// printList has a line for each rollout where nobody knows the width, so that a
// program can read it, and at a terminal what fits.
func printList(w io.Writer, on screen.Screen, rows []session.Row) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "no rollouts on record")
		return err
	}
	t := screen.Table{Head: []string{"NAMESPACE", "RELEASE", "PHASE", "WEIGHT", "STEP", "AGE", "DRIVER", "REASON"}, Whole: on.Width == 0}
	for _, r := range rows {
		t.Rows = append(t.Rows, listed(r))
	}
	_, err := fmt.Fprintln(w, strings.Join(on.Table(t), "\n"))
	return err
}

func listed(r session.Row) screen.Row {
	if r.Status == nil {
		namespace, name, _ := strings.Cut(r.Journal, "/")
		return screen.Row{Cells: screen.Cells(namespace, name, "unreadable", "-", "-", "-", "-", r.Error)}
	}
	return screen.Row{Cells: screen.Cells(r.Namespace, r.Release, r.Phase, fmt.Sprintf("%d%%", r.Weight), orElse(r.Step, "-"),
		time.Since(r.Started).Round(time.Second).String(), orElse(r.Driver, "-"), orElse(r.Reason, orElse(r.Error, "-")))}
}

// past shows what was rolled out before.
func (c *ListCmd) past(ctx context.Context, g *Globals, env *Env) error {
	if c.AllNamespaces {
		return usageError("list: name a namespace with -n, not -A, to see one release's history")
	}
	g.locate(c.History)
	cl, err := g.connect()
	if err != nil {
		return err
	}
	all, err := session.History(ctx, cl, c.History)
	if err != nil {
		return err
	}
	return g.Output.print(env.Stdout, all, func(w io.Writer) error { return printHistory(w, env.screen(), all) })
}

func printHistory(w io.Writer, on screen.Screen, all []rollout.Past) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "no rollout of it has ended yet")
		return err
	}
	t := screen.Table{Head: []string{"ENDED", "VERDICT", "FROM", "TO", "TOOK", "REASON"}, Whole: on.Width == 0}
	for _, p := range all {
		t.Rows = append(t.Rows, screen.Row{Cells: screen.Cells(p.Finished.UTC().Format(time.RFC3339), string(p.Verdict), orElse(p.From, "-"), orElse(p.To, "-"),
			p.Finished.Sub(p.Started).Round(time.Second).String(), orElse(p.Reason, "-"))})
	}
	_, err := fmt.Fprintln(w, strings.Join(on.Table(t), "\n"))
	return err
}
