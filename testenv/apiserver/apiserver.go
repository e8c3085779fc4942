// Package apiserver gives tests a real Kubernetes API server with Istio's
// kinds: one for all tests of a process, and a namespace for each test. Nothing
// runs Pods; where a test wants ReplicaSets made, it asks for the controllers.
//
// It needs neither root nor namespaces of the kernel. The server belongs to a
// guard, a process of its own, which ends it and removes its files when the
// test process ends in whatever way.
package apiserver

import (
	"context"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// Server is the process's API server.
type Server struct {
	// Config connects as an administrator.
	Config *rest.Config

	guard *guard
	// controllers has the controller manager started once.
	controllers func() error
}

// shared is the process's server, started once.
var shared once

type once struct {
	do     sync.Once
	server *Server
	err    error
}

func (o *once) start() (*Server, error) {
	o.do.Do(func() {
		g, err := startGuard(context.Background())
		if err != nil {
			o.err = err
			return
		}
		o.server = &Server{Config: g.config, guard: g, controllers: sync.OnceValue(g.startControllers)}
	})
	return o.server, o.err
}

// started is the server if there is one; none can be started any more.
func (o *once) started() (*Server, error) {
	o.do.Do(func() {})
	return o.server, o.err
}

// Shared returns the API server, starting it for the first test that asks. It
// ends with the process. A test that is to be short is skipped.
func Shared(t testing.TB) *Server {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a Kubernetes API server; left out by -short")
	}
	s, err := shared.start()
	if err != nil {
		t.Fatalf("the tests' API server: %v", err)
	}
	return s
}

// WithControllers has the controller manager run too, for all tests of the
// process from then on.
func (s *Server) WithControllers(t testing.TB) *Server {
	t.Helper()
	if err := s.controllers(); err != nil {
		t.Fatalf("the tests' controller manager: %v", err)
	}
	return s
}

var namespaces = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}

// Namespace makes a namespace of the test's own. It is marked for deletion
// when the test ends.
func (s *Server) Namespace(t testing.TB) string {
	t.Helper()
	client, err := dynamic.NewForConfig(s.Config)
	if err != nil {
		t.Fatal(err)
	}
	obj := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{"generateName": prefix(t.Name())},
	}}
	obj, err = client.Resource(namespaces).Create(t.Context(), obj, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("make a namespace for %s: %v", t.Name(), err)
	}
	t.Cleanup(func() {
		// The test's own context has ended; the server ends with the tests.
		_ = client.Resource(namespaces).Delete(context.Background(), obj.GetName(), metav1.DeleteOptions{})
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
