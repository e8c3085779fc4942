package report

import "github.com/headgate-ci/headgate/modules/evidence"

// SideOf is what was counted, as a report shows it.
func SideOf(c evidence.Counts) Side {
	s := Side{Requests: c.Requests, Errors: c.Errors, Outcomes: c.Outcomes}
	if rate, ok := c.ErrorRate(); ok {
		s.ErrorRate = &rate
	}
	quantile := func(q float64) *float64 {
		d, ok := c.Latency.Quantile(q)
		if !ok {
			return nil
		}
		v := ms(d)
		return &v
	}
	s.Latency = Latency{P50: quantile(.5), P90: quantile(.9), P99: quantile(.99)}
	return s
}

// BesideOf is SideOf for a version that need not be there; nil when it served
// nothing.
func BesideOf(c evidence.Counts) *Side {
	if c.Requests == 0 {
		return nil
	}
	s := SideOf(c)
	return &s
}

// Strategies of results that did not move anything.
const (
	StrategyVerify = "verify"
	StrategyGate   = "gate"
)

// Version is a side with its name.
type Version struct {
	Name string
	Side
}

// Versions are those that the Result has looked at: stable, candidate, of it what
// was a warm-up, and the baseline if there was one, or the one that `verify` measured; none where nothing was begun.
func (r Result) Versions() []Version {
	if r.Verdict == Errored {
		return nil // nothing was looked at
	}
	if r.Strategy == StrategyVerify {
		return []Version{{"service", r.Candidate}}
	}
	out := []Version{{"stable", r.Stable}, {"candidate", r.Candidate}}
	if r.Warmup != nil {
		out = append(out, Version{"of it warm-up", *r.Warmup})
	}
	if r.Baseline != nil {
		out = append(out, Version{"baseline", *r.Baseline})
	}
	return out
}
