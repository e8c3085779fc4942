package sample

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/testenv/sample/load"
)

// start serves an instance that is configured by flags.
func start(t *testing.T, flags ...string) (*service, *httptest.Server) {
	t.Helper()
	c, err := parse(flags, func(string) string { return "" }, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	s, err := newService(c)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server
}

func get(t *testing.T, url string) (status int, body string, header http.Header) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(data)), response.Header
}

func TestAnswersWithItsVersion(t *testing.T) {
	t.Parallel()
	s, server := start(t, "-version=1.1.0")
	status, body, header := get(t, server.URL)
	if want := "1.1.0 " + s.hostname; status != http.StatusOK || body != want {
		t.Errorf("answer %d %q, want 200 %q", status, body, want)
	}
	if got := header.Get(load.VersionHeader); got != "1.1.0" {
		t.Errorf("header says version %q", got)
	}
}

func TestFailsAsOftenAsAsked(t *testing.T) {
	t.Parallel()
	for rate, want := range map[string]int{"0": 0, "0.05": 10, "0.333": 66, "1": 200} {
		_, server := start(t, "-error-rate="+rate)
		failed := 0
		for range 200 {
			if status, _, header := get(t, server.URL); status == http.StatusInternalServerError {
				failed++
				if header.Get(load.VersionHeader) == "" {
					t.Fatal("a failed answer does not say whose it is")
				}
			}
		}
		if failed != want {
			t.Errorf("error rate %s: %d of 200 failed, want %d", rate, failed, want)
		}
	}
}

func TestDelaysEachAnswer(t *testing.T) {
	t.Parallel()
	_, server := start(t, "-delay=50ms")
	before := time.Now()
	get(t, server.URL)
	if took := time.Since(before); took < 50*time.Millisecond {
		t.Errorf("answered after %s", took)
	}
}

func TestProbes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		flags   []string
		leaving bool
		ready   int
		reason  string
	}{
		{"ordinary", nil, false, http.StatusOK, ""},
		{"never ready", []string{"-never-ready"}, false, http.StatusServiceUnavailable, "SAMPLE_NEVER_READY"},
		{"leaving", nil, true, http.StatusServiceUnavailable, "stopping"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, server := start(t, tt.flags...)
			s.leaving.Store(tt.leaving)
			status, body, _ := get(t, server.URL+"/readyz")
			if status != tt.ready || !strings.Contains(body, tt.reason) {
				t.Errorf("readyz: %d %q, want %d and %q", status, body, tt.ready, tt.reason)
			}
			if status, _, _ := get(t, server.URL+"/healthz"); status != http.StatusOK {
				t.Errorf("healthz: %d: the Pod would be restarted", status)
			}
		})
	}
}

func TestAsksItsUpstream(t *testing.T) {
	t.Parallel()
	var id string
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id = r.Header.Get("X-Request-Id")
		_, _ = io.WriteString(w, "2.0.0 below\n")
	}))
	defer upstream.Close()
	s, server := start(t, "-version=1.0.0", "-upstream="+upstream.URL)

	request, err := http.NewRequest(http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("X-Request-Id", "r1")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, _ := io.ReadAll(response.Body)
	if want := "1.0.0 " + s.hostname + " <- 2.0.0 below\n"; string(body) != want {
		t.Errorf("answer %q, want %q", body, want)
	}
	if id != "r1" {
		t.Errorf("the upstream saw request id %q, want r1", id)
	}
}

func TestUpstreamFailureIsAnError(t *testing.T) {
	t.Parallel()
	upstream := httptest.NewServer(http.NotFoundHandler())
	defer upstream.Close()
	_, server := start(t, "-upstream="+upstream.URL)
	status, body, _ := get(t, server.URL)
	if status != http.StatusBadGateway || !strings.Contains(body, "404") {
		t.Errorf("answer %d %q, want 502 and the upstream's status", status, body)
	}
}

func TestInfoDescribesTheInstance(t *testing.T) {
	t.Parallel()
	_, server := start(t, "-version=1.2.0", "-error-rate=0.5")
	get(t, server.URL)
	get(t, server.URL)
	_, body, _ := get(t, server.URL+"/info")
	var info struct {
		Version          string
		Requests, Failed int
	}
	if err := json.Unmarshal([]byte(body), &info); err != nil {
		t.Fatal(err)
	}
	if info.Version != "1.2.0" || info.Requests != 2 || info.Failed != 1 {
		t.Errorf("info says %+v, want version 1.2.0, 2 requests, 1 failed", info)
	}
}

// running is an instance in run, on a port of its own.
type running struct {
	url  string
	stop context.CancelFunc
	done chan error
}

func runInstance(t *testing.T, c config) running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	r := running{url: "http://" + listener.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { r.done <- run(ctx, c, listener, log.New(io.Discard, "", 0)) }()
	return r
}

func TestFinishesRequestsBeforeItStops(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	defer upstream.Close()
	r := runInstance(t, config{version: "1.0.0", upstream: upstream.URL, grace: time.Minute})

	answered := make(chan error, 1)
	go func() {
		response, err := http.Get(r.url)
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode != http.StatusOK {
				err = errors.New(response.Status)
			}
		}
		answered <- err
	}()
	<-arrived
	r.stop()
	select {
	case err := <-r.done:
		t.Fatalf("stopped with a request under way: %v", err)
	default:
	}
	close(release)
	if err := <-answered; err != nil {
		t.Errorf("the request under way failed: %v", err)
	}
	if err := <-r.done; err != nil {
		t.Errorf("run: %v", err)
	}
}

func TestTakesRequestsWhileTheMeshLearnsThatItLeaves(t *testing.T) {
	t.Parallel()
	r := runInstance(t, config{version: "1.0.0", linger: time.Minute, grace: time.Minute})
	get(t, r.url) // it is up
	r.stop()
	for {
		if status, _, _ := get(t, r.url+"/readyz"); status == http.StatusServiceUnavailable {
			break
		}
		time.Sleep(time.Millisecond)
	}
	response, err := http.Get(r.url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK || !response.Close {
		t.Errorf("a late request got %s, connection closed: %v; want 200 and the end of the connection", response.Status, response.Close)
	}
}

func TestCrashesWhenTold(t *testing.T) {
	t.Parallel()
	r := runInstance(t, config{crashAfter: time.Millisecond})
	if err := <-r.done; !errors.Is(err, errCrash) {
		t.Errorf("run ended with %v, want a crash", err)
	}
}

func TestCallsAnotherServiceAllTheTime(t *testing.T) {
	t.Parallel()
	called := make(chan struct{}, 1)
	_, other := start(t, "-version=2.0.0")
	watched := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		other.Config.Handler.ServeHTTP(w, r)
		select {
		case called <- struct{}{}:
		default:
		}
	}))
	defer watched.Close()
	r := runInstance(t, config{version: "1.0.0", call: watched.URL, callRate: 200, grace: time.Minute})
	<-called
	for {
		_, body, _ := get(t, r.url+"/calls")
		var result load.Result
		if err := json.Unmarshal([]byte(body), &result); err != nil {
			t.Fatal(err)
		}
		if result.Versions["2.0.0"].Requests > 0 {
			break
		}
		time.Sleep(time.Millisecond)
	}
}

func TestFailsByChanceAsOftenAsAsked(t *testing.T) {
	t.Parallel()
	for rate, want := range map[float64][2]int{0: {0, 0}, 1: {10000, 10000}, .05: {369, 631}} { // six standard deviations
		s := &service{config: config{errorRate: rate, byChance: true}}
		failed := 0
		for n := range int64(10000) {
			if s.fails(n + 1) {
				failed++
			}
		}
		if failed < want[0] || failed > want[1] {
			t.Errorf("at %v, %d of 10,000 failed; want %v", rate, failed, want)
		}
	}
}
