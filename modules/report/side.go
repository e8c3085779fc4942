package report

import "github.com/headgate-ci/headgate/modules/evidence"

// SideOf is what was counted, as a report shows it.
func SideOf(c evidence.Counts) Side {
	s := Side{Requests: c.Requests, Errors: c.Errors}
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

// Versions are those that the Result has looked at: stable and candidate, or
// the one that `verify` measured; none where nothing was begun.
func (r Result) Versions() []Version {
	if r.Verdict == Errored {
		return nil // nothing was looked at
	}
	if r.Strategy == StrategyVerify {
		return []Version{{"service", r.Candidate}}
	}
	return []Version{{"stable", r.Stable}, {"candidate", r.Candidate}}
}
