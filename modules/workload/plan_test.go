package workload

import "testing"

func TestReplicasForAWeight(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		stable, weight, fixed, want int
		reason                      string
	}{
		{10, 1, 0, 1, "rounded up"},
		{10, 5, 0, 1, "half a Pod is one"},
		{10, 25, 0, 3, "2.5 rounded up"},
		{10, 50, 0, 5, "exact"},
		{10, 100, 0, 10, "all of it"},
		{3, 34, 0, 2, "1.02 is two: enough before the weight moves"},
		{0, 50, 0, 1, "stable scaled to nothing: one Pod to try"},
		{10, 0, 0, 1, "ready before the first weight"},
		{10, 25, 4, 4, "the user fixed it"},
	} {
		if got := (Plan{StableReplicas: tc.stable, FixedReplicas: tc.fixed}).Replicas(tc.weight); got != tc.want {
			t.Errorf("%d replicas, weight %d, fixed %d: %d, want %d (%s)", tc.stable, tc.weight, tc.fixed, got, tc.want, tc.reason)
		}
	}
}
