package mesh

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// apiserver answers as an API server does, remembers what it was asked, and
// can be told how to answer the creation of a Pod. A real one takes part in the
// journeys that bring up a whole environment.
type apiserver struct {
	createPod func() (int, string)

	mu      sync.Mutex
	asked   []string // "METHOD name"
	objects map[string]string
}

func (s *apiserver) start(t *testing.T) *rest.Config {
	t.Helper()
	s.objects = map[string]string{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return &rest.Config{Host: server.URL}
}

func (s *apiserver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+path.Base(r.URL.Path))
	w.Header().Set("Content-Type", "application/json")
	switch r.Method {
	case http.MethodPatch: // server-side apply
		body, _ := io.ReadAll(r.Body)
		var object map[string]any
		_ = json.Unmarshal(body, &object)
		object["status"] = map[string]any{"conditions": []any{map[string]any{"type": "Established", "status": "True"}}}
		body, _ = json.Marshal(object)
		s.objects[r.URL.Path] = string(body)
		_, _ = w.Write(body)
	case http.MethodPost:
		code, body := s.createPod()
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	default:
		if body, ok := s.objects[r.URL.Path]; ok {
			_, _ = io.WriteString(w, body)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"}, Status: "Failure", Reason: metav1.StatusReasonNotFound, Code: 404})
	}
}

// take returns what was asked since the last time.
func (s *apiserver) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

func rendered(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"crds.yaml":    "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: envoyfilters.networking.istio.io}\n",
		"control.yaml": "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestInstallAppliesEachThingAfterWhatItNeeds(t *testing.T) {
	t.Parallel()
	var s apiserver
	cfg := Config{REST: s.start(t), Rendered: rendered(t), NodeIP: "10.244.0.1"}
	if err := Install(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	asked := s.take()
	order := []string{
		"PATCH istio-system",                   // the namespace
		"PATCH istio",                          // what lives in it
		"GET envoyfilters.networking.istio.io", // its kind is served
		"PATCH standard-metrics",               // an object of that kind
		"PATCH headgate-testenv",               // all of it is there
	}
	last := -1
	for _, what := range order {
		at := slices.Index(asked, what)
		if at <= last {
			t.Fatalf("%q is missing or too early in %q", what, asked)
		}
		last = at
	}
}

func TestInstallDoesNothingTwice(t *testing.T) {
	t.Parallel()
	var s apiserver
	cfg := Config{REST: s.start(t), Rendered: rendered(t), NodeIP: "10.244.0.1"}
	for range 2 {
		s.take()
		if err := Install(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
	}
	if asked := s.take(); len(asked) != 1 {
		t.Errorf("the second time asked for %q, want one look", asked)
	}
	cfg.NodeIP = "10.244.0.2"
	if err := Install(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if asked := s.take(); !slices.Contains(asked, "PATCH istiod-process") {
		t.Errorf("istiod moved to another address, and only %q happened", asked)
	}
}

func TestWaitReadySaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		code int
		body string
		want []string
	}{
		{
			"webhook does not answer", http.StatusInternalServerError,
			`{"kind":"Status","apiVersion":"v1","status":"Failure","message":"failed calling webhook: connection refused","code":500}`,
			[]string{"injection webhook", "connection refused", "istiod's log"},
		},
		{
			"webhook is not asked", http.StatusCreated,
			`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"injection-probe"},"spec":{"containers":[]}}`,
			[]string{"injection webhook", "without one"},
		},
		{
			"gateway does not get ready", http.StatusCreated,
			`{"kind":"Pod","apiVersion":"v1","metadata":{"name":"injection-probe"},"spec":{"initContainers":[{"name":"istio-proxy"}]}}`,
			[]string{"istio-system/istio-ingressgateway", "no Pod of it is ready"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := apiserver{createPod: func() (int, string) { return tt.code, tt.body }}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			err := WaitReady(ctx, Config{REST: s.start(t)})
			if err == nil {
				t.Fatal("ready, with something missing")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("error %q lacks %q", err, part)
				}
			}
		})
	}
}
