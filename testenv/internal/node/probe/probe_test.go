package probe

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func TestThresholdsDecideWhenAnAnswerMeansSomething(t *testing.T) {
	t.Parallel()
	const period = 10 * time.Second
	type answer struct {
		ok bool
		at time.Duration
	}
	tests := map[string]struct {
		probe   corev1.Probe
		answers []answer
		want    []verdict
	}{
		"one success is enough by default": {
			corev1.Probe{}, []answer{{true, 0}}, []verdict{passed},
		},
		"two successes in a row when asked for": {
			corev1.Probe{SuccessThreshold: 2}, []answer{{true, 0}, {false, 10}, {true, 20}, {true, 30}},
			[]verdict{nothing, failing, nothing, passed},
		},
		"the third failure in a row by default": {
			corev1.Probe{}, []answer{{true, 0}, {false, 10}, {false, 20}, {false, 30}, {false, 40}},
			[]verdict{passed, failing, failing, failed, failed},
		},
		"a success begins the count anew": {
			corev1.Probe{FailureThreshold: 2}, []answer{{true, 0}, {false, 10}, {true, 20}, {false, 30}},
			[]verdict{passed, failing, passed, failing},
		},
		"eager failures count once a period": {
			corev1.Probe{FailureThreshold: 2}, []answer{{false, 0}, {false, 1}, {false, 10}, {false, 19}, {false, 20}},
			[]verdict{nothing, nothing, failing, nothing, failed},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.probe.PeriodSeconds = int32(period / time.Second)
			s := newSchedule(&tt.probe)
			begin := time.Now()
			s.counted = begin
			var got []verdict
			for _, a := range tt.answers {
				got = append(got, s.count(a.ok, begin.Add(a.at*time.Second)))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestQuestionsComeQuicklyUntilTheFirstSuccess(t *testing.T) {
	t.Parallel()
	s := newSchedule(&corev1.Probe{PeriodSeconds: 5})
	s.count(false, time.Now())
	if first := s.wait(); first > 100*time.Millisecond {
		t.Errorf("the second question comes after %v", first)
	}
	s.count(true, time.Now())
	if got := s.wait(); got != 5*time.Second {
		t.Errorf("after a success: %v, want the period", got)
	}
}

// results collects what a probe reports.
type results struct{ got chan string }

func (r results) Passed() { r.got <- "passed" }
func (r results) Failed(_ string, enough bool) {
	if enough {
		r.got <- "failed"
	}
}

func TestRunReportsAndEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	r := results{make(chan string, 10)}
	answers := make(chan bool, 2)
	answers <- true
	answers <- false
	done := make(chan struct{})
	go func() {
		defer close(done)
		Run(ctx, &corev1.Probe{FailureThreshold: 1, PeriodSeconds: 1}, func(context.Context) (bool, string) { return <-answers, "" }, r, false)
	}()
	if a, b := <-r.got, <-r.got; a != "passed" || b != "failed" {
		t.Errorf("got %s, %s", a, b)
	}
	cancel()
	<-done
}

func TestChecks(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
		case "/header":
			if r.Header.Get("X-Key") != "1" || r.Host != "inner" {
				w.WriteHeader(http.StatusForbidden)
			}
		case "/away":
			http.Redirect(w, r, "http://elsewhere.invalid/", http.StatusFound)
		default:
			http.Error(w, "broken inside", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	addr := server.Listener.Addr().(*net.TCPAddr)
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	shut := closed.Addr().(*net.TCPAddr).Port
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	target := Target{
		IP: "127.0.0.1", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: int32(addr.Port)}},
		Exec: func(_ context.Context, argv []string) (int, string, error) { return len(argv) - 1, "out", nil },
	}
	named := intstr.FromString("http")
	get := func(path string, headers ...corev1.HTTPHeader) corev1.ProbeHandler {
		return corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: named, HTTPHeaders: headers}}
	}
	run := func(argv ...string) corev1.ProbeHandler {
		return corev1.ProbeHandler{Exec: &corev1.ExecAction{Command: argv}}
	}
	tests := map[string]struct {
		handler corev1.ProbeHandler
		ok      bool
		message string
	}{
		"a good page":                       {get("/ok"), true, ""},
		"a bad page, with what it says":     {get("/bad"), false, "503 broken inside"},
		"headers and host are sent":         {get("/header", corev1.HTTPHeader{Name: "X-Key", Value: "1"}, corev1.HTTPHeader{Name: "Host", Value: "inner"}), true, ""},
		"a redirect elsewhere is an answer": {get("/away"), true, ""},
		"unknown port name":                 {corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromString("nope")}}, false, `"nope"`},
		"open port":                         {corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: named}}, true, ""},
		"closed port":                       {corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt(shut)}}, false, "refused"},
		"command that works":                {run("true"), true, ""},
		"command that fails":                {run("false", "x"), false, "exited with 1: out"},
		"gRPC server that is none":          {corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: int32(shut)}}, false, "refused"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ok, message := New(tt.handler, target)(t.Context())
			if ok != tt.ok || !strings.Contains(message, tt.message) {
				t.Errorf("got %v, %q; want %v, %q", ok, message, tt.ok, tt.message)
			}
		})
	}
}
