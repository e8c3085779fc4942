package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/session"
)

// DefaultFile is the Release that is read when nothing else is named.
const DefaultFile = release.FileName

// Source says which Release a command is about.
type Source struct {
	Name      targetName    `arg:"" optional:"" predictor:"deployment" help:"Deployment to roll out without a release file."`
	File      releaseFile   `short:"f" placeholder:"FILE" help:"Release file, - for standard input; headgate.yaml by default."`
	Image     []string      `sep:"none" placeholder:"[CONTAINER=]IMAGE" help:"New image of the app's container, or of a named one; may be repeated."`
	Manifests []string      `short:"k" sep:"none" placeholder:"PATH" help:"Kustomization, folder or file with the new version's manifests; may be repeated."`
	KeepOld   time.Duration `placeholder:"TIME" help:"How long the old version stays without traffic before it is replaced, so that rollback is immediate."`
	Budget    *int          `placeholder:"N" help:"Pick the weights so that a bad version is expected to cost at most N failed requests."`
	InCluster
}

// RunCmd rolls out.
type RunCmd struct {
	Source
	Lock
	Reporting
	InClusterRun bool   `name:"in-cluster" help:"Run the whole rollout as a Job in the cluster and follow it. Ctrl-C leaves it running there; headgate attach follows it again."`
	DryRun       string `enum:"none,client,server" default:"none" help:"none, client (show the steps, ask no cluster) or server (check everything on the cluster, write nothing)."`
}

// Run rolls out, or shows what it would do.
func (c *RunCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	switch c.DryRun {
	case "client":
		rel, err := c.load(g, env, nil)
		if err != nil {
			return err
		}
		return printSteps(g, env, rel)
	case "server":
		return (&PlanCmd{Source: c.Source}).Run(ctx, g, env)
	}
	if c.InClusterRun {
		return c.inCluster(ctx, g, env)
	}
	rep, err := c.begin(g, env, g.Namespace, string(c.Name))
	if err != nil {
		return err
	}
	cl, rel, err := c.open(g, env)
	if err != nil {
		return rep.failed(err)
	}
	rep.about(rel.Metadata.Namespace, rel.Metadata.Name)
	return c.drive(ctx, env, rep, session.Resume, func() (*report.Result, error) { return rollPod(ctx, g, env, rep, cl, rel) })
}

// rollPod rolls out. A Pod that fails before its Job's rollout has ended leaves it
// to the next one.
func rollPod(ctx context.Context, g *Globals, env *Env, rep *reporter, cl *cluster.Cluster, rel *release.Release) (*report.Result, error) {
	res, err := roll(ctx, g, env, rep, cl, rel)
	if err == nil {
		return res, nil
	}
	over, again := session.PodOf(env.Getenv).AfterError(ctx, cl, rel.Metadata.Name)
	switch {
	case again:
		return nil, &exitError{code: exitAgain, err: fmt.Errorf("%w; the job's next Pod goes on", err)}
	case over != nil:
		_, _ = fmt.Fprintln(env.Stderr, "headgate:", err)
		return over, nil
	default:
		return res, err
	}
}

// roll rolls out, or goes on with what an earlier run of the same left.
func roll(ctx context.Context, g *Globals, env *Env, rep *reporter, cl *cluster.Cluster, rel *release.Release) (*report.Result, error) {
	s, err := session.OpenPod(ctx, cl, rel, session.PodOf(env.Getenv))
	var over *session.OverError
	if errors.As(err, &over) {
		_, _ = fmt.Fprintln(env.Stderr, over)
		return &over.Result, nil
	}
	var unfinished *session.UnfinishedError
	if errors.As(err, &unfinished) && unfinished.Own {
		_, _ = fmt.Fprintf(env.Stderr, "going on with the rollout that was cut short at step %q\n", unfinished.State.CurrentStep())
		g.Namespace = rel.Metadata.Namespace
		return take(ctx, g, env, rep, rel.Metadata.Name, session.TakeOver{Do: session.Again, Job: session.PodOf(env.Getenv).Job})
	}
	if err != nil {
		return nil, err
	}
	w := newWatcher(env, g, rel.Metadata.Namespace+"/"+rel.Metadata.Name, putsBack)
	defer w.close()
	return s.Run(ctx, session.RunOptions{Observe: rep.watch(w.observe)})
}

// open connects and reads the Release.
func (s *Source) open(g *Globals, env *Env) (*cluster.Cluster, *release.Release, error) {
	cl, err := g.connect()
	if err != nil {
		// A mistake in the file is worth knowing before one in the kubeconfig.
		if _, ferr := s.load(g, env, nil); ferr != nil {
			return nil, nil, ferr
		}
		return nil, nil, err
	}
	rel, err := s.load(g, env, cl)
	if err != nil {
		return nil, nil, err
	}
	cl.Namespace = rel.Metadata.Namespace
	return cl, rel, nil
}

// load reads the Release from the file, or makes one of the flags.
func (s *Source) load(g *Globals, env *Env, cl *cluster.Cluster) (*release.Release, error) {
	switch {
	case s.KeepOld < 0:
		return nil, usageError("--keep-old %s: want a time above zero, such as 10m", s.KeepOld)
	case s.Budget != nil && *s.Budget < 1:
		return nil, usageError("--budget %d: want the failed requests that may be spent, such as 50", *s.Budget)
	}
	rel, err := s.read(env)
	if err != nil {
		return nil, err
	}
	rel.Spec.Candidate.Manifests = append(rel.Spec.Candidate.Manifests, s.Manifests...)
	s.apply(rel, env)
	over := release.Overrides{Namespace: g.Namespace}
	if s.Budget != nil {
		over.Budget = *s.Budget
	}
	over.Image, over.Images = s.images()
	if cl != nil {
		over.DefaultNamespace = cl.Namespace
	}
	if err := rel.Complete(over); err != nil {
		return nil, &exitError{code: ExitUsage, err: err}
	}
	if s.KeepOld > 0 && rel.Spec.Strategy.Canary != nil {
		rel.Spec.Strategy.Canary.Keep.Duration = s.KeepOld
	}
	return rel, nil
}

// images tells images for a named container from one for the app's: a reference
// has no equals sign.
func (s *Source) images() (app string, named map[string]string) {
	for _, image := range s.Image {
		if container, ref, ok := strings.Cut(image, "="); ok {
			if named == nil {
				named = map[string]string{}
			}
			named[container] = ref
			continue
		}
		app = image
	}
	return app, named
}

func (s *Source) read(env *Env) (*release.Release, error) {
	switch {
	case s.Name != "" && s.File != "":
		return nil, usageError("give either a deployment's name or a release file, not both")
	case s.Name != "":
		rel := &release.Release{APIVersion: release.APIVersion, Kind: release.Kind}
		rel.Metadata.Name = string(s.Name)
		return rel, nil
	case s.File == "-":
		return release.Read("standard input", env.Stdin)
	case s.File != "":
		return release.Load(string(s.File))
	}
	if _, err := os.Stat(DefaultFile); err != nil {
		wd, _ := os.Getwd()
		return nil, usageError("no release: %s has no %s; name a file with -f, or a deployment and --image", filepath.Base(wd), DefaultFile)
	}
	return release.Load(DefaultFile)
}

// printSteps shows what a Release asks for without asking a cluster.
func printSteps(g *Globals, env *Env, rel *release.Release) error {
	specs, settings, err := session.Steps(rel)
	if err != nil {
		return err
	}
	steps := session.PlanSteps(specs, settings)
	return g.Output.print(env.Stdout, steps, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, strings.Join(stepLines(env.screen(), steps), "\n"))
		return err
	})
}
