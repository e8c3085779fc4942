package rollout

import (
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
)

// bounded is a Trial that knows the e-value at which it fails the candidate.
type bounded interface {
	gate.Weighed
	FailAt() float64
}

// boundary is what has happened since the last look and cannot be seen in it.
type boundary struct{ anew, resumed bool }

// nextStep has the gates answer anew, and the timeline say so.
func (r *Rollout) nextStep() {
	for _, t := range r.trials {
		t.NextStep()
	}
	r.next.anew = true
}

// mark adds a look to the timeline, also one that could not be read.
func (r *Rollout) mark(delta evidence.Evidence, read bool) {
	p := report.PointOf(delta)
	if !read {
		p = report.Point{At: time.Now().UTC(), Unread: true}
	}
	p.Step, p.Weight, p.Anew = r.state.CurrentStep(), r.state.Weight, r.next.anew
	p.Resumed, r.next = r.next.resumed, boundary{}
	r.state.Timeline = r.state.Timeline.Add(p)
}

// answered adds what the gates made of the last look.
func (r *Rollout) answered(verdicts []gate.Verdict) {
	if len(r.state.Timeline) == 0 {
		return
	}
	last := &r.state.Timeline[len(r.state.Timeline)-1]
	for i, v := range verdicts {
		a := report.Answer{Gate: v.Gate, Outcome: string(v.Outcome), Reason: v.Reason, Progress: v.Progress}
		if b, ok := r.trials[i].(bounded); ok {
			a.LogE, a.FailAt = finite(b.LogE()), finite(b.FailAt())
		}
		last.Gates = append(last.Gates, a)
	}
}

// finite is nil for what JSON cannot hold.
func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}
