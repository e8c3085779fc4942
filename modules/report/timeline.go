package report

import (
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// Timeline is every look of a Rollout in order; see Add for how many it keeps.
type Timeline []Point

// Point is one look: what happened since the look before it, and what the
// gates made of it. Of neighbours that were joined it is all of them together.
type Point struct {
	// At is when the look ended; it covers the Seconds before.
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"`
	// AgeSeconds is how much older than At the newest sample was; nil without
	// any sample.
	AgeSeconds *float64 `json:"ageSeconds,omitempty"`
	// Reported is how far the counts of each version reach, where one's are a second
	// or more behind another's.
	Reported evidence.Reported `json:"reported,omitzero"`
	// Unread says that the metrics could not be read: the gates were given
	// nothing.
	Unread bool `json:"unread,omitempty"`
	// Warming says that the candidate's Pods warmed up: what it served was held to
	// its own limit and shown to no gate.
	Warming bool `json:"warming,omitempty"`
	// Looks is how many looks were joined here, 0 for a single one.
	Looks int    `json:"looks,omitempty"`
	Step  string `json:"step"`
	// Anew says that a new step's question was put to the gates before this look,
	// and Part which part of a proof it wants: Panel.NextStep(Part).
	Anew bool    `json:"anew,omitempty"`
	Part float64 `json:"part,omitempty"`
	// Resumed says that another process went on with the Rollout before this
	// look, with gates that had seen nothing: NewPanel. Where what they had seen
	// came along, it is false.
	Resumed bool `json:"resumed,omitempty"`
	// Weight is the candidate's share in percent that was last asked of the routes.
	Weight    int                       `json:"weight"`
	Stable    Counts                    `json:"stable"`
	Candidate Counts                    `json:"candidate"`
	Baseline  Counts                    `json:"baseline,omitzero"`
	Values    map[string]evidence.Value `json:"values,omitempty"`
	// Gates are the answers at this look; none where gates were not asked.
	Gates []Answer `json:"gates,omitempty"`
}

// Answer is what a gate said at a look.
type Answer struct {
	Gate    string `json:"gate"`
	Outcome string `json:"outcome"`
	Reason  string `json:"reason,omitempty"`
	// Progress is the part of the Evidence needed that was there, 0 to 1.
	Progress float64 `json:"progress"`
	// LogE is the natural logarithm of the e-value against the candidate, and
	// FailAt what it must reach for the gate to fail; nil where the gate has none.
	LogE   *float64 `json:"logE,omitempty"`
	FailAt *float64 `json:"failAt,omitempty"`
}

// Counts are what one version served during a look.
type Counts struct {
	Requests uint64 `json:"requests"`
	Errors   uint64 `json:"errors,omitempty"`
	// Outcomes are those that were no plain success: HTTP status, with the gRPC
	// status behind a slash, or hangup.
	Outcomes evidence.Outcomes `json:"outcomes,omitempty"`
	Latency  *Histogram        `json:"latency,omitempty"`
}

// Histogram counts requests by duration. Counts[i] is how many took at most
// LeMs[i] milliseconds; Total has also those above the last bound.
type Histogram struct {
	Total  uint64    `json:"total"`
	SumMs  float64   `json:"sumMs,omitempty"`
	LeMs   []float64 `json:"leMs,omitempty"`
	Counts []uint64  `json:"counts,omitempty"`
}

// PointOf is a look at the Evidence since the one before.
func PointOf(e evidence.Evidence) Point {
	p := Point{At: e.End.Round(0).UTC(), Seconds: e.End.Sub(e.Start).Seconds(), Stable: countsOf(e.Stable), Candidate: countsOf(e.Candidate), Baseline: countsOf(e.Baseline), Values: e.Values}
	if !e.Fresh.IsZero() {
		age := e.End.Sub(e.Fresh).Seconds()
		p.AgeSeconds = &age
	}
	p.Reported = apart(e.Reported)
	return p
}

// together is within which time counts of several versions are of one moment.
const together = time.Second

// apart is how far counts reach where it matters: nothing when all of them are of one
// moment, or their source does not tell.
func apart(r evidence.Reported) evidence.Reported {
	var first, last time.Time
	for _, at := range []*time.Time{&r.Stable, &r.Candidate, &r.Baseline} {
		if at.IsZero() {
			continue
		}
		*at = at.Round(0).UTC()
		if first.IsZero() || at.Before(first) {
			first = *at
		}
		if at.After(last) {
			last = *at
		}
	}
	if last.Sub(first) < together {
		return evidence.Reported{}
	}
	return r
}

// Evidence is the look as a gate's Trial takes it: PointOf's inverse to the
// nanosecond, and empty for a look that read nothing.
func (p Point) Evidence() evidence.Evidence {
	if p.Unread {
		return evidence.Evidence{}
	}
	e := evidence.Evidence{
		Start: p.At.Add(-nanos(p.Seconds)), End: p.At,
		Stable: p.Stable.evidence(), Candidate: p.Candidate.evidence(), Baseline: p.Baseline.evidence(), Values: p.Values,
		Reported: p.Reported,
	}
	if p.AgeSeconds != nil {
		e.Fresh = p.At.Add(-nanos(*p.AgeSeconds))
	}
	return e
}

// Warmup is what the candidate served while its Pods warmed up.
func (t Timeline) Warmup() (out evidence.Counts) {
	for _, p := range t {
		if p.Warming {
			out = out.Add(p.Candidate.evidence())
		}
	}
	return out
}

func nanos(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds * float64(time.Second)))
}

func countsOf(c evidence.Counts) Counts {
	out := Counts{Requests: c.Requests, Errors: c.Errors, Outcomes: c.Outcomes}
	if c.Latency.Total == 0 && len(c.Latency.Buckets) == 0 {
		return out
	}
	h := &Histogram{Total: c.Latency.Total, SumMs: ms(c.Latency.Sum)}
	for _, b := range c.Latency.Bounds() {
		h.LeMs, h.Counts = append(h.LeMs, ms(b)), append(h.Counts, c.Latency.Buckets[b])
	}
	out.Latency = h
	return out
}

func (c Counts) evidence() evidence.Counts {
	out := evidence.Counts{Requests: c.Requests, Errors: c.Errors, Outcomes: c.Outcomes}
	if c.Latency == nil {
		return out
	}
	h := evidence.Histogram{Total: c.Latency.Total, Sum: nanos(c.Latency.SumMs / 1000), Buckets: map[time.Duration]uint64{}}
	for i, b := range c.Latency.LeMs {
		if i < len(c.Latency.Counts) { // a report edited by hand may be short of them
			h.Buckets[nanos(b/1000)] = c.Latency.Counts[i]
		}
	}
	out.Latency = h
	return out
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
