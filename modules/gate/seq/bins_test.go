package seq_test

import (
	"math"
	"testing"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// Every outcome of a look of n trials in which errors come k at a time, at a
// rate of just the limit: the bet has mean at most 1 for any k, and close to 1
// when a look has at most one cluster, so that nothing is given away.
func TestBetsOnBinsAreFairForClustersOfAnySize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s     float64
		n, k  int
		least float64
	}{
		{.01, 10, 1, .95},
		{.01, 10, 5, .15}, // a cluster counts once: less to win
		{.01, 60, 1, .6},
		{.001, 10, 1, .99},
		{.1, 5, 1, .7},
		{.01, 100, 1, 1},
		{.5, 10, 5, 1}, // expected to have some: no bet
	} {
		places := c.n / c.k // at each a cluster may begin
		rate := c.s         // of its n trials, s·n are bad on average
		mean := 0.
		for x := range places + 1 {
			mean += chance(places, x, rate) * eValue(seq.BinsAbove(c.s), 1, seq.Counts{N: float64(c.n), X: float64(x * c.k)})
		}
		if mean > 1+1e-9 || mean < c.least-1e-9 {
			t.Errorf("%+v: mean %v", c, mean)
		}
	}
}

func TestBinsFindWhatClustersHide(t *testing.T) {
	t.Parallel()
	bins, trials := seq.BinsAbove(.01), seq.LimitAbove(.01)
	for range 20 { // twenty clusters of 10 among 400 requests
		bins.Look(seq.Counts{N: 10, X: 10}, 1)
		bins.Look(seq.Counts{N: 10}, 1)
		trials.Look(seq.Counts{N: 10, X: 10}, .1)
		trials.Look(seq.Counts{N: 10}, .1)
	}
	if bins.LogE() < math.Log(1e6) {
		t.Errorf("half of the looks have an error, a tenth may: odds of only 1 in %.0f", math.Exp(bins.LogE()))
	}
}
