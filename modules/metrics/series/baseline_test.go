package series

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// besideSubset is a rollout with a baseline, told apart by subset.
func besideSubset() metrics.Subject {
	s := bySubset()
	s.Baseline = metrics.Side{Workload: "sample-baseline", Subsets: []string{"baseline"}, Host: host}
	return s
}

// besideHost is one by Services of their own.
func besideHost() metrics.Subject {
	s := byHost()
	s.Baseline = metrics.Side{Workload: "sample-baseline", Host: "sample-baseline.demo.svc.cluster.local"}
	return s
}

func TestBaselinesRequestsAreItsOwn(t *testing.T) {
	t.Parallel()
	own := "sample-baseline.demo.svc.cluster.local"
	for name, tt := range map[string]struct {
		subject metrics.Subject
		request Request
		want    Owner
	}{
		"it answered":              {besideSubset(), Request{Host: host, Workload: "sample-baseline", Namespace: "demo"}, Baseline},
		"stable answered":          {besideSubset(), Request{Host: host, Workload: "sample", Namespace: "demo"}, Stable},
		"never arrived, by subset": {besideSubset(), Request{Host: host, Subset: "baseline", Workload: "unknown"}, Baseline},
		"never arrived, by host":   {besideHost(), Request{Host: own, Workload: "unknown"}, Baseline},
		"the candidate's host":     {besideHost(), Request{Host: canaryHost, Workload: "unknown"}, Candidate},
		"without one":              {bySubset(), Request{Host: host, Workload: "sample-baseline", Namespace: "demo"}, Unnamed},
	} {
		if got := NewSorter(tt.subject, false).Owner(tt.request); got != tt.want {
			t.Errorf("%s: owner %d, want %d", name, got, tt.want)
		}
	}
}

// Requests that found no healthy Pod do not say whose they were where series do
// not name the subset: it is found by who is silent.
func TestHomelessRequestsBesideABaseline(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		answers []string
		want    Owner
	}{
		"the candidate alone is silent":                 {[]string{"sample", "sample-baseline"}, Candidate},
		"at a half stable is silent because it is idle": {[]string{"sample-baseline"}, Candidate},
		"the baseline alone is silent":                  {[]string{"sample", "sample-canary"}, Baseline},
		"two are silent that have traffic":              {[]string{"sample"}, Unnamed},
		"everybody answers":                             {[]string{"sample", "sample-canary", "sample-baseline"}, Unnamed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failure, err := NewFailure("", "")
			if err != nil {
				t.Fatal(err)
			}
			subject := besideSubset()
			subject.Routed = true
			tally := NewTally(NewSorter(subject, false), failure, opened)
			put := func(r Request) {
				r.Host, r.Namespace = host, "demo"
				tally.Add([]Sample{{Request: r, Key: r.Workload + r.Flags, Part: Requests, At: opened.Add(time.Second), Value: 10}})
			}
			for _, w := range tt.answers {
				put(Request{Workload: w, Code: "200"})
			}
			put(Request{Workload: "unknown", Code: "503", Flags: "UH"})
			r := tally.Look()
			got := map[Owner]uint64{Stable: r.Stable.Errors, Candidate: r.Candidate.Errors, Baseline: r.Baseline.Errors}
			for owner, errors := range got {
				if (errors == 10) != (owner == tt.want) {
					t.Errorf("failed: %v, want those of %d; %s", got, tt.want, strings.Join(r.Notes, "; "))
				}
			}
		})
	}
}
