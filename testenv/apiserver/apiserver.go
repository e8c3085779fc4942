// Package apiserver gives tests a real Kubernetes API server with Istio's
// kinds: one for all tests of a process, and a namespace for each test. Nothing
// runs Pods; where a test wants ReplicaSets made, it asks for the controllers.
package apiserver

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/headgate-ci/headgate/testenv/internal/binaries"
	"github.com/headgate-ci/headgate/testenv/internal/cluster"
	"github.com/headgate-ci/headgate/testenv/internal/plane"
	"github.com/headgate-ci/headgate/testenv/internal/tell"
)

// Server is the process's API server.
type Server struct {
	// Config connects as an administrator.
	Config *rest.Config
	plane  *plane.Plane
	dir    string
}

var (
	mu          sync.Mutex
	server      *Server
	failed      error
	controllers bool
)

// Shared returns the API server, starting it for the first test that asks. It
// ends with the process.
func Shared(t testing.TB) *Server {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if server == nil && failed == nil {
		server, failed = start(context.Background())
	}
	if failed != nil {
		t.Fatalf("the tests' API server: %v", failed)
	}
	return server
}

// WithControllers has the controller manager run too, for all tests of the
// process from then on.
func (s *Server) WithControllers(t testing.TB) *Server {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if !controllers {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.plane.StartControllers(ctx, false); err != nil {
			t.Fatalf("the tests' controller manager: %v", err)
		}
		controllers = true
	}
	return s
}

func start(ctx context.Context) (*Server, error) {
	bins, err := binaries.Ensure(ctx, binaries.API, tell.Progress())
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "headgate-apiserver")
	if err != nil {
		return nil, err
	}
	s := &Server{dir: dir}
	if err := s.up(ctx, bins); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return s, nil
}

func (s *Server) up(ctx context.Context, bins *binaries.Set) error {
	if err := cluster.Copy(ctx, bins, s.dir); err != nil {
		return err
	}
	var err error
	if s.plane, err = plane.New(plane.Config{Binaries: bins, Dir: s.dir, Bind: "127.0.0.1"}); err != nil {
		return err
	}
	if err := s.plane.StartAPI(ctx); err != nil {
		return err
	}
	s.Config = s.plane.Config()
	return s.quiet(ctx)
}

var namespaces = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}

// quiet takes the webhooks away: no istiod runs here that could answer them.
func (s *Server) quiet(ctx context.Context) error {
	client, err := dynamic.NewForConfig(s.Config)
	if err != nil {
		return err
	}
	for _, resource := range []string{"mutatingwebhookconfigurations", "validatingwebhookconfigurations"} {
		api := client.Resource(schema.GroupVersionResource{Group: "admissionregistration.k8s.io", Version: "v1", Resource: resource})
		if err := api.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}); err != nil {
			return fmt.Errorf("take away %s: %w", resource, err)
		}
	}
	return nil
}

// Namespace makes a namespace of the test's own. It is marked for deletion
// when the test ends.
func (s *Server) Namespace(t testing.TB) string {
	t.Helper()
	client, err := dynamic.NewForConfig(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	obj := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"generateName": prefix(t.Name())}}}
	obj, err = client.Resource(namespaces).Create(context.Background(), obj, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("make a namespace for %s: %v", t.Name(), err)
	}
	t.Cleanup(func() {
		_ = client.Resource(namespaces).Delete(context.Background(), obj.GetName(), metav1.DeleteOptions{}) // the server ends with the tests
	})
	return obj.GetName()
}

// prefix makes the start of a namespace's name out of a test's.
func prefix(test string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		default:
			return -1
		}
	}, strings.TrimPrefix(test, "Test"))
	return "t-" + clean[:min(len(clean), 40)] + "-"
}

// Main runs a package's tests and stops the API server afterwards; call it from
// TestMain as os.Exit(apiserver.Main(m)). Without it the server ends all the
// same, but its folder stays until the system cleans up.
func Main(m *testing.M) int {
	code := m.Run()
	mu.Lock()
	defer mu.Unlock()
	if server != nil {
		server.plane.Stop()
		_ = os.RemoveAll(server.dir)
	}
	return code
}
