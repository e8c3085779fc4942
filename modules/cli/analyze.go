package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/headgate-ci/headgate/modules/analyze"
	"github.com/headgate-ci/headgate/modules/deploy"
	"github.com/headgate-ci/headgate/modules/release"
)

// AnalyzeCmd looks for what is wrong with manifests.
type AnalyzeCmd struct {
	Manifests
	File       []string `short:"f" sep:"none" placeholder:"FILE" help:"Release file whose steps are analyzed, too; headgate.yaml where there is one."`
	Release    string   `placeholder:"FILE" hidden:"" help:"The same as -f."`
	Live       bool     `help:"Ask the cluster for what the manifests refer to. Without -k, the cluster itself is analyzed."`
	Istioctl   string   `placeholder:"PATH" help:"istioctl to run besides Headgate's own checks; the one on PATH by default."`
	NoIstioctl bool     `help:"Headgate's own checks only."`
}

// sort tells the release file from manifests, which -f named once, too.
func (c *AnalyzeCmd) sort() error {
	for _, path := range c.File {
		switch {
		case !release.Is(path):
			c.Paths = append(c.Paths, path)
		case c.Release != "":
			return usageError("two release files: %s and %s; name one", c.Release, path)
		default:
			c.Release = path
		}
	}
	return nil
}

// Run analyzes; the exit code is 3 when there are errors.
func (c *AnalyzeCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	opts, skipped, err := c.analysis(g, env)
	if err != nil {
		return err
	}
	a, err := deploy.Analyze(ctx, opts)
	if err != nil {
		return err
	}
	if err := g.Output.print(env.Stdout, a, func(w io.Writer) error { return writeAnalysis(w, a, skipped) }); err != nil {
		return err
	}
	if analyze.Count(a.Findings, analyze.Error) > 0 {
		return &exitError{code: ExitRolledBack}
	}
	return nil
}

// analysis is what to analyze, and in words why no steps are.
func (c *AnalyzeCmd) analysis(g *Globals, env *Env) (opts deploy.AnalyzeOptions, skipped string, err error) {
	if err := c.sort(); err != nil {
		return opts, "", err
	}
	opts.Namespace = g.Namespace
	alone := len(c.Paths) == 0
	if !alone {
		if opts.Manifests, err = c.render(env); err != nil {
			return opts, "", err
		}
	}
	if alone {
		c.locate(g)
	}
	if alone || c.Live {
		cl, err := g.connect()
		if err != nil {
			return opts, "", err
		}
		opts.Cluster, opts.Namespace = cl, cl.Namespace
	}
	if opts.Namespace == "" {
		opts.Namespace = "default"
	}
	if opts.Release, skipped, err = c.release(g, opts); err != nil || c.NoIstioctl {
		return opts, skipped, err
	}
	path, err := analyze.FindIstioctl(c.Istioctl)
	if path != "" {
		opts.Istioctl = &analyze.Istioctl{Path: path, Kubeconfig: g.Kubeconfig, Context: g.Context, Cluster: opts.Cluster != nil, Namespace: opts.Namespace}
	}
	return opts, skipped, err
}

// locate takes the namespace from the release file, where none is asked for:
// what is rolled out from there is then meant.
func (c *AnalyzeCmd) locate(g *Globals) {
	if g.Namespace != "" {
		return
	}
	if rel, err := release.Load(orElse(c.Release, DefaultFile)); err == nil {
		g.Namespace = rel.Metadata.Namespace
	}
}

// release is the one whose steps are analyzed; nil without one, and skipped says
// why the one at hand is not.
func (c *AnalyzeCmd) release(g *Globals, opts deploy.AnalyzeOptions) (rel *release.Release, skipped string, err error) {
	file := c.Release
	if file == "" {
		if _, err := os.Stat(DefaultFile); err != nil {
			return nil, "", nil //nolint:nilerr // no file, no steps
		}
		file = DefaultFile
	}
	if rel, err = release.Load(file); err != nil {
		return nil, "", err
	}
	if c.Release == "" && g.Namespace != "" && rel.Metadata.Namespace != "" && g.Namespace != rel.Metadata.Namespace {
		return nil, elsewhere(file, rel), nil
	}
	over := release.Overrides{Namespace: g.Namespace, DefaultNamespace: opts.Namespace}
	if rel.Spec.Candidate.Image == "" && len(rel.Spec.Candidate.Images) == 0 && len(rel.Spec.Candidate.Manifests) == 0 {
		over.Image = "analyzed" // routes look the same whatever the image
	}
	if err := rel.Complete(over); err != nil {
		return nil, "", &exitError{code: ExitUsage, err: err}
	}
	if c.Release == "" && opts.Cluster == nil && !opts.Manifests.Has("Deployment", rel.Metadata.Namespace, rel.Spec.Target.Name) {
		return nil, elsewhere(file, rel), nil
	}
	return rel, "", nil
}

// elsewhere says that the file at hand is about what is not analyzed here.
func elsewhere(file string, rel *release.Release) string {
	return fmt.Sprintf("no steps: %s is about %s/%s, which is not here", file, rel.Metadata.Namespace, rel.Metadata.Name)
}

func writeAnalysis(w io.Writer, a *deploy.Analysis, skipped string) error {
	var b strings.Builder
	for _, f := range a.Findings {
		where := f.File
		if f.Line > 0 {
			where = fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if where != "" {
			where += ": "
		}
		at := ""
		if f.Step != "" {
			at = " at " + f.Step
		}
		fmt.Fprintf(&b, "%s%s %s%s: %s", where, f.Severity, f.Code, at, f.Object)
		if f.Path != "" {
			fmt.Fprintf(&b, " %s", f.Path)
		}
		fmt.Fprintf(&b, ": %s\n", f.Message)
		if f.Next != "" {
			fmt.Fprintf(&b, "  %s\n", f.Next)
		}
	}
	fmt.Fprintf(&b, "%d objects, %d errors, %d warnings", a.Objects, analyze.Count(a.Findings, analyze.Error), analyze.Count(a.Findings, analyze.Warning))
	if len(a.Steps) > 0 {
		fmt.Fprintf(&b, "; steps of the rollout: %s", strings.Join(a.Steps, ", "))
	}
	if skipped != "" {
		b.WriteString("; " + skipped)
	}
	if a.Istioctl == "" {
		b.WriteString("; without istioctl")
	}
	_, err := fmt.Fprintln(w, b.String())
	return err
}
