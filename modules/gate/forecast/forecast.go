// Package forecast says beforehand what a Rollout's gates will take: how many
// requests and how long each Step needs at today's traffic, and which errors it
// would find by then. It asks the gates themselves, by showing them traffic as it
// is expected; so whatever they do with clusters, parts of a proof and several
// limits is in the answer.
package forecast

import (
	"encoding/json"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// Traffic is what a service serves today.
type Traffic struct {
	// PerSecond is the number of requests a second.
	PerSecond float64
	// Errors is the share of them that fails, 0 to 1.
	Errors float64
	// Latency is how long they took; empty where that is not known.
	Latency evidence.Histogram
	// Warmup is for how long the candidate's Pods warm up in the first step: what they
	// serve meanwhile stands apart. WarmupErrors is the share of their requests that
	// may fail; zero takes the default.
	Warmup       time.Duration
	WarmupErrors float64
	// Beside says that a baseline will get the candidate's share, or what is left of
	// it above a half.
	Beside bool
}

// Step is a weight to come.
type Step struct {
	// Weight is the candidate's share, 0 to 1.
	Weight float64
	// Part is the part of a whole proof that ends the step (gate.Parts).
	Part     float64
	Min, Max time.Duration
}

// Need is what a Step takes if the candidate is as good as stable.
type Need struct {
	// Decides is false where the gates cannot pass the candidate within Max.
	Decides bool
	// Took is how long it takes to pass, also beyond Max; zero if it never would
	// within a day.
	Took time.Duration
	// Requests is how many the candidate has served by then, or by Max.
	Requests uint64
	// Finds is the lowest share of failed requests that fails the candidate in the
	// time the Step lasts, 0 to 1; zero when no share does.
	Finds float64
	// Fails says that the gates fail a candidate as good as stable within Max, after
	// Took: it would be rolled back.
	Fails bool
	// Waits is what the gates still miss at Max where they do not decide, and why
	// they fail where they do.
	Waits  string
	failed bool // after Max, too: a failed gate stays failed
}

// longest is how far a forecast looks.
const longest = 24 * time.Hour

// Walk forecasts each of the steps, one after the other. interval is the time
// between two looks.
func Walk(t Traffic, steps []Step, interval time.Duration, gates ...gate.Gate) ([]Need, error) {
	p, err := panel(t, gates)
	if err != nil {
		return nil, err
	}
	clock := time.Unix(1e9, 0)
	var out []Need
	warmup := t.Warmup
	for _, s := range steps {
		p.NextStep(s.Part)
		before, err := p.State()
		if err != nil {
			return nil, err
		}
		w := walk{traffic: t, step: s, interval: interval, now: clock, warmup: warmup}
		n := w.pass(p)
		if n.failed {
			out = append(out, n)
			clock = w.now
			continue // a failed gate stays failed: nothing more is to be found
		}
		if n.Finds, err = w.finds(clock, before, min(max(n.Took, s.Min), s.Max), gates); err != nil {
			return nil, err
		}
		out = append(out, n)
		clock, warmup = w.now, 0
	}
	return out, nil
}

// panel is the gates with the warm-up's limit, which is asked where a step has one.
func panel(t Traffic, gates []gate.Gate) (*gate.Panel, error) {
	p := gate.NewPanel(gates...)
	return p, p.WarmUp(t.WarmupErrors)
}

// walk is one step's expected traffic, look by look.
type walk struct {
	traffic  Traffic
	step     Step
	interval time.Duration
	now      time.Time
	warmup   time.Duration // the step begins with
	errors   float64       // of the candidate, a share; stable's are the traffic's
	spent    time.Duration
	// What is expected is seldom a whole number: what is left over comes with the
	// next look.
	candidate, stable, baseline leftover
}

type leftover struct{ requests, errors float64 }

// pass looks until all gates pass a candidate as good as stable.
func (w *walk) pass(p *gate.Panel) Need {
	w.errors = w.traffic.Errors
	n := Need{}
	if w.traffic.PerSecond <= 0 {
		n.Waits = "there is no traffic"
		return n
	}
	for w.spent < longest {
		verdicts := w.look(p)
		if w.spent <= w.step.Max {
			n.Requests = uint64(w.traffic.PerSecond * w.step.Weight * w.spent.Seconds())
		}
		outcome := gate.All(verdicts)
		if outcome == gate.Pass && w.spent >= w.step.Min {
			n.Took = w.spent
			n.Requests = uint64(w.traffic.PerSecond * w.step.Weight * w.spent.Seconds())
			n.Decides = n.Took <= w.step.Max
			return n
		}
		if outcome == gate.Fail {
			n.failed = true
			if w.spent <= w.step.Max {
				n.Fails, n.Took, n.Waits = true, w.spent, telling(verdicts, gate.Fail)
			}
			return n
		}
		n.Waits = telling(verdicts, gate.Inconclusive)
	}
	return n
}

func telling(verdicts []gate.Verdict, o gate.Outcome) string {
	for _, v := range verdicts {
		if v.Outcome == o {
			return "gate " + v.Gate + ": " + v.Reason
		}
	}
	return ""
}

// look puts the next look to the gates.
func (w *walk) look(p *gate.Panel) []gate.Verdict {
	if w.spent < w.warmup {
		return p.Warming(w.next())
	}
	return p.Look(w.next())
}

// next is one look. Looks grow with the time spent, so that a day takes a few
// hundred of them.
func (w *walk) next() evidence.Evidence {
	d := max(w.interval, w.spent/20)
	start := w.now
	w.now, w.spent = w.now.Add(d), w.spent+d
	n := w.traffic.PerSecond * d.Seconds()
	share := 0.
	if w.traffic.Beside {
		share = min(w.step.Weight, 1-w.step.Weight)
	}
	return evidence.Evidence{
		Start: start, End: w.now, Fresh: w.now,
		Candidate: w.candidate.take(n*w.step.Weight, w.errors, w.traffic.Latency),
		Stable:    w.stable.take(n*(1-w.step.Weight-share), w.traffic.Errors, w.traffic.Latency),
		Baseline:  w.baseline.take(n*share, w.traffic.Errors, w.traffic.Latency),
	}
}

func (l *leftover) take(n, rate float64, shape evidence.Histogram) evidence.Counts {
	l.requests += n
	whole := uint64(l.requests)
	l.requests -= float64(whole)
	l.errors += float64(whole) * rate
	bad := min(uint64(l.errors), whole)
	l.errors -= float64(bad)
	return evidence.Counts{Requests: whole, Errors: bad, Latency: scaled(shape, whole)}
}

// scaled is a histogram of n requests in the same proportions.
func scaled(h evidence.Histogram, n uint64) evidence.Histogram {
	if h.Total == 0 {
		return evidence.Histogram{}
	}
	out := evidence.Histogram{Total: n, Buckets: make(map[time.Duration]uint64, len(h.Buckets))}
	for b, c := range h.Buckets {
		out.Buckets[b] = uint64(float64(c)/float64(h.Total)*float64(n) + .5)
	}
	return out
}

// finds is the lowest share of errors that fails the candidate within a time, from
// when the step began.
func (w *walk) finds(began time.Time, state json.RawMessage, within time.Duration, gates []gate.Gate) (float64, error) {
	low, high, found := w.traffic.Errors, 1., false
	for range 12 {
		rate := (low + high) / 2
		if !found {
			rate = high
		}
		p, err := panel(w.traffic, gates)
		if err != nil {
			return 0, err
		}
		p.Terse()
		if err := p.Restore(state); err != nil {
			return 0, err
		}
		bad := walk{traffic: w.traffic, step: w.step, interval: w.interval, now: began, warmup: w.warmup, errors: rate}
		switch failed := bad.fails(p, within); {
		case !found && !failed:
			return 0, nil
		case failed:
			high, found = rate, true
		default:
			low = rate
		}
	}
	return high, nil
}

func (w *walk) fails(p *gate.Panel, within time.Duration) bool {
	if w.traffic.PerSecond <= 0 {
		return false
	}
	for w.spent < within {
		if gate.All(w.look(p)) == gate.Fail {
			return true
		}
	}
	return false
}
