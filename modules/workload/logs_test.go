package workload

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

func TestLogsAreTheLastLinesOfTheRunBefore(t *testing.T) {
	t.Parallel()
	var asked string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		if strings.Contains(asked, "/pods/quiet/") {
			return
		}
		for i := range 5 {
			_, _ = fmt.Fprintf(w, "line %d\n", i)
		}
	}))
	t.Cleanup(srv.Close)
	client, err := kubernetes.NewForConfig(&rest.Config{Host: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	got, err := LogsFrom(client).Tail(t.Context(), "demo", "p", "app", true, 3)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"line 2", "line 3", "line 4"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if want := "/api/v1/namespaces/demo/pods/p/log?container=app&previous=true&tailLines=3"; asked != want {
		t.Errorf("asked %s, want %s", asked, want)
	}
	if got, err := LogsFrom(client).Tail(t.Context(), "demo", "quiet", "app", false, 3); err != nil || len(got) > 0 {
		t.Errorf("a container that wrote nothing: %q, %v", got, err)
	}
}
