package series

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/metrics"
)

// A version whose every request is slow leaves the low buckets at zero. They
// must be reported all the same: they are what proves it slow.
func TestEmptyBucketsAreReported(t *testing.T) {
	t.Parallel()
	opened := time.Unix(1000, 0)
	tally := NewTally(NewSorter(metrics.Subject{Namespace: "demo", Service: "sample", Hosts: []string{"sample"},
		Stable: metrics.Side{Workload: "sample"}, Candidate: metrics.Side{Workload: "sample-canary"}}, false), Failure{}, opened)
	request := Request{Host: "sample", Namespace: "demo", Workload: "sample-canary"}
	bucket := func(bound time.Duration, n float64) Sample {
		return Sample{Request: request, Part: Bucket, Bound: bound, Key: bound.String(), Group: "g", At: opened.Add(time.Second), Value: n}
	}
	tally.Add([]Sample{bucket(250*time.Millisecond, 0), bucket(500*time.Millisecond, 7), bucket(Infinite, 7)})
	_, candidate, _ := looked(tally)
	n, used, ok := candidate.Latency.AtMost(250 * time.Millisecond)
	if !ok || n != 0 || used != 250*time.Millisecond {
		t.Errorf("at most 250 ms: %d at bound %s, %v; want 0 of 7 at 250 ms", n, used, ok)
	}
}
