// Package replay puts a rollout of the past before the rules that decide
// rollouts: the gates it had, others, and those of other tools. It says what
// each would have decided, when, and how many requests had failed by then.
//
// What a record cannot tell is said and not made up: it has the traffic of the
// weights that were set then, and ends when it ends.
package replay

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/report"
)

// Record is what was counted in a rollout.
type Record struct {
	// From says where it comes from, in words.
	From string
	// What happened then, in words; empty where nobody knows.
	What string
	// Began is the look in which the candidate had its first request.
	Began time.Time
	// Before is stable's traffic ahead of that.
	Before []evidence.Evidence
	// Looks are the rollout's, in order.
	Looks []Look
	// Planned are the weights of the steps that were planned, in percent; empty
	// where nobody knows.
	Planned []int
	// Latency says that durations were counted.
	Latency bool
	// Warmed says that there was a warm-up, and Looks tell which.
	Warmed bool
}

// Look is one window of the record.
type Look struct {
	evidence.Evidence
	// At is its end, since Began.
	At time.Duration
	// Weight is the candidate's share in percent that was asked of the routes; 0
	// where nobody knows.
	Weight int
	// Begin says that a step of gates began with it.
	Begin bool
	// Aside says that the gates were not shown it then.
	Aside bool
	// Warming says that the candidate's Pods warmed up then.
	Warming bool
}

// errNoTimeline is a report without looks.
var errNoTimeline = errors.New("it has no timeline: it was written by a headgate that did not keep one, or the rollout ended before its first look")

// FromReport takes a Rollout's result. The error says what is missing in it.
func FromReport(r report.Result) (*Record, error) {
	if len(r.Timeline) == 0 {
		return nil, errNoTimeline
	}
	out := &Record{
		From: fmt.Sprintf("report of %s/%s, %s", r.Namespace, r.Release, r.Started.Format(time.RFC3339)),
		What: string(r.Verdict), Planned: planned(r.Steps),
	}
	points := trial(r.Timeline)
	asked, marked := gatesWereAsked(points), stepsAreMarked(points)
	begin := false
	var onTrial time.Time
	for _, p := range points {
		begin = begin || p.Anew || !marked && p.Weight != out.weight()
		e := p.Evidence()
		onTrial = e.OnTrialAfter(onTrial, p.Weight)
		e.OnTrial = onTrial
		if out.Began.IsZero() && e.Candidate.Requests == 0 {
			out.before(e)
			continue
		}
		look := Look{Evidence: e, Weight: p.Weight, Aside: asked && len(p.Gates) == 0, Warming: p.Warming}
		out.Warmed = out.Warmed || p.Warming
		if !look.Aside {
			look.Begin, begin = begin, false
		}
		out.add(look, p.At)
	}
	return out, out.check()
}

// trial is the looks until the last at which gates were asked: what comes after
// it (the return of the traffic, stable's update) is no trial. Without any gate
// it is all of them.
func trial(t report.Timeline) report.Timeline {
	for i := len(t) - 1; i >= 0; i-- {
		if len(t[i].Gates) > 0 {
			return t[:i+1]
		}
	}
	return t
}

func gatesWereAsked(t report.Timeline) bool { return len(t) > 0 && len(t[len(t)-1].Gates) > 0 }

// stepsAreMarked says that the timeline knows where steps begin; else a new
// weight is a new step.
func stepsAreMarked(t report.Timeline) bool {
	return slices.ContainsFunc(t, func(p report.Point) bool { return p.Anew })
}

// planned are the growing weights of a Rollout's steps.
func planned(steps []report.Step) (out []int) {
	for _, s := range steps {
		if n := len(out); s.Weight > 0 && (n == 0 || s.Weight > out[n-1]) {
			out = append(out, s.Weight)
		}
	}
	return out
}

// FromReadings takes totals of a Prometheus; one look for each. Weights and
// steps are not known there, so all of it is one step.
func FromReadings(from string, readings []evidence.Reading) (*Record, error) {
	out := &Record{From: from}
	for i := 1; i < len(readings); i++ {
		e := readings[i].Since(readings[i-1])
		if out.Began.IsZero() && e.Candidate.Requests == 0 {
			out.before(e)
			continue
		}
		out.add(Look{Evidence: e, Begin: out.Began.IsZero()}, e.End)
	}
	return out, out.check()
}

func (r *Record) before(e evidence.Evidence) {
	if e.Stable.Requests > 0 {
		r.Before = append(r.Before, e)
	}
}

func (r *Record) add(l Look, end time.Time) {
	if r.Began.IsZero() {
		r.Began = end
		if !l.Start.IsZero() {
			r.Began = l.Start
		}
	}
	l.At = end.Sub(r.Began)
	r.Latency = r.Latency || l.Candidate.Latency.Total > 0
	r.Looks = append(r.Looks, l)
}

func (r *Record) weight() int {
	if n := len(r.Looks); n > 0 {
		return r.Looks[n-1].Weight
	}
	return 0
}

func (r *Record) check() error {
	if len(r.Looks) == 0 {
		return errors.New("the candidate got no request in it: there is nothing to decide by")
	}
	return nil
}

// Length is the time from the candidate's first request to the record's end.
func (r *Record) Length() time.Duration { return r.Looks[len(r.Looks)-1].At }
