package seq_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/headgate-ci/headgate/modules/gate/seq"
)

// windows feeds an estimate with 300 windows of 900 requests.
func windows(k int, rate func(window int) float64) seq.Clusters {
	var c seq.Clusters
	rng := rand.New(rand.NewPCG(3, 4))
	for w := range 300 {
		x := 0
		for range 900 {
			if rng.Float64() < rate(w)/float64(k) {
				x += k
			}
		}
		c.Window(900, float64(x))
	}
	return c
}

func TestClustersAreMeasured(t *testing.T) {
	t.Parallel()
	steady := func(int) float64 { return .01 }
	drifting := func(w int) float64 { return .01 * (1 + .9*math.Sin(float64(w)/50)) }
	for reason, c := range map[string]struct {
		k         int
		rate      func(int) float64
		low, high float64
	}{
		"independent errors":                  {1, steady, 1, 1},
		"a rate that drifts is not a cluster": {1, drifting, 1, 1},
		"three at a time":                     {3, steady, 2.7, 4.2},
		"ten at a time":                       {10, steady, 8.5, 14},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			est := windows(c.k, c.rate)
			if k, known := est.Size(); !known || k < c.low || k > c.high {
				t.Errorf("measured %v (%v), want %v to %v", k, known, c.low, c.high)
			}
		})
	}
}

func TestFewErrorsSayNothingOfClusters(t *testing.T) {
	t.Parallel()
	var c seq.Clusters
	for w := range 100 {
		c.Window(1000, float64(w%8/7)) // 12 errors, one by one
	}
	if k, known := c.Size(); known {
		t.Errorf("12 errors are said to show clusters of %v", k)
	}
	c.Window(1000, 20)
	if k, known := c.Size(); known || k < 5 {
		t.Errorf("20 errors in one window: clusters of %v (%v), want a guess of many, not yet known", k, known)
	}
	for w := range 200 {
		c.Window(1000, float64(w%2))
	}
	if _, known := c.Size(); !known {
		t.Error("100 errors more should do")
	}
}

func TestSmallWindowsAreTakenTogether(t *testing.T) {
	t.Parallel()
	var whole, cut seq.Clusters
	for w := range 300 {
		x := float64(w % 10 / 9 * 5)
		whole.Window(40, x)
		cut.Window(10, 0)
		cut.Window(10, x)
		cut.Window(20, 0)
	}
	a, _ := whole.Size()
	b, _ := cut.Size()
	if a != b {
		t.Errorf("clusters of %v, cut into small windows %v", a, b)
	}
}
