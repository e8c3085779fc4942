package testenv

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/cluster"
	"github.com/headgate-ci/headgate/testenv/internal/progress"
	"github.com/headgate-ci/headgate/testenv/internal/supervisor"
)

// Progress is one piece of news while an environment comes up; its String is a
// line for people.
type Progress = progress.Event

// Options say what environment to bring up.
type Options struct {
	// Name tells environments apart; "default" when empty.
	Name string
	// Owned environments end with this process, however it ends.
	Owned bool
	// Address of the machine that the environment is reached at; 127.0.0.1 by
	// default. At another one everybody who reaches it reaches the gateway and
	// Prometheus too; 0.0.0.0 means all addresses, and the URLs then name the
	// loopback one.
	Address string
	// Ports on the machine; free ones by default.
	Ports Ports
	// Images are there from the start, besides Istio's proxy and the sample
	// service.
	Images []Image
	// Progress is told what goes on; nil for nobody.
	Progress func(Progress)
}

// Ports are those on the machine; 0 means any free one.
type Ports struct{ API, Gateway, Prometheus int }

// Up brings an environment up and returns when its gateway takes traffic. What
// is needed for it is built first where it is missing, which takes minutes the
// first time. When Up fails, or ctx ends before, only logs are left.
func Up(ctx context.Context, o Options) (*Env, error) {
	if o.Name == "" {
		o.Name = "default"
	}
	if o.Progress == nil {
		o.Progress = func(Progress) {}
	}
	dir, err := folder(o.Name)
	if err != nil {
		return nil, err
	}
	at, err := address(o.Address)
	if err != nil {
		return nil, fmt.Errorf("environment %q: %w", o.Name, err)
	}
	rootless, err := supervisor.Check()
	if err != nil {
		return nil, err
	}
	lock, err := take(dir)
	if err != nil {
		return nil, fmt.Errorf("environment %q: %w", o.Name, err)
	}
	defer lock.Close() //nolint:errcheck // the environment has its own share
	env, err := bringUp(ctx, o, supervisor.Order{Name: o.Name, Dir: dir, Address: at, Rootless: rootless}, lock)
	if err != nil {
		return nil, fmt.Errorf("environment %q: %w", o.Name, err)
	}
	return env, nil
}

// Build makes what environments are made of where it is missing, so that Up
// takes seconds; it needs no rights. tell may be nil.
func Build(ctx context.Context, tell func(Progress)) error {
	if tell == nil {
		tell = func(Progress) {}
	}
	_, _, err := parts(ctx, tell)
	return err
}

// parts are the programs, and the data that a cluster begins with.
func parts(ctx context.Context, tell func(Progress)) (*binaries.Set, string, error) {
	programs, err := binaries.Ensure(ctx, binaries.Mesh, tell)
	if err != nil {
		return nil, "", err
	}
	template, err := cluster.Template(ctx, programs, tell)
	return programs, template, err
}

// take locks an environment's folder, and empties it of what an earlier one
// has left.
func take(dir string) (*supervisor.Lock, error) {
	lock, err := supervisor.TryLock(dir)
	if errors.Is(err, supervisor.ErrLocked) {
		return nil, fmt.Errorf("%w: use it, take it down with `headgate testenv down`, or choose another name", err)
	}
	if err != nil {
		return nil, err
	}
	if err := empty(dir); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

func bringUp(ctx context.Context, o Options, order supervisor.Order, lock *supervisor.Lock) (*Env, error) {
	var err error
	if order.Binaries, order.Template, err = parts(ctx, o.Progress); err != nil {
		return nil, err
	}
	if err := furnish(order.Dir, o.Images); err != nil {
		return nil, err
	}
	doors, err := supervisor.Open(order.Address, o.Ports.API, o.Ports.Gateway, o.Ports.Prometheus)
	if err != nil {
		return nil, err
	}
	defer doors.Close()
	order.Host = "https://" + reached(doors.API)
	hold, err := supervisor.Launch(ctx, order, doors, lock, o.Progress)
	if err != nil {
		return nil, err
	}
	env := &Env{
		Name: o.Name, Dir: order.Dir, Kubeconfig: supervisor.Kubeconfig(order.Dir), APIServer: order.Host,
		Gateway: "http://" + reached(doors.Gateway), Prometheus: "http://" + reached(doors.Prometheus),
		PID: hold.PID, hold: hold,
	}
	return env, env.settle(o.Owned)
}

// settle makes the environment known, and lets go of it or holds it for as long
// as this process lives.
func (e *Env) settle(owned bool) error {
	if err := e.write(); err != nil {
		return err
	}
	if owned {
		e.own()
		return nil
	}
	hold := e.hold
	e.hold = nil
	return hold.Keep()
}

// furnish puts in what the environment finds in its folder.
func furnish(dir string, images []Image) error {
	program := supervisor.Program(dir)
	if err := copyProgram(program); err != nil {
		return fmt.Errorf("copy this program: %w", err)
	}
	for _, img := range append(sampleImages(program), images...) {
		if err := loadImage(supervisor.Images(dir), img); err != nil {
			return err
		}
	}
	return nil
}

func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(dir + string(os.PathSeparator) + e.Name()); err != nil {
			return err
		}
	}
	return nil
}
