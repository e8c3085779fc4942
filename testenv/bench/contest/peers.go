package contest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/headgate-ci/headgate/modules/manifest"
	"github.com/headgate-ci/headgate/testenv"
	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/supervisor"
)

// peer is a controller that the benchmark compares with.
type peer struct {
	name string
	tool binaries.Tool // without its folder
	// crds are files of the controller's own module.
	crds []string
	// kubeconfig is the flag that names one.
	kubeconfig string
	args       []string
}

// A controller's ports are its own: all of them share the node's network.
var (
	flaggerPeer = peer{
		name:       "flagger",
		tool:       binaries.Tool{Module: "github.com/fluxcd/flagger", Package: "cmd/flagger"},
		crds:       []string{"artifacts/flagger/crd.yaml"},
		kubeconfig: "-kubeconfig=",
		args:       []string{"-mesh-provider=istio", "-metrics-server=" + supervisor.PrometheusInside(), "-port=18080", "-threadiness=8"},
	}
	argoPeer = peer{
		name:       "rollouts",
		tool:       binaries.Tool{Module: "github.com/argoproj/argo-rollouts", Package: "cmd/rollouts-controller"},
		crds:       []string{"manifests/crds/*-crd.yaml"},
		kubeconfig: "--kubeconfig=",
		args:       []string{"--healthzPort=18081", "--metricsPort=18082", "--leader-elect=false"},
	}
)

// running is a peer that was started.
type running struct {
	ready error
	ended chan struct{}
}

// start has a peer's controller running, once; it is built where it is missing.
func (a *Arena) start(ctx context.Context, p peer) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	r, ok := a.peers[p.name]
	if !ok {
		r = &running{ended: make(chan struct{})}
		a.peers[p.name] = r
		r.ready = a.launch(ctx, p, r)
	}
	select {
	case <-r.ended:
		return fmt.Errorf("%s has ended (%w); its messages are in %s", p.name, r.ready, a.Dir)
	default:
		return r.ready
	}
}

func (a *Arena) launch(ctx context.Context, p peer, r *running) error {
	p.tool.Dir = filepath.Join(a.Tools, p.name)
	built, err := binaries.EnsureTool(ctx, p.tool, func(e testenv.Progress) { a.Say(e.String()) })
	if err == nil {
		err = a.define(ctx, built.Source, p.crds)
	}
	var log *os.File
	if err == nil {
		log, err = a.log(p.name)
	}
	if err != nil {
		close(r.ended)
		return err
	}
	go func() {
		defer close(r.ended)
		defer log.Close() //nolint:errcheck // for people
		argv := append([]string{built.Program, p.kubeconfig + supervisor.KubeconfigInside(a.Env.Dir)}, p.args...)
		code, err := a.Env.Run(a.life, argv, testenv.Stdio{Stdout: log, Stderr: log})
		_, _ = fmt.Fprintf(log, "ended with code %d, %v\n", code, err)
	}()
	return nil
}

// define applies the definitions of a peer's objects, which its module has.
func (a *Arena) define(ctx context.Context, source string, patterns []string) error {
	var objects []*unstructured.Unstructured
	for _, pattern := range patterns {
		names, err := filepath.Glob(filepath.Join(source, filepath.FromSlash(pattern)))
		if err != nil || len(names) == 0 {
			return fmt.Errorf("no %s in %s: %w", pattern, source, err)
		}
		for _, name := range names {
			some, err := decodeFile(name)
			if err != nil {
				return err
			}
			objects = append(objects, some...)
		}
	}
	apply, err := manifest.NewApplier(a.config, "")
	if err != nil {
		return err
	}
	if err := apply.Apply(ctx, objects); err != nil {
		return err
	}
	for _, o := range objects {
		if err := a.established(ctx, o.GetName()); err != nil {
			return fmt.Errorf("%s was not established: %w", o.GetName(), err)
		}
	}
	return nil
}

func decodeFile(name string) ([]*unstructured.Unstructured, error) {
	f, err := os.Open(name) //nolint:gosec // in the module cache
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	return decode(f)
}

var definitions = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

func (a *Arena) established(ctx context.Context, name string) error {
	return wait.PollUntilContextTimeout(ctx, 100*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		o, err := a.client.Resource(definitions).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		list, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
		for _, c := range list {
			if m, ok := c.(map[string]any); ok && m["type"] == "Established" && m["status"] == "True" {
				return true, nil
			}
		}
		return false, nil
	})
}
