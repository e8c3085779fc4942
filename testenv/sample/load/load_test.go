package load

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func startLoad(t *testing.T, o Options) *Load {
	t.Helper()
	l, err := Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Stop() })
	return l
}

// atLeast waits for n answers.
func atLeast(l *Load, n int64) {
	for l.Snapshot().Requests < n {
		time.Sleep(time.Millisecond)
	}
}

func TestCountsByVersionAndStatus(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		switch n.Add(1) % 10 {
		case 0:
			w.Header().Set(VersionHeader, "canary")
			http.Error(w, "bad\ncandidate", http.StatusInternalServerError)
		case 1:
			http.Error(w, "no healthy upstream", http.StatusServiceUnavailable)
		default:
			w.Header().Set(VersionHeader, "stable")
		}
	}))
	defer server.Close()
	l := startLoad(t, Options{URL: server.URL, Rate: 2000})
	atLeast(l, 500)
	r := l.Stop()

	if r.Requests != n.Load() {
		t.Errorf("%d requests in the books, the server saw %d", r.Requests, n.Load())
	}
	canary, mesh, stable := r.Versions["canary"], r.Versions[""], r.Versions["stable"]
	if canary.Failed != canary.Requests || stable.Failed != 0 || r.Failed != canary.Failed+mesh.Failed {
		t.Errorf("failed requests are blamed on the wrong version: %+v", r.Versions)
	}
	if r.Unanswered() != mesh.Failed || mesh.Failed == 0 {
		t.Errorf("unanswered %d, want the %d that no version answered", r.Unanswered(), mesh.Failed)
	}
	if r.Status[200] != stable.Requests || r.Status[500] != canary.Requests || r.Status[503] != mesh.Requests {
		t.Errorf("status codes %v do not fit %+v", r.Status, r.Versions)
	}
	if len(r.Failures) != maxFailures {
		t.Errorf("%d examples of failures, want %d", len(r.Failures), maxFailures)
	}
	for _, f := range r.Failures {
		if f.Version == "canary" && f.Detail != "bad candidate" {
			t.Errorf("detail %q, want the body on one line", f.Detail)
		}
	}
}

func TestKeepsItsRateWhenTheServiceStalls(t *testing.T) {
	t.Parallel()
	const stuck = 40
	release := make(chan struct{})
	var waiting atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		waiting.Add(1)
		<-release
	}))
	defer server.Close()
	l := startLoad(t, Options{URL: server.URL, Rate: 400, Concurrency: stuck})
	for waiting.Load() < stuck {
		time.Sleep(time.Millisecond)
	}
	stalled := time.Now()
	time.Sleep(200 * time.Millisecond) // the stall itself: what must show up below
	stall := time.Since(stalled)
	close(release)
	atLeast(l, 2*stuck)
	r := l.Stop()

	if r.Latency.Max < stall {
		t.Errorf("longest latency %s hides a stall of %s", r.Latency.Max, stall)
	}
	if r.Behind < stall/2 {
		t.Errorf("behind by %s: requests due during the stall of %s were not counted as late", r.Behind, stall)
	}
}

func TestStopWaitsForRequestsUnderWay(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}, 100), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		arrived <- struct{}{}
		<-release
	}))
	defer server.Close()
	l := startLoad(t, Options{URL: server.URL, Rate: 10, Concurrency: 1})
	<-arrived
	stopped := make(chan Result)
	go func() { stopped <- l.Stop() }()
	select {
	case <-stopped:
		t.Fatal("stopped with a request under way")
	case <-time.After(20 * time.Millisecond):
	}
	close(release)
	if r := <-stopped; r.Requests != 1 || r.Failed != 0 {
		t.Errorf("%d requests, %d failed; want the one under way to succeed", r.Requests, r.Failed)
	}
}

func TestWhatCountsAsFailed(t *testing.T) {
	t.Parallel()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		failed  bool
		status  int
		detail  string
	}{
		{"redirect", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/x")
			w.WriteHeader(http.StatusFound)
		}, false, http.StatusFound, ""},
		{"not found", http.NotFound, true, 404, "not found"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = fmt.Fprint(w, "short")
		}, true, 200, "cut off"},
		{"too late", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, true, 0, "exceeded"},
		{"nobody listens", nil, true, 0, "refused"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := "http://" + closed.Addr().String()
			if tt.handler != nil {
				server := httptest.NewServer(tt.handler)
				defer server.Close()
				url = server.URL
			}
			l := startLoad(t, Options{URL: url, Rate: 100, Concurrency: 1, Timeout: 500 * time.Millisecond})
			atLeast(l, 1)
			r := l.Stop()
			if got := r.Failed > 0; got != tt.failed {
				t.Fatalf("failed %v, want %v: %+v", got, tt.failed, r)
			}
			if r.Status[tt.status] != r.Requests {
				t.Errorf("status %v, want %d", r.Status, tt.status)
			}
			if tt.failed && !strings.Contains(r.Failures[0].Detail, tt.detail) {
				t.Errorf("detail %q, want one with %q", r.Failures[0].Detail, tt.detail)
			}
		})
	}
}

func TestSendsHostAndHeaders(t *testing.T) {
	t.Parallel()
	seen := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case seen <- r:
		default:
		}
	}))
	defer server.Close()
	startLoad(t, Options{URL: server.URL, Host: "sample.example.com", Headers: http.Header{"X-User": {"7"}}})
	r := <-seen
	if r.Host != "sample.example.com" || r.Header.Get("X-User") != "7" {
		t.Errorf("host %q, X-User %q", r.Host, r.Header.Get("X-User"))
	}
}

func TestReusesConnections(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	l := startLoad(t, Options{URL: server.URL, Rate: 1000, Concurrency: 4})
	atLeast(l, 200)
	l.Stop()
	if n := opened.Load(); n > 8 {
		t.Errorf("%d connections for 4 requests at a time", n)
	}
}

func TestStartRefusesWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	if _, err := Start(context.Background(), Options{URL: "http://bad host/"}); err == nil {
		t.Error("started without an address to ask")
	}
}
