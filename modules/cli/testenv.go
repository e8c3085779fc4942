package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/headgate-ci/headgate/testenv"
)

// TestenvCmd runs a mesh on this machine.
type TestenvCmd struct {
	Up     TestenvUpCmd     `cmd:"" help:"Bring a mesh up and leave it running."`
	Build  TestenvBuildCmd  `cmd:"" help:"Build what a mesh is made of, and bring none up."`
	Down   TestenvDownCmd   `cmd:"" help:"Take it down; nothing is left behind."`
	Status TestenvStatusCmd `cmd:"" help:"Show what is running."`
	Run    TestenvRunCmd    `cmd:"" help:"Run a command inside the mesh's network, with its kubeconfig."`
	Load   TestenvLoadCmd   `cmd:"" help:"Give Pods an image: load REF PROGRAM [ARG ...]."`
}

// EnvName is the flag that tells environments apart.
type EnvName struct {
	Name string `default:"default" placeholder:"NAME" help:"Name of the environment; several can run side by side."`
}

// TestenvUpCmd brings one up.
type TestenvUpCmd struct {
	EnvName
	Foreground     bool   `help:"Stay, and take the mesh down when this command is ended or interrupted."`
	Address        string `default:"127.0.0.1" placeholder:"IP" help:"Address of this machine at which the mesh is reached; 0.0.0.0 for all. Whoever reaches it reaches the gateway and Prometheus too."`
	APIPort        int    `name:"api-port" placeholder:"PORT" help:"Port of the API server; a free one by default."`
	GatewayPort    int    `placeholder:"PORT" help:"Port of the gateway; a free one by default."`
	PrometheusPort int    `placeholder:"PORT" help:"Port of Prometheus; a free one by default."`
}

// Run brings the mesh up and says how to use it.
func (c *TestenvUpCmd) Run(ctx context.Context, g *Globals, env *Env) error {
	mesh, err := testenv.Up(ctx, testenv.Options{
		Name: c.Name, Owned: c.Foreground, Address: c.Address,
		Ports: testenv.Ports{API: c.APIPort, Gateway: c.GatewayPort, Prometheus: c.PrometheusPort}, Progress: progressTo(env),
	})
	if err != nil {
		return err
	}
	if err := g.Output.print(env.Stdout, mesh, func(w io.Writer) error { printUse(w, mesh, false); return nil }); err != nil || !c.Foreground {
		return err
	}
	return stay(ctx, mesh)
}

// stay keeps a mesh until it is no longer wanted, and takes it down. That it
// was taken down by somebody else is as good.
func stay(ctx context.Context, mesh *testenv.Env) error {
	if err := mesh.Wait(ctx); ctx.Err() == nil {
		return err
	}
	return mesh.Down(context.WithoutCancel(ctx))
}

// TestenvBuildCmd builds the programs.
type TestenvBuildCmd struct{}

// Run builds what is missing; with everything there it does nothing.
func (TestenvBuildCmd) Run(ctx context.Context, env *Env) error {
	if err := testenv.Build(ctx, progressTo(env)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(env.Stdout, "everything that a mesh is made of is there")
	return err
}

// TestenvDownCmd takes one down.
type TestenvDownCmd struct {
	EnvName
	All bool `help:"All environments."`
}

// Run takes environments down.
func (c *TestenvDownCmd) Run(ctx context.Context, env *Env) error {
	names := []string{c.Name}
	if c.All {
		all, err := testenv.List()
		if err != nil {
			return err
		}
		names = names[:0]
		for _, e := range all {
			names = append(names, e.Name)
		}
	}
	var errs []error
	for _, name := range names {
		mesh, err := testenv.Get(name)
		if err == nil {
			err = mesh.Down(ctx)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		_, _ = fmt.Fprintf(env.Stdout, "%s is down\n", name)
	}
	return errors.Join(errs...)
}

// TestenvStatusCmd lists them.
type TestenvStatusCmd struct {
	Name string `placeholder:"NAME" help:"This environment only, which must be up; all by default."`
}

// Run lists the environments.
func (c *TestenvStatusCmd) Run(g *Globals, env *Env) error {
	all, err := testenv.List()
	if err != nil {
		return err
	}
	if c.Name != "" {
		all = slices.DeleteFunc(all, func(e *testenv.Env) bool { return e.Name != c.Name })
	}
	if c.Name != "" && len(all) == 0 {
		return fmt.Errorf("environment %q is not up; `headgate testenv up --name %[1]s` brings it up", c.Name)
	}
	return g.Output.print(env.Stdout, all, func(w io.Writer) error {
		if len(all) == 0 {
			_, err := fmt.Fprintln(w, "no environment is up; `headgate testenv up` brings one up")
			return err
		}
		tw := tabwriter.NewWriter(w, 0, 4, 3, ' ', 0)
		_, _ = fmt.Fprintln(tw, "NAME\tGATEWAY\tPROMETHEUS\tKUBECONFIG")
		for _, e := range all {
			_, _ = fmt.Fprintf(tw, "%s\t%s\t%s\t%s\n", e.Name, e.Gateway, e.Prometheus, e.Kubeconfig)
		}
		return tw.Flush()
	})
}

// TestenvRunCmd runs a command inside.
type TestenvRunCmd struct {
	EnvName
	Command []string `arg:"" passthrough:"" help:"Command and its arguments."`
}

// Run runs the command with this process's streams and exits with its code.
func (c *TestenvRunCmd) Run(ctx context.Context, env *Env) error {
	if err := misplaced(c.Command, "name"); err != nil {
		return err
	}
	mesh, err := testenv.Get(c.Name)
	if err != nil {
		return err
	}
	// A signal goes on to the command, which decides when to end.
	code, err := mesh.Run(context.WithoutCancel(ctx), afterDashes(c.Command), testenv.Stdio{Stdin: env.Stdin, Stdout: env.Stdout, Stderr: env.Stderr})
	if err != nil {
		return err
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// TestenvLoadCmd loads an image.
type TestenvLoadCmd struct {
	EnvName
	Bind    []string `sep:"none" placeholder:"HOST[:PATH]" help:"File or folder of this machine that the program sees, read-only, there or at another path; may be repeated."`
	Env     []string `sep:"none" placeholder:"NAME=VALUE" help:"Environment variable of the program; may be repeated."`
	Ref     string   `arg:"" help:"Image reference as Pods name it."`
	Command []string `arg:"" passthrough:"" help:"Program on this machine and its arguments."`
}

// Run makes the image known to the environment.
func (c *TestenvLoadCmd) Run(env *Env) error {
	if err := misplaced(c.Command, "name", "bind", "env"); err != nil {
		return err
	}
	mesh, err := testenv.Get(c.Name)
	if err != nil {
		return err
	}
	img := testenv.Image{Ref: c.Ref, Command: afterDashes(c.Command), Env: map[string]string{}}
	for _, e := range c.Env {
		name, value, ok := strings.Cut(e, "=")
		if !ok {
			return usageError("--env %q: want NAME=VALUE", e)
		}
		img.Env[name] = value
	}
	for _, b := range c.Bind {
		host, inside, _ := strings.Cut(b, ":")
		if err := img.Show(host, inside); err != nil {
			return fmt.Errorf("--bind: %w", err)
		}
	}
	if err := mesh.LoadImage(img); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.Stdout, "Pods of %s can use image %s; it runs %s\n", c.Name, c.Ref, strings.Join(img.Command, " "))
	return err
}

// misplaced refuses flags of ours behind a program, whose arguments they would
// be without a word. Two dashes before the program say that they are meant so.
func misplaced(command []string, flags ...string) error {
	if len(command) == 0 || command[0] == "--" {
		return nil
	}
	for _, arg := range command[1:] {
		name, _, _ := strings.Cut(strings.TrimPrefix(arg, "--"), "=")
		if strings.HasPrefix(arg, "--") && slices.Contains(flags, name) {
			return usageError("--%s stands behind the program %s and would be its argument; write it before the program, or -- before the program where its argument is meant", name, command[0])
		}
	}
	return nil
}

// afterDashes drops the two dashes that keep a command's flags from being ours.
func afterDashes(args []string) []string {
	if len(args) > 0 && args[0] == "--" {
		return args[1:]
	}
	return args
}

// printUse says how to use a mesh; with the sample in it, how to call that.
func printUse(w io.Writer, e *testenv.Env, sample bool) {
	call, inside := "headgate demo --keep  brings one with a sample in it", "COMMAND"
	if sample {
		call, inside = "curl -H 'Host: sample.example.com' "+e.Gateway, "curl http://sample.demo"
	}
	_, _ = fmt.Fprintf(w, `the mesh %q is up:
  export KUBECONFIG=%s
  kubectl get pods -A
  Gateway     %s
  Prometheus  %s
  %s
  inside its network:  headgate testenv run --name %s -- %s
  take it down:        headgate testenv down --name %s
`, e.Name, e.Kubeconfig, e.Gateway, e.Prometheus, call, e.Name, inside, e.Name)
}

// progressTo writes what bringing a mesh up does, a line at a time.
func progressTo(env *Env) func(testenv.Progress) {
	return func(p testenv.Progress) { env.say("• ", p.String()) }
}
