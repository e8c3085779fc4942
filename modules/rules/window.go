package rules

import (
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Window is a range of a PromQL query over the candidate's counters: what
// rate() or irate() makes of the samples that Prometheus took in it. A series is
// there from its first count on, and says nothing before it has two samples in
// the range. Both sides of a ratio are extrapolated alike, so that is left out.
type Window struct {
	Length time.Duration
	// Scrape lies between two samples.
	Scrape time.Duration
	// Instant takes the last two samples alone, as irate() does.
	Instant bool
}

// answer is what a query gives: a number, NaN (0/0), or nothing at all.
type answer struct {
	value float64
	empty bool
}

func (a answer) none() bool { return a.empty || math.IsNaN(a.value) }

// success is the share of requests that did not fail, in percent.
func (w Window) success(h *History, at time.Duration) answer {
	good, okGood := w.growth(h, at, func(c evidence.Counts) uint64 { return c.Requests - min(c.Errors, c.Requests) })
	bad, okBad := w.growth(h, at, func(c evidence.Counts) uint64 { return c.Errors })
	if !okGood {
		return answer{empty: true} // no series of good requests to divide
	}
	if !okBad {
		bad = 0
	}
	return answer{value: 100 * float64(good) / float64(good+bad)} // NaN without any
}

// p99 is the 99th percentile of the durations.
func (w Window) p99(h *History, at time.Duration) answer {
	times := w.samples(h, at, func(c evidence.Counts) uint64 { return c.Latency.Total })
	if len(times) < 2 {
		return answer{empty: true}
	}
	grown := h.Candidate(times[len(times)-1]).Latency.Sub(h.Candidate(times[0]).Latency)
	q, ok := grown.Quantile(.99)
	if !ok {
		return answer{value: math.NaN()}
	}
	return answer{value: float64(q) / float64(time.Millisecond)}
}

// growth is how much one series grew between its samples in the range; false
// when there are fewer than two.
func (w Window) growth(h *History, at time.Duration, series func(evidence.Counts) uint64) (uint64, bool) {
	times := w.samples(h, at, series)
	if len(times) < 2 {
		return 0, false
	}
	return series(h.Candidate(times[len(times)-1])) - series(h.Candidate(times[0])), true
}

// samples are the times at which a series was sampled in the range, the first
// and the last of them.
func (w Window) samples(h *History, at time.Duration, series func(evidence.Counts) uint64) []time.Duration {
	last := at / w.Scrape * w.Scrape
	var out []time.Duration
	for t := last; t > at-w.Length && t >= 0; t -= w.Scrape {
		if series(h.Candidate(t)) == 0 {
			break // not there yet
		}
		out = append([]time.Duration{t}, out...)
		if w.Instant && len(out) == 2 {
			break
		}
	}
	return out
}
