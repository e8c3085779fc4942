package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/screen"
	"github.com/headgate-ci/headgate/modules/session"
)

// StatusCmd shows where rollouts stand.
type StatusCmd struct {
	Reporting
	Name          targetName `arg:"" optional:"" predictor:"release" help:"Release; all of the namespace by default."`
	AllNamespaces bool       `short:"A" help:"Look in every namespace."`
	Follow        bool       `help:"Stay until the rollout has ended, and exit with its code."`
}

// Run shows one rollout, or a line for each.
func (c *StatusCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.Name != "" {
		g.locate(string(c.Name))
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
	return c.one(ctx, g, env, cl)
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

func (c *StatusCmd) one(ctx context.Context, g *Globals, env *Env, cl *cluster.Cluster) error {
	st, err := session.Look(ctx, cl, cl.Namespace, string(c.Name))
	if err != nil {
		return err
	}
	rep, err := c.begin(g, env, st.Namespace, st.Release)
	if err != nil {
		return err
	}
	if c.Follow {
		ctx, env, stop := listened(ctx, env)
		defer stop()
		if st, err = follow(ctx, g, env, rep, st.Namespace+"/"+st.Release, byJournal(cl, st.Release), true); err != nil {
			return rep.failed(err)
		}
	}
	shown := *st
	if c.Follow {
		shown.Result = rep.untold(st.Result)
	}
	if err := g.Output.print(env.Stdout, st.Document(), func(w io.Writer) error { return printStatus(w, env.screen(), &shown) }); err != nil {
		return err
	}
	if !c.Follow {
		return rep.write(st.Result, ExitOK)
	}
	return rep.hand(st.Result, verdictError(st.Result.Verdict, nil), nil)
}

// follower stays until nobody drives a rollout any more.
type follower func(context.Context, session.Following) (*session.Status, error)

// byJournal follows whoever drives.
func byJournal(cl *cluster.Cluster, name string) follower {
	return func(ctx context.Context, f session.Following) (*session.Status, error) {
		return session.Follow(ctx, cl, name, f)
	}
}

// follow has by stay until nobody drives the rollout any more and tells of each
// change in between; of the warnings before it, too, where whole.
func follow(ctx context.Context, g *Globals, env *Env, rep *reporter, title string, by follower, whole bool) (*session.Status, error) {
	w := newWatcher(env, g, title, endsFollow)
	defer w.close()
	return by(ctx, session.Following{Whole: whole, Observe: rep.watch(w.observe), Warn: func(err error) {
		env.say("warning: ", err.Error())
	}})
}

func printStatus(w io.Writer, on screen.Screen, s *session.Status) error {
	if s.Over() {
		return report.Text(w, on, s.Result)
	}
	if err := report.Progress(w, on, s.Result); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, strings.Join(screen.Wrap(s.Line(), on.Columns()), "\n"))
	return err
}
