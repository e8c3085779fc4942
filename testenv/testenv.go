// Package testenv brings up a real Kubernetes API and a real Istio mesh on one
// Linux machine, without Docker and without anything that has to be installed
// beforehand but Go and Python's pip.
//
// Programs that use it call Reexec first thing in main, and tests in TestMain:
// an environment is made of this very program, started again in other roles.
package testenv

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/headgate-ci/headgate/testenv/internal/cache"
	"github.com/headgate-ci/headgate/testenv/internal/supervisor"
)

// Env is an environment that is up. Its addresses are ports of the machine.
type Env struct {
	Name string `json:"name"`
	// Dir is the folder of all that the environment keeps; its logs are in
	// Dir/logs.
	Dir string `json:"dir"`
	// Kubeconfig is the path of a file with an administrator's rights.
	Kubeconfig string `json:"kubeconfig"`
	// APIServer, Gateway (plain HTTP) and Prometheus are URLs.
	APIServer  string `json:"apiServer"`
	Gateway    string `json:"gateway"`
	Prometheus string `json:"prometheus"`
	// PID is the environment's first process. When it ends, so does all else.
	PID int `json:"pid"`

	hold *supervisor.Hold // of the owner
}

// NotFoundError says that no environment of a name is up.
type NotFoundError struct{ Name string }

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("environment %q is not up; `headgate testenv up --name %s` brings it up", e.Name, e.Name)
}

// Get returns the environment of a name, or a *NotFoundError.
func Get(name string) (*Env, error) {
	dir, err := folder(name)
	if err != nil {
		return nil, err
	}
	env, err := read(dir)
	if errors.Is(err, os.ErrNotExist) || err == nil && !supervisor.Alive(dir) {
		return nil, &NotFoundError{name}
	}
	return env, err
}

// List returns all environments of this user that are up, by name.
func List() ([]*Env, error) {
	root, err := cache.Dir(folders)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("environments: %w", err)
	}
	all := []*Env{}
	for _, e := range entries {
		env, err := Get(e.Name())
		var missing *NotFoundError
		if errors.As(err, &missing) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, env)
	}
	return all, nil
}

// Wait waits until the environment was taken down; that it ended in any other
// way, or ctx before it, is an error. Only the process that owns it can wait.
func (e *Env) Wait(ctx context.Context) error {
	if e.hold == nil {
		return fmt.Errorf("environment %q: only the process that owns it can wait for its end", e.Name)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-e.hold.Ended():
	}
	// Of one that was taken down nothing is left.
	if _, err := os.Stat(e.Dir); err == nil {
		return fmt.Errorf("environment %q ended by itself; its logs are in %s", e.Name, supervisor.Logs(e.Dir))
	}
	return nil
}

// Down ends the environment and returns when nothing of it is left.
func (e *Env) Down(ctx context.Context) error {
	if err := supervisor.Down(ctx, e.Dir); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("environment %q: %w", e.Name, err)
		}
		if err := supervisor.Kill(ctx, e.Dir, e.PID); err != nil {
			return fmt.Errorf("environment %q: %w", e.Name, err)
		}
	}
	if err := os.RemoveAll(e.Dir); err != nil {
		return fmt.Errorf("environment %q: %w", e.Name, err)
	}
	return nil
}

// Stop stops one program of the environment, to see what happens without it:
// kube-apiserver, prometheus, istiod, kube-controller-manager, kube-scheduler
// or etcd.
func (e *Env) Stop(ctx context.Context, program string) error {
	if err := supervisor.Stop(ctx, e.Dir, program); err != nil {
		return fmt.Errorf("environment %q: stop %s: %w", e.Name, program, err)
	}
	return nil
}

// Start starts a program that was stopped, and returns when it is ready.
func (e *Env) Start(ctx context.Context, program string) error {
	if err := supervisor.Start(ctx, e.Dir, program); err != nil {
		return fmt.Errorf("environment %q: start %s: %w", e.Name, program, err)
	}
	return nil
}

// folders is the folder below the cache's that holds one for each environment.
const folders = "testenv"

// names are those that can be the name of a folder and of a context.
var names = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$`)

func folder(name string) (string, error) {
	if !names.MatchString(name) {
		return "", fmt.Errorf("environment %q: a name has at most 40 small letters, digits and dashes", name)
	}
	root, err := cache.Dir(folders)
	if err != nil {
		return "", err
	}
	return filepath.Join(root, name), nil
}

const envFile = "env.json"

func read(dir string) (*Env, error) {
	data, err := os.ReadFile(filepath.Join(dir, envFile)) //nolint:gosec // a folder of ours
	if err != nil {
		return nil, err
	}
	var env Env
	if err := json.Unmarshal(data, &env); err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Join(dir, envFile), err)
	}
	return &env, nil
}

// write is the last thing done when an environment has come up.
func (e *Env) write() error {
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(e.Dir, envFile), append(data, '\n'), 0o600)
}
