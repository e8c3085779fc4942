package seq_test

import (
	"math"
	"testing"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// Every outcome of a bin in which errors come k at a time, at a rate of just the
// limit: the bet has mean at most 1 for any k, and close to 1 where next to
// nothing is cut off, so that nothing is given away.
func TestBetsOnWholeBinsAreFairForClustersOfAnySize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		s     float64
		n, k  int
		least float64
	}{
		{.01, 10, 1, .99},
		{.01, 10, 5, .5}, // most of a cluster is cut off by the smaller caps
		{.01, 60, 1, .9},
		{.001, 10, 1, .99},
		{.1, 50, 1, .3},
		{.01, 2000, 1, .1}, // far more errors than the smaller caps count
		{.5, 10, 5, .1},
	} {
		places, mean := c.n/c.k, 0. // at each a cluster may begin
		for x := range places + 1 {
			mean += chance(places, x, c.s) * eValue(seq.ExcessAbove(c.s), 1, seq.Counts{N: float64(c.n), X: float64(x * c.k)})
		}
		if mean > 1+1e-9 || mean < c.least-1e-9 {
			t.Errorf("%+v: mean %v", c, mean)
		}
	}
}

// Every split of the clusters of a bin between the versions, as their requests
// are split and each just as bad as allowed: the bet has mean 1 exactly, for
// clusters of any size and any number of them.
func TestBetsOnSharesAreFairForClustersOfAnySize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		m        float64
		n, base  float64
		clusters []float64 // their sizes
	}{
		{1, 100, 900, []float64{1}},
		{1.5, 100, 900, []float64{1, 1, 1, 1, 1}},
		{1.5, 500, 500, []float64{10, 10}},
		{2, 100, 9900, []float64{1, 3, 50, 1}},
		{1.5, 900, 100, []float64{7}},
	} {
		p, mean := c.n*c.m/(c.n*c.m+c.base), 0.
		for whose := range 1 << len(c.clusters) {
			bin, weight := seq.Counts{N: c.n, BaseN: c.base}, 1.
			for i, size := range c.clusters {
				if whose>>i&1 == 1 {
					bin.X, weight = bin.X+size, weight*p
				} else {
					bin.BaseX, weight = bin.BaseX+size, weight*(1-p)
				}
			}
			mean += weight * eValue(seq.SharesAbove(c.m), 1, bin)
		}
		if math.Abs(mean-1) > 1e-9 {
			t.Errorf("%+v: mean %v", c, mean)
		}
	}
}

func TestWholeBinsFindWhatClustersHide(t *testing.T) {
	t.Parallel()
	bins, shares, trials := seq.ExcessAbove(.01), seq.SharesAbove(1.5), seq.LimitAbove(.01)
	for range 10 { // ten clusters of 10 among 200 requests
		for _, c := range []seq.Counts{{N: 10, X: 10, BaseN: 90}, {N: 10, BaseN: 90}} {
			bins.Look(c, 1)
			shares.Look(c, 1)
			trials.Look(c, .01) // as after an outage
		}
	}
	if bins.LogE() < math.Log(1000) || shares.LogE() < math.Log(1000) {
		t.Errorf("half of the bins have errors, all of them the candidate's: %v and %v", bins.LogE(), shares.LogE())
	}
	if trials.LogE() > 3 {
		t.Errorf("the bet by clusters finds it, too (%v): this test shows nothing", trials.LogE())
	}
}

func TestABinWithoutOneSideIsNoBet(t *testing.T) {
	t.Parallel()
	for _, c := range []seq.Counts{{}, {N: 10, X: 5}, {BaseN: 10, BaseX: 5}, {N: 10, BaseN: 10}} {
		if e := eValue(seq.SharesAbove(1.5), 1, c); math.Abs(e-1) > 1e-9 {
			t.Errorf("%+v changes the fortune to %v", c, e)
		}
	}
}
