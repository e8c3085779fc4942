// Package cli is the headgate command line: flags and short Run methods. The
// work lives in packages that have never heard of it.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kong"
	"go.abhg.dev/komplete"

	"github.com/headgate-ci/headgate/modules/cluster"
	"github.com/headgate-ci/headgate/modules/release"
)

// Root is the map of the commands.
type Root struct {
	Globals

	Run      RunCmd      `cmd:"" help:"Roll a new version out step by step, past gates, and promote it or put everything back."`
	Plan     PlanCmd     `cmd:"" help:"Show what run would do on the live cluster. Writes nothing."`
	Status   StatusCmd   `cmd:"" help:"Show where a rollout stands."`
	List     ListCmd     `cmd:"" help:"Show every rollout on record in a namespace, or with -A in the cluster."`
	Attach   AttachCmd   `cmd:"" help:"Follow a rollout that runs in the cluster or elsewhere to its end."`
	Promote  PromoteCmd  `cmd:"" help:"Finish a running or held rollout without the gates that are still to come."`
	Rollback RollbackCmd `cmd:"" aliases:"abort,undo" help:"Put everything back: end a running rollout, or finish what a vanished one left."`
	Pause    PauseCmd    `cmd:"" help:"Keep a running rollout at its weight; failing gates still end it."`
	Resume   ResumeCmd   `cmd:"" help:"Go on with a paused, held or interrupted rollout."`

	Verify VerifyCmd `cmd:"" help:"Measure a service that is running now against gates, alone or while a command runs. Moves nothing."`
	Gate   GateCmd   `cmd:"" help:"Compare two versions that both get traffic now. Moves nothing."`

	Watchdog WatchdogCmd `cmd:"" hidden:"" help:"Stand by a rollout: what run --watchdog starts in the cluster."`

	Render   RenderCmd   `cmd:"" help:"Print manifests as they would be applied."`
	Diff     DiffCmd     `cmd:"" help:"Show what apply would change on the live cluster. Writes nothing."`
	Apply    ApplyCmd    `cmd:"" help:"Apply manifests, and wait until they are ready."`
	Analyze  AnalyzeCmd  `cmd:"" help:"Look for what is wrong with mesh manifests, now and at every step of the rollout to come."`
	Drift    DriftCmd    `cmd:"" help:"Show what in the cluster is not as the manifests say, and who changed it."`
	Replay   ReplayCmd   `cmd:"" help:"Tell what these gates, others, and other tools' rules would have decided in a past rollout, when, at what cost."`
	Simulate SimulateCmd `cmd:"" help:"Play invented traffic past these gates and past other tools' rules: who is right how often, how soon, at what cost."`

	Demo    DemoCmd    `cmd:"" help:"See it work: a real mesh on this machine, a good version promoted, a bad one rolled back."`
	Cluster ClusterCmd `cmd:"" name:"cluster" help:"Clusters to try things on: kind's, or this machine's own."`
	Testenv TestenvCmd `cmd:"" help:"A real Kubernetes API and Istio mesh on this machine, without Docker."`

	Rbac       RbacCmd          `cmd:"" help:"Print the Roles that rollouts in a namespace need."`
	Schema     SchemaCmd        `cmd:"" help:"Print the JSON schema of headgate.yaml."`
	Completion komplete.Command `cmd:"" help:"Print a completion script for bash, zsh or fish."`
	Version    VersionCmd       `cmd:"" help:"Print the version."`
}

// Globals are the flags every command has; they are kubectl's where kubectl
// has them.
type Globals struct {
	Namespace             string        `short:"n" predictor:"namespace" placeholder:"NS" help:"Namespace; the release file's or the kubeconfig's by default."`
	Kubeconfig            string        `placeholder:"FILE" type:"path" help:"Kubeconfig file; KUBECONFIG or ~/.kube/config by default."`
	Context               string        `predictor:"context" placeholder:"NAME" help:"Kubeconfig context."`
	Cluster               string        `placeholder:"NAME" hidden:"" help:"Kubeconfig cluster."`
	User                  string        `placeholder:"NAME" hidden:"" help:"Kubeconfig user."`
	Server                string        `short:"s" placeholder:"URL" hidden:"" help:"Address of the API server."`
	TokenFile             string        `placeholder:"FILE" type:"path" hidden:"" help:"File with a bearer token."`
	CertificateAuthority  string        `placeholder:"FILE" type:"path" hidden:"" help:"File with the API server's CA."`
	InsecureSkipTLSVerify bool          `hidden:"" help:"Do not check the API server's certificate."`
	As                    string        `placeholder:"USER" hidden:"" help:"User to impersonate."`
	AsGroup               []string      `placeholder:"GROUP" hidden:"" help:"Groups to impersonate."`
	RequestTimeout        time.Duration `default:"10s" hidden:"" help:"Longest wait for one answer of the API server."`
	Output                format        `short:"o" enum:"text,json,yaml,markdown,junit" default:"text" help:"Format of the result on standard output: text, json or yaml; for a rollout's result also markdown or junit."`
	JSONFile              string        `name:"json-file" placeholder:"FILE" type:"path" help:"Write the result as JSON to this file as well, whatever -o says."`
	Progress              string        `enum:"auto,live,plain,none" default:"auto" help:"Progress on standard error: auto, live, plain or none."`
	Quiet                 bool          `short:"q" help:"No progress; the same as --progress=none."`
	Verbose               bool          `short:"v" help:"Tell each request to the API server on standard error, too."`

	trace io.Writer // for Verbose
}

// AfterApply gives the flags that stand for others their meaning.
func (g *Globals) AfterApply(env *Env) error {
	if g.Quiet {
		g.Progress = "none"
	}
	if g.Verbose {
		g.trace = env.Stderr
	}
	return nil
}

func (g Globals) connect() (*cluster.Cluster, error) {
	return cluster.Connect(cluster.Options{
		Kubeconfig: g.Kubeconfig, Context: g.Context, Cluster: g.Cluster, User: g.User, Namespace: g.Namespace, Server: g.Server,
		TokenFile: g.TokenFile, CertificateAuthority: g.CertificateAuthority, InsecureSkipTLSVerify: g.InsecureSkipTLSVerify,
		As: g.As, AsGroups: g.AsGroup, RequestTimeout: g.RequestTimeout, Trace: g.trace,
	})
}

// locate takes the namespace from the release file at hand when that is of the
// release named: what `headgate run` has rolled out here is then meant.
func (g *Globals) locate(name string) {
	if g.Namespace != "" {
		return
	}
	if rel, err := release.Load(DefaultFile); err == nil && rel.Metadata.Name == name {
		g.Namespace = rel.Metadata.Namespace
	}
}

// Main runs the command line and returns the exit code.
func Main(ctx context.Context, env *Env, args []string) int {
	muteClient()
	root := &Root{}
	code := -1
	args, trailing := cutTrailing(spelled(args))
	env, doc := env.counting(formatIn(args), jsonFileIn(args))
	parser, err := kong.New(root,
		kong.Name("headgate"),
		kong.Description("Move live traffic on a service mesh to a new version step by step, measure it, and promote it or put everything back."),
		kong.Writers(env.Stdout, env.Stderr),
		kong.Exit(func(c int) { code = c; panic(exitPanic{}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(env, trailing),
	)
	if err != nil {
		_, _ = fmt.Fprintln(env.Stderr, "headgate:", err)
		return ExitError
	}
	kctx, stop, err := parse(parser, args) //nolint:contextcheck // words for a shell are looked up in a time of their own, before there is a command
	if stop {
		return code
	}
	if err != nil {
		doc.failed(err, ExitUsage)
		_, _ = fmt.Fprintf(env.Stderr, "headgate: %v\nrun `headgate --help` for the commands\n", err)
		return ExitUsage
	}
	return finish(env, kctx.Run(&root.Globals))
}

// exitPanic carries kong's wish to exit (after --help, or with the words that
// complete a line) out of its parser.
type exitPanic struct{}

func parse(parser *kong.Kong, args []string) (kctx *kong.Context, stop bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exitPanic); !ok {
				panic(r)
			}
			stop = true
		}
	}()
	komplete.Run(parser, predictors()...) // ends here when a shell asks what could come next
	kctx, err = parser.Parse(args)
	return kctx, false, err
}

// finish tells the error, unless its message was told before, and picks the
// exit code.
func finish(env *Env, err error) int {
	if unread(err) {
		return exitUnread
	}
	var exit *exitError
	if err != nil && (!errors.As(err, &exit) || exit.err != nil) {
		doc, _ := env.Stdout.(*document) // nil where none is asked for
		doc.failed(err, codeOf(err))
		env.say("headgate: ", err.Error())
	}
	return codeOf(err)
}
