package seq_test

import (
	"encoding/json"
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
		c.Window(900, float64(x), 1)
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
		c.Window(1000, float64(w%8/7), 1) // 12 errors, one by one
	}
	if k, known := c.Size(); known {
		t.Errorf("12 errors are said to show clusters of %v", k)
	}
	c.Window(1000, 20, 1)
	if k, known := c.Size(); known || k < 5 {
		t.Errorf("20 errors in one window: clusters of %v (%v), want a guess of many, not yet known", k, known)
	}
	for w := range 200 {
		c.Window(1000, float64(w%2), 1)
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
		whole.Window(40, x, 1)
		cut.Window(10, 0, .25)
		cut.Window(10, x, .25)
		cut.Window(20, 0, .5)
	}
	a, _ := whole.Size()
	b, _ := cut.Size()
	if a != b {
		t.Errorf("clusters of %v, cut into small windows %v", a, b)
	}
}

// spread feeds an estimate with windows of 2 s of 200 requests of which one in a
// hundred fails, k at a time, each cluster over some windows.
func spread(k, over, windows int) seq.Clusters {
	var c seq.Clusters
	rng := rand.New(rand.NewPCG(5, 6))
	later := make([]float64, windows+over+1)
	for w := range windows {
		for range 200 {
			if rng.Float64() < .01/float64(k) {
				for range k {
					later[w+rng.IntN(over+1)]++
				}
			}
		}
		c.Window(200, later[w], 1)
	}
	return c
}

// Errors of one cause that come over ten seconds look like single ones to
// neighbouring windows of two, which share them.
func TestClustersThatLastAreMeasured(t *testing.T) {
	t.Parallel()
	long := spread(10, 5, 300)
	if k, known := long.Size(); !known || k < 6 || k > 25 {
		t.Errorf("clusters of 10 over 10 s are measured as %v (%v)", k, known)
	}
	if w := long.Lasts(); w < 4 {
		t.Errorf("they are said to last %v windows of 2 s", w)
	}
	short := spread(10, 0, 300)
	if w := short.Lasts(); w != 1 {
		t.Errorf("clusters within a window are said to last %v", w)
	}
}

// A proof that errors are rare goes by what their size is hardly above: few windows
// are long enough for errors that come over ten seconds. Single errors cost it nothing.
func TestWhatASizeIsHardlyAbove(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		k, over, windows int
		low, high        float64 // times the size
	}{
		"clusters over ten seconds":    {10, 5, 300, 1.1, 3},
		"two minutes of single errors": {1, 0, 60, 1, 1.05},
		"an hour of single errors":     {1, 0, 1800, 1, 1.05},
	} {
		est := spread(c.k, c.over, c.windows)
		k, _ := est.Size()
		if b := est.Bound(); b < c.low*k || b > c.high*k {
			t.Errorf("%s: hardly above %v where the size is %v", reason, b, k)
		}
	}
}

// outages is a stream of 200 requests a window, one in a hundred failing by
// itself, half of them for ten windows at each of the times.
func outages(at ...int) seq.Clusters {
	var c seq.Clusters
	rng := rand.New(rand.NewPCG(7, 8))
	for w := range 300 {
		rate, x := .01, 0.
		for _, a := range at {
			if w >= a && w < a+10 {
				rate = .5
			}
		}
		for range 200 {
			if rng.Float64() < rate {
				x++
			}
		}
		c.Window(200, x, 1)
	}
	return c
}

func TestAnOutageIsNoCluster(t *testing.T) {
	t.Parallel()
	none, one, three := outages(), outages(100), outages(50, 150, 250)
	for name, c := range map[string]seq.Clusters{"no outage": none, "one": one, "three": three} {
		if k, known := c.Size(); !known || k > 2 {
			t.Errorf("%s: clusters of %v (%v), want single errors", name, k, known)
		}
	}
	if one.Episodes().Recurring() || !three.Episodes().Recurring() {
		t.Error("one outage is an accident, three are a habit")
	}
	if l := three.Episodes().Length(); l < 9 || l > 13 {
		t.Errorf("outages of 10 windows are said to last %v", l)
	}
	if n := three.Episodes().Size(200); n < 800 || n > 1300 {
		t.Errorf("1,000 errors an outage are said to be %v", n)
	}
}

// A rate that is higher for good is no outage.
func TestWhatLastsIsUsual(t *testing.T) {
	t.Parallel()
	var c seq.Clusters
	for range 50 {
		c.Window(200, 1, 1)
	}
	for range 200 {
		c.Window(200, 40, 1)
	}
	for range 50 {
		c.Window(200, 39, 1)
	}
	if c.Episodes().Recurring() || c.Trials() < 200*200 {
		t.Errorf("%v trials are counted as usual", c.Trials())
	}
}

func TestAnEstimateIsKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]seq.Clusters{"clusters": spread(10, 5, 133), "an outage under way": outages(292), "outages": outages(20, 90)} {
		data, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var back seq.Clusters
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		for range 30 {
			c.Window(150, 3, 1)
			back.Window(150, 3, 1)
		}
		a, _ := c.Size()
		b, _ := back.Size()
		if a != b || c.Lasts() != back.Lasts() || c.Episodes().Size(100) != back.Episodes().Size(100) {
			t.Errorf("%s: %v, read back %v", name, a, b)
		}
	}
}

// Records from before windows of several widths are one list.
func TestAnOlderEstimateIsRead(t *testing.T) {
	t.Parallel()
	var c seq.Clusters
	if err := json.Unmarshal([]byte(`[20000,200,10,1,200,2,99,2.97]`), &c); err != nil {
		t.Fatal(err)
	}
	if k, known := c.Size(); !known || k < 3 || k > 4.5 {
		t.Errorf("clusters of %v (%v), want some 3", k, known)
	}
	if err := json.Unmarshal([]byte(`["a"]`), &c); err == nil {
		t.Error("no numbers, and it is taken")
	}
}
