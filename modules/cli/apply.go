package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/deploy"
	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/screen"
)

// Target says how manifests get into a cluster.
type Target struct {
	Inject          bool              `help:"Have the workloads' namespaces inject proxies (the label istio-injection=enabled); creates what is missing."`
	NamespaceLabel  map[string]string `placeholder:"KEY=VALUE" help:"Label for the workloads' namespaces, which are created where missing; may be repeated."`
	CreateNamespace bool              `help:"Create the workloads' namespaces where they are missing."`
	ForceConflicts  bool              `help:"Take over fields that others own."`
	SkipRollout     bool              `help:"Also change the version of what a release rolls out, at once and for everybody."`
	Release         string            `placeholder:"FILE" help:"Release file: the Deployment that it rolls out is left to headgate run, with the ConfigMaps and Secrets that it reads. Where it is not there yet, everything is applied."`
	Prune           bool              `help:"Delete what was applied under the same --inventory before and is not in the manifests any more."`
	Inventory       string            `placeholder:"NAME" help:"Name under which to remember what was applied."`
}

func (t *Target) options() (deploy.Options, error) {
	if t.Prune != (t.Inventory != "") {
		return deploy.Options{}, usageError("--prune and --inventory NAME go together: the name says what was applied before")
	}
	labels := map[string]string{}
	if t.Inject {
		labels = deploy.InjectLabels
	}
	for k, v := range t.NamespaceLabel {
		labels[k] = v
	}
	opts := deploy.Options{
		NamespaceLabels: labels, CreateNamespace: t.CreateNamespace, Force: t.ForceConflicts, SkipRollout: t.SkipRollout, Inventory: t.Inventory,
	}
	if t.Release == "" {
		return opts, nil
	}
	rel, err := release.Load(t.Release)
	if err != nil {
		return opts, &exitError{code: ExitUsage, err: fmt.Errorf("--release: %w", err)}
	}
	opts.Release = rel
	return opts, nil
}

// ApplyCmd applies manifests.
type ApplyCmd struct {
	Applied
	Target
	Wait    bool          `help:"Wait until everything is ready."`
	Timeout time.Duration `default:"5m" help:"With --wait: how long at most."`
	Diff    bool          `help:"Show what changes."`
	DryRun  string        `enum:"none,client,server" default:"none" help:"none, client (render only, ask no cluster) or server (have the cluster check everything, write nothing)."`
}

// Run applies the manifests, or shows what that would change.
func (c *ApplyCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	opts, err := c.options()
	if err != nil {
		return err
	}
	r, err := c.render(env)
	if err != nil {
		return err
	}
	if c.Wait && c.Timeout <= 0 {
		return usageError("--timeout %s: want a time above zero, such as 5m", c.Timeout)
	}
	if c.DryRun == "client" {
		res := &deploy.Result{DryRun: true, Changes: manifest.Unasked(r.Objects)}
		return g.Output.print(env.Stdout, res, func(w io.Writer) error { return writeChanges(w, res, false) })
	}
	cl, err := g.connect()
	if err != nil {
		return err
	}
	opts.DryRun = c.DryRun == "server"
	if c.Wait {
		opts.Wait = c.Timeout
	}
	if g.Progress != "none" {
		opts.Observe = func(line string) { _, _ = fmt.Fprintln(env.Stderr, "•", screen.Log(line)) }
	}
	res, err := deploy.Apply(ctx, cl, r.Objects, opts)
	if res != nil {
		if perr := g.Output.print(env.Stdout, res, func(w io.Writer) error { return writeChanges(w, res, c.Diff) }); perr != nil {
			return perr
		}
	}
	return deployError(err)
}

// deployError carries the exit codes of a deployment.
func deployError(err error) error {
	var late *manifest.NotReadyError
	var held *deploy.HeldError
	switch {
	case errors.As(err, &late) && late.TimedOut:
		return &exitError{code: ExitAborted, err: err}
	case errors.As(err, &held):
		return &exitError{code: ExitInconclusive, err: err}
	}
	return err
}

func writeChanges(w io.Writer, res *deploy.Result, diffs bool) error {
	var b strings.Builder
	for _, c := range res.Changes {
		if diffs {
			b.WriteString(c.Diff)
		}
	}
	for _, c := range res.Changes {
		action := string(c.Action)
		if res.DryRun {
			action += " (dry run)"
		}
		if c.Unchecked != "" {
			action += ": not checked, " + c.Unchecked
		}
		fmt.Fprintf(&b, "%s %s\n", c, action)
	}
	for _, object := range res.Left {
		fmt.Fprintf(&b, "%s left to `headgate run`\n", object)
	}
	if res.Installed != "" {
		fmt.Fprintf(&b, "%s was not there yet: it is installed as the manifests say, without a rollout\n", res.Installed)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
