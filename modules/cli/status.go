package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/session"
)

// StatusCmd shows where rollouts stand.
type StatusCmd struct {
	Reporting
	Name          string `arg:"" optional:"" help:"Release; all of the namespace by default."`
	AllNamespaces bool   `short:"A" help:"Look in every namespace."`
	Follow        bool   `help:"Stay until the rollout has ended, and exit with its code."`
}

// Run shows one rollout, or a line for each.
func (c *StatusCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Name != "" {
		g.locate(c.Name)
	}
	cl, err := g.connect()
	if err != nil {
		return err
	}
	namespace := cl.Namespace
	if c.AllNamespaces {
		namespace = ""
	}
	if c.Name == "" {
		return list(ctx, g, env, cl, namespace)
	}
	return c.one(ctx, g, env, func(ctx context.Context) (*session.Status, error) {
		return session.Look(ctx, cl, namespace, c.Name)
	})
}

func (c *StatusCmd) check() error {
	switch {
	case c.Name == "" && c.Follow:
		return usageError("status: --follow needs the name of a release")
	case c.Name == "" && c.Report != "":
		return usageError("status: --report needs the name of a release")
	case c.Name != "" && c.AllNamespaces:
		return usageError("status: name a namespace with -n, not -A, to see one release")
	}
	return nil
}

func (c *StatusCmd) one(ctx context.Context, g *Globals, env *Env, look func(context.Context) (*session.Status, error)) error {
	st, err := look(ctx)
	if err != nil {
		return err
	}
	rep, err := c.begin(g, env, st.Namespace, st.Release)
	if err != nil {
		return err
	}
	if c.Follow {
		if st, err = follow(ctx, env, st, look); err != nil {
			return rep.failed(err)
		}
	}
	if err := g.Output.print(env.Stdout, st, func(w io.Writer) error { return printStatus(w, st) }); err != nil {
		return err
	}
	if !c.Follow {
		return rep.write(st.Result, ExitOK)
	}
	return rep.hand(st.Result, verdictError(st.Result.Verdict, nil))
}

// follow waits until nobody drives the rollout any more and tells of each
// change in between.
func follow(ctx context.Context, env *Env, st *session.Status, look func(context.Context) (*session.Status, error)) (*session.Status, error) {
	told := ""
	for {
		if line := st.Line(); line != told {
			told = line
			_, _ = fmt.Fprintln(env.Stderr, line)
		}
		if st.Settled() {
			return st, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
		next, err := look(ctx)
		if err != nil {
			_, _ = fmt.Fprintln(env.Stderr, "warning:", err)
			continue
		}
		st = next
	}
}

func printStatus(w io.Writer, s *session.Status) error {
	if rollout.Phase(s.Phase).Ended() || s.Phase == string(rollout.Held) {
		return report.Text(w, s.Result)
	}
	if _, err := fmt.Fprintf(w, "%s\n", s.Line()); err != nil {
		return err
	}
	return report.Progress(w, s.Result)
}
