package sim

import (
	"math/rand/v2"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// World makes the traffic of one rollout, window by window.
type World struct {
	t   Traffic
	rng *rand.Rand
	now time.Time
}

// NewWorld begins one; a seed gives the same traffic again. Of Traffic it reads
// the rate, the versions and the cluster.
func NewWorld(t Traffic, seed uint64) *World {
	return &World{t: t, rng: source(seed), now: time.Unix(1e9, 0)}
}

// source is a stream of random numbers that a seed gives again.
func source(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) //nolint:gosec // played dice, not secrets
}

// Window is the traffic of the time to come, a share of which (0 to 1) goes to
// the candidate.
func (w *World) Window(share float64, length time.Duration) evidence.Evidence {
	start := w.now
	w.now = w.now.Add(length)
	n := w.whole(w.t.PerSecond * length.Seconds())
	c := binomial(w.rng, n, share)
	out := evidence.Evidence{Start: start, End: w.now, Fresh: w.now, Candidate: w.serve(w.t.Candidate, c)}
	if w.t.Beside {
		b := binomial(w.rng, n-c, min(share/(1-share), 1))
		out.Baseline, n = w.serve(w.t.Stable, b), n-b
	}
	out.Stable = w.serve(w.t.Stable, n-c)
	return out
}

// serve fails some of n requests, each failing one again as often as the cluster
// says, all on the same version.
func (w *World) serve(v Version, n uint64) evidence.Counts {
	k := float64(max(w.t.Cluster, 1))
	bursts := binomial(w.rng, n, v.Errors/(k-(k-1)*v.Errors))
	extra := bursts * uint64(k-1)
	return evidence.Counts{Requests: n + extra, Errors: bursts + extra, Latency: w.latency(v, n+extra)}
}

func (w *World) latency(v Version, n uint64) evidence.Histogram {
	if len(v.Latency) == 0 {
		return evidence.Histogram{}
	}
	h := evidence.Histogram{Total: n, Buckets: make(map[time.Duration]uint64, len(v.Latency))}
	var fast uint64
	below := 0.
	for _, b := range v.Latency {
		if below < 1 {
			fast += binomial(w.rng, n-fast, (b.Share-below)/(1-below))
		}
		below = b.Share
		h.Buckets[b.Bound] = fast
	}
	return h
}

// whole rounds up or down at random so that the mean is v.
func (w *World) whole(v float64) uint64 {
	n := uint64(v)
	if w.rng.Float64() < v-float64(n) {
		n++
	}
	return n
}
