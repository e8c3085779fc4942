package counter

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var opened = time.Unix(1_000, 0)

func at(seconds int) time.Time { return opened.Add(time.Duration(seconds) * time.Second) }

func TestObserve(t *testing.T) {
	t.Parallel()
	type seen struct {
		second int
		value  float64
	}
	tests := map[string]struct {
		reason   string
		baseline []float64
		seen     []seen
		want     uint64
		resets   int
		invalid  int
	}{
		"growth": {
			reason:   "only what came after the baseline counts",
			baseline: []float64{100}, seen: []seen{{1, 110}, {2, 125}}, want: 25,
		},
		"new series": {
			reason: "a series that appears after the opening is new traffic, from its first request on",
			seen:   []seen{{1, 7}, {2, 9}}, want: 9,
		},
		"older than the opening": {
			reason: "a sample that was taken before the opening is a baseline even if it arrives later",
			seen:   []seen{{-5, 1_000}, {1, 1_003}}, want: 3,
		},
		"restart": {
			reason:   "a smaller value is a counter that began again",
			baseline: []float64{100}, seen: []seen{{1, 120}, {2, 5}, {3, 8}}, want: 28, resets: 1,
		},
		"gap": {
			reason:   "a series that was away keeps its place",
			baseline: []float64{100}, seen: []seen{{1, 101}, {600, 150}}, want: 50,
		},
		"duplicate": {
			reason:   "one sample counts once, however often it is served",
			baseline: []float64{100}, seen: []seen{{1, 110}, {1, 110}, {1, 90}}, want: 10,
		},
		"lagging replica": {
			reason:   "an older sample after a newer one is not a restart",
			baseline: []float64{100}, seen: []seen{{10, 150}, {5, 120}, {15, 160}}, want: 60,
		},
		"no counts": {
			reason:   "what is no count is skipped and the place is kept",
			baseline: []float64{100}, seen: []seen{{1, math.NaN()}, {2, math.Inf(1)}, {3, -1}, {4, 1e300}, {5, 104}}, want: 4, invalid: 4,
		},
		"fractions": {
			reason:   "sums are rounded value by value, so the error does not add up",
			baseline: []float64{0.4}, seen: []seen{{1, 1.4}, {2, 2.4}, {3, 3.4}}, want: 3,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracker := New(opened)
			for _, v := range test.baseline {
				tracker.Baseline(Sample{Series: "a", At: opened, Value: v})
			}
			var total uint64
			var resets, invalid int
			for _, s := range test.seen {
				change := tracker.Observe(Sample{Series: "a", At: at(s.second), Value: s.value})
				total += change.Growth
				if change.Reset {
					resets++
				}
				if change.Invalid {
					invalid++
				}
			}
			if total != test.want || resets != test.resets || invalid != test.invalid {
				t.Errorf("%s: counted %d with %d resets and %d invalid, want %d, %d, %d",
					test.reason, total, resets, invalid, test.want, test.resets, test.invalid)
			}
		})
	}
}

// process is a Pod with one counter, as it really is.
type process struct {
	value uint64
	lost  uint64 // by restarts, at most
}

// TestTotalIsTheTruth scrapes Pods that serve, restart, go away, come back,
// are scraped late, twice, or not at all.
func TestTotalIsTheTruth(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tracker := New(opened)
		pods := make([]process, rapid.IntRange(1, 4).Draw(t, "pods"))
		for i := range pods {
			pods[i].value = rapid.Uint64Range(0, 1_000).Draw(t, "before")
			tracker.Baseline(Sample{Series: fmt.Sprint(i), At: opened, Value: float64(pods[i].value)})
		}
		var truth, total uint64
		for second := range rapid.IntRange(1, 60).Draw(t, "seconds") {
			i := rapid.IntRange(0, len(pods)-1).Draw(t, "pod")
			p := &pods[i]
			switch rapid.SampledFrom([]string{"serve", "serve", "serve", "scrape", "scrape", "twice", "late", "restart"}).Draw(t, "what") {
			case "serve":
				n := rapid.Uint64Range(0, 500).Draw(t, "requests")
				p.value, truth = p.value+n, truth+n
			case "restart":
				// Lost: what was not scraped, and what the counter grows by
				// until it passes its old value unseen.
				p.lost += p.value
				p.value = 0
			case "late":
				total += tracker.Observe(Sample{Series: fmt.Sprint(i), At: at(-1), Value: float64(p.value / 2)}).Growth
			default:
				s := Sample{Series: fmt.Sprint(i), At: at(second + 1), Value: float64(p.value)}
				total += tracker.Observe(s).Growth + tracker.Observe(s).Growth
			}
		}
		for i := range pods {
			total += tracker.Observe(Sample{Series: fmt.Sprint(i), At: at(1_000), Value: float64(pods[i].value)}).Growth
		}
		var lost uint64
		for _, p := range pods {
			lost += p.lost
		}
		if total > truth || total+lost < truth {
			t.Fatalf("counted %d, truth is %d, and restarts can hide at most %d", total, truth, lost)
		}
	})
}

func FuzzObserve(f *testing.F) {
	f.Add(1.0, 2.0, 3.0, int64(1))
	f.Add(math.NaN(), 1e300, math.Copysign(0, -1), int64(-1))
	f.Add(9.007199254740992e15, 0.0, 9.1e15, int64(0))
	f.Fuzz(func(t *testing.T, a, b, c float64, step int64) {
		tracker := New(opened)
		when := opened
		for _, v := range []float64{a, b, c} {
			when = when.Add(time.Duration(step))
			if change := tracker.Observe(Sample{Series: "a", At: when, Value: v}); change.Growth > Largest {
				t.Fatalf("one sample of %v counted for %d", v, change.Growth)
			}
		}
		if tracker.Len() > 1 {
			t.Fatalf("one series is remembered %d times", tracker.Len())
		}
	})
}
