// Package evidence is the vocabulary that sources of metrics and gates share:
// counts of requests, errors and latencies of the versions. It holds types and
// arithmetic only, so that neither side has to know the other.
package evidence

import "time"

// Counts are what one version served over a window.
type Counts struct {
	// Requests is the number of finished requests.
	Requests uint64 `json:"requests"`
	// Errors is how many of them failed: by default HTTP 5xx, a gRPC status that
	// means a server fault, or no answer at all, other than because the caller hung
	// up.
	Errors uint64 `json:"errors"`
	// Outcomes are those that were no plain success, by what came of them; see
	// package outcome. Older records have none.
	Outcomes Outcomes `json:"outcomes,omitempty"`
	// Latency counts the requests by duration.
	Latency Histogram `json:"latency"`
}

// Reading is one look at a source: totals since the reader was opened, so two
// readings subtract to the Evidence between them.
type Reading struct {
	// At is when the source was asked.
	At time.Time `json:"at"`
	// Fresh is the time of the newest sample behind the totals; a source that
	// serves old samples has an old Fresh even though At is now.
	Fresh time.Time `json:"fresh"`
	// Reported is how far the counts of each version reach, by a source that can
	// tell them apart.
	Reported Reported `json:"reported,omitzero"`
	// Stable and Candidate are monotone totals, and so is Baseline: what the
	// baseline served, where there is one. It is no part of Stable's.
	Stable    Counts `json:"stable"`
	Candidate Counts `json:"candidate"`
	Baseline  Counts `json:"baseline,omitzero"`
	// Values are the answers to free queries, by name.
	Values map[string]Value `json:"values,omitempty"`
	// Notes say what was odd: a counter reset, a missing proxy, a NaN.
	Notes []string `json:"notes,omitempty"`
}

// Reported is until when the counts of each version are in; zero where that is
// not known.
type Reported struct {
	Stable    time.Time `json:"stable,omitzero"`
	Candidate time.Time `json:"candidate,omitzero"`
	Baseline  time.Time `json:"baseline,omitzero"`
}

// Value is the answer to a free query. OK is false when the query gave no
// number (no series, NaN): that is no evidence, neither good nor bad.
type Value struct {
	Value float64   `json:"value"`
	At    time.Time `json:"at"`
	OK    bool      `json:"ok"`
}

// Evidence is what happened between two readings.
type Evidence struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	// Fresh is the newest sample's time at the end of the window.
	Fresh     time.Time        `json:"fresh"`
	Reported  Reported         `json:"reported,omitzero"`
	Stable    Counts           `json:"stable"`
	Candidate Counts           `json:"candidate"`
	Baseline  Counts           `json:"baseline,omitzero"`
	Values    map[string]Value `json:"values,omitempty"`
	// OnTrial is since when the candidate has had traffic without a break; zero
	// while it has none. What a free query looks back to before then is no word
	// about the candidate.
	OnTrial time.Time `json:"onTrial,omitzero"`
}

// Since is the Evidence between an earlier reading and this one.
func (r Reading) Since(earlier Reading) Evidence {
	return Evidence{
		Start: earlier.At, End: r.At, Fresh: r.Fresh, Reported: r.Reported,
		Stable:    r.Stable.Sub(earlier.Stable),
		Candidate: r.Candidate.Sub(earlier.Candidate),
		Baseline:  r.Baseline.Sub(earlier.Baseline),
		Values:    r.Values,
	}
}

// Add joins two adjoining windows; the later one's values and times win.
func (e Evidence) Add(later Evidence) Evidence {
	start := e.Start
	if start.IsZero() {
		start = later.Start
	}
	return Evidence{
		Start: start, End: later.End, Fresh: later.Fresh, Reported: later.Reported,
		Stable:    e.Stable.Add(later.Stable),
		Candidate: e.Candidate.Add(later.Candidate),
		Baseline:  e.Baseline.Add(later.Baseline),
		Values:    later.Values,
		OnTrial:   later.OnTrial,
	}
}

// OnTrialAfter is OnTrial of this look, at which the routes gave the candidate
// weight percent; before is OnTrial of the look before.
func (e Evidence) OnTrialAfter(before time.Time, weight int) time.Time {
	switch {
	case weight == 0:
		return time.Time{}
	case before.IsZero() && e.Candidate.Requests > 0:
		return e.End
	default:
		return before
	}
}

// Share is the candidate's part of all requests, 0 to 1; false without any.
func (e Evidence) Share() (float64, bool) {
	n := e.Requests()
	if n == 0 {
		return 0, false
	}
	return float64(e.Candidate.Requests) / float64(n), true
}

// Requests is how many all versions served.
func (e Evidence) Requests() uint64 {
	return e.Stable.Requests + e.Candidate.Requests + e.Baseline.Requests
}

// IsZero says that nothing was counted.
func (c Counts) IsZero() bool { return c.Requests == 0 && c.Errors == 0 && c.Latency.IsZero() }

// ErrorRate is errors per request, 0 to 1; false without requests.
func (c Counts) ErrorRate() (float64, bool) {
	if c.Requests == 0 {
		return 0, false
	}
	return float64(c.Errors) / float64(c.Requests), true
}

// Add sums two windows.
func (c Counts) Add(o Counts) Counts {
	return Counts{Requests: c.Requests + o.Requests, Errors: c.Errors + o.Errors, Outcomes: c.Outcomes.add(o.Outcomes), Latency: c.Latency.Add(o.Latency)}
}

// Sub is c minus an earlier total of the same reader, never below zero.
func (c Counts) Sub(o Counts) Counts {
	return Counts{Requests: minus(c.Requests, o.Requests), Errors: minus(c.Errors, o.Errors), Outcomes: c.Outcomes.sub(o.Outcomes), Latency: c.Latency.Sub(o.Latency)}
}

func minus(a, b uint64) uint64 {
	if b > a {
		return 0
	}
	return a - b
}
