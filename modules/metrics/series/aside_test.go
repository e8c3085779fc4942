package series

import (
	"testing"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// TestRequestsAside: those of routes that follow no weight are no version's, where
// the series tell them apart, and whoever answers them.
func TestRequestsAside(t *testing.T) {
	t.Parallel()
	subject := bySubset()
	subject.Candidate.Subsets = []string{"canary-headgate", "canary-cart"}
	subject.Aside = []metrics.Way{{Host: host, Subset: "canary"}, {Host: host}}
	for name, tt := range map[string]struct {
		request Request
		want    Owner
	}{
		"the weighted route":             {Request{Host: host, Subset: "canary-headgate", Workload: "sample-canary", Namespace: "demo"}, Candidate},
		"it did not arrive":              {Request{Host: host, Subset: "canary-headgate", Workload: "unknown"}, Candidate},
		"by another policy's subset":     {Request{Host: host, Subset: "canary-cart", Workload: "unknown"}, Candidate},
		"the preview, answered":          {Request{Host: host, Subset: "canary", Workload: "sample-canary", Namespace: "demo"}, Foreign},
		"the preview, with nobody there": {Request{Host: host, Subset: "canary", Workload: "unknown", Flags: "UH", Code: "503"}, Foreign},
		"past every subset":              {Request{Host: host, Workload: "sample", Namespace: "demo"}, Foreign},
		"stable's":                       {Request{Host: host, Subset: "stable", Workload: "sample", Namespace: "demo"}, Stable},
	} {
		if got := NewSorter(subject, false).Owner(tt.request); got != tt.want {
			t.Errorf("%s: owner %d, want %d", name, got, tt.want)
		}
	}
}
