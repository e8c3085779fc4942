package series

import (
	"math"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/metrics"
)

const (
	host       = "sample.demo.svc.cluster.local"
	canaryHost = "sample-canary.demo.svc.cluster.local"
)

// bySubset is a rollout whose route tells the two apart by subset.
func bySubset() metrics.Subject {
	return metrics.Subject{
		Namespace: "demo", Service: "sample", Hosts: []string{host},
		Stable:    metrics.Side{Workload: "sample", Subsets: []string{"stable"}, Host: host, Version: "1.0.0"},
		Candidate: metrics.Side{Workload: "sample-canary", Subsets: []string{"canary"}, Host: host, Version: "1.1.0"},
	}
}

// byHost is one whose candidate has a Service of its own.
func byHost() metrics.Subject {
	return metrics.Subject{
		Namespace: "demo", Service: "sample", Hosts: []string{host, canaryHost},
		Stable:    metrics.Side{Workload: "sample", Host: host},
		Candidate: metrics.Side{Workload: "sample-canary", Host: canaryHost},
	}
}

func TestOwner(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason  string
		subject metrics.Subject
		anyHost bool
		request Request
		want    Owner
	}{
		"stable answered":          {"the workload that answered decides", bySubset(), false, Request{Host: host, Workload: "sample", Namespace: "demo"}, Stable},
		"candidate answered":       {"the workload that answered decides", bySubset(), false, Request{Host: host, Workload: "sample-canary", Namespace: "demo"}, Candidate},
		"namesake":                 {"a Deployment of that name elsewhere is another one", bySubset(), false, Request{Host: host, Workload: "sample", Namespace: "test"}, Unnamed},
		"never arrived, subset":    {"a failure that reached no Pod counts for what the route chose", bySubset(), false, Request{Host: host, Subset: "canary", Workload: "unknown"}, Candidate},
		"never arrived, host":      {"with a Service of its own, the host tells", byHost(), false, Request{Host: canaryHost, Workload: "unknown"}, Candidate},
		"never arrived, nothing":   {"standard labels do not name a subset", bySubset(), false, Request{Host: host, Workload: "unknown"}, Unnamed},
		"only a version":           {"the version label is the last thing to go by", bySubset(), false, Request{Host: host, Version: "1.1.0"}, Candidate},
		"another Deployment":       {"a second Deployment behind stable's subset is stable's traffic", bySubset(), false, Request{Host: host, Workload: "sample-eu", Namespace: "demo", Subset: "stable"}, Stable},
		"unknown subset":           {"a third subset is nobody's", bySubset(), false, Request{Host: host, Subset: "beta"}, Unnamed},
		"another host":             {"another service is none of ours", bySubset(), false, Request{Host: "other.demo.svc.cluster.local", Workload: "sample", Namespace: "demo"}, Foreign},
		"no route":                 {"a request that matched no route went nowhere", bySubset(), false, Request{Code: "404", Flags: "NR"}, Foreign},
		"no host at the server":    {"a server's own proxy need not know the host", bySubset(), true, Request{Host: "unknown", Workload: "sample", Namespace: "demo"}, Stable},
		"other host at the server": {"a second service on the same Pods is not ours", bySubset(), true, Request{Host: "admin.demo.svc.cluster.local", Workload: "sample", Namespace: "demo"}, Foreign},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := NewSorter(test.subject, test.anyHost).Owner(test.request); got != test.want {
				t.Errorf("%s: owner %d, want %d", test.reason, got, test.want)
			}
		})
	}
}

func TestFailed(t *testing.T) {
	t.Parallel()
	standard, err := NewFailure("", "")
	if err != nil {
		t.Fatal(err)
	}
	strict, err := NewFailure("[45]..|0", "[1-9]|1[0-6]")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		reason           string
		request          Request
		standard, strict bool
	}{
		"ok":               {"an answer", Request{Code: "200", GRPC: "-"}, false, false},
		"server error":     {"5xx is the server's fault", Request{Code: "503"}, true, true},
		"no answer":        {"0 is a request without an answer", Request{Code: "0", Flags: "UC"}, true, true},
		"hung up":          {"its caller did not wait for the answer", Request{Code: "0", Flags: "DC"}, false, false},
		"stream reset":     {"its caller did not, on a connection that others use", Request{Code: "0", Flags: "DR"}, false, false},
		"left with others": {"one flag of several", Request{Code: "0", Flags: "UT,DC"}, false, false},
		"cut off by route": {"an answer that came, of a caller that left after it", Request{Code: "503", Flags: "DC"}, true, true},
		"client error":     {"4xx is the caller's fault, unless the user says otherwise", Request{Code: "404"}, false, true},
		"gRPC ok":          {"status 0 is success", Request{Code: "200", GRPC: "0"}, false, false},
		"gRPC unavailable": {"a gRPC failure hides behind HTTP 200", Request{Code: "200", GRPC: "14"}, true, true},
		"gRPC not found":   {"NOT_FOUND is an answer", Request{Code: "200", GRPC: "5"}, false, true},
		"code 50":          {"the expression must match the whole code", Request{Code: "50"}, false, false},
		"status 114":       {"the expression must match the whole status", Request{Code: "200", GRPC: "114"}, false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := standard.Failed(test.request); got != test.standard {
				t.Errorf("%s: by default failed = %v", test.reason, got)
			}
			if got := strict.Failed(test.request); got != test.strict {
				t.Errorf("%s: by the user's codes failed = %v", test.reason, got)
			}
		})
	}
}

func TestBadCodesAreNamed(t *testing.T) {
	t.Parallel()
	if _, err := NewFailure("5[", ""); err == nil {
		t.Error("a broken expression for codes is accepted")
	}
	if _, err := NewFailure("", "("); err == nil {
		t.Error("a broken expression for gRPC codes is accepted")
	}
}

func TestBound(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		le     float64
		unit   time.Duration
		want   time.Duration
		ok     bool
	}{
		"milliseconds": {"Istio's histograms count milliseconds", 0.5, time.Millisecond, 500 * time.Microsecond, true},
		"seconds":      {"others count seconds", 0.3, time.Second, 300 * time.Millisecond, true},
		"last":         {"the last bucket holds all", math.Inf(1), time.Millisecond, Infinite, true},
		"huge":         {"a bound that no duration reaches holds all too", 1e300, time.Millisecond, Infinite, true},
		"NaN":          {"no bound", math.NaN(), time.Millisecond, 0, false},
		"negative":     {"no bound", -1, time.Millisecond, 0, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, ok := Bound(test.le, test.unit); got != test.want || ok != test.ok {
				t.Errorf("%s: %v %v, want %v %v", test.reason, got, ok, test.want, test.ok)
			}
		})
	}
}
