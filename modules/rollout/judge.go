package rollout

import (
	"context"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
)

// judge puts a look to the gates. Every look is shown to them, from before the
// candidate exists until its version is stable's: what stable does alone tells
// how errors cluster, and a version that fails every request must not wait for
// its weight to be confirmed.
func (r *Rollout) judge(delta evidence.Evidence) []gate.Verdict {
	verdicts := r.ask(delta)
	r.answered(verdicts)
	return verdicts
}

// ask shows a look to the gates. While the routes give the candidate nothing,
// what reaches it comes by a way of the user's own, where nothing may be ready
// to answer: that is no verdict on the version.
func (r *Rollout) ask(delta evidence.Evidence) []gate.Verdict {
	if r.state.Weight == 0 {
		delta.Candidate = evidence.Counts{}
	}
	if r.state.Weight == 100 {
		r.panel.Alone()
	}
	if r.warming(delta) {
		return r.panel.Warming(delta)
	}
	return r.panel.Look(delta)
}

// keep has the current step's record show what the gates answered.
func (r *Rollout) keep(verdicts []gate.Verdict) {
	rec := &r.current().Record
	rec.Gates = rec.Gates[:0]
	for i, v := range verdicts {
		rec.Gates = append(rec.Gates, GateOf(v, r.deps.Gates[i]))
	}
}

// GateOf is a gate's answer as a report shows it.
func GateOf(v gate.Verdict, g gate.Gate) report.Gate {
	return report.Gate{Name: v.Gate, Question: g.Question(), Outcome: string(v.Outcome), Reason: v.Reason, Limit: limitOf(g)}
}

// limitOf is a gate's limit as a report shows it; nil without one.
func limitOf(g gate.Gate) *report.Limit {
	l, ok := gate.LimitOf(g)
	if !ok {
		return nil
	}
	out := &report.Limit{ErrorRate: l.Errors, Quantile: l.Quantile}
	if l.Latency != nil {
		ms := float64(*l.Latency) / float64(time.Millisecond)
		out.Ms = &ms
	}
	return out
}

// failing is the first failed verdict as an error; nil without one, and when a
// person wants no more gates.
func (r *Rollout) failing(verdicts []gate.Verdict) error {
	if r.hurry {
		return nil
	}
	for _, v := range verdicts {
		if v.Outcome == gate.Fail {
			return &GateError{Verdict: v}
		}
	}
	return nil
}

// nextStep has the gates answer anew for a new weight, and the timeline say so.
func (r *Rollout) nextStep(part float64) {
	r.panel.NextStep(part)
	r.meter.step = time.Now()
	r.next.anew, r.next.part = true, part
}

// closing shows the gates what was served at the weight that is about to change.
func (r *Rollout) closing(ctx context.Context) error {
	_, _, err := r.judgedLook(ctx)
	return err
}

// judgedLook is a look that the gates were shown.
func (r *Rollout) judgedLook(ctx context.Context) (delta evidence.Evidence, ok bool, err error) {
	delta, ok, err = r.look(ctx)
	if err == nil && ok {
		err = r.judged(delta)
	}
	return delta, ok, err
}

// judged puts a look to the gates, and is the error of one that fails.
func (r *Rollout) judged(delta evidence.Evidence) error {
	verdicts := r.judge(delta)
	if err := r.failing(verdicts); err != nil {
		r.keep(verdicts)
		return err
	}
	return nil
}

// sighting is a look that was made beside the engine.
type sighting struct {
	delta    evidence.Evidence
	warming  bool
	verdicts []gate.Verdict
	answers  []report.Answer
}

// sight looks from beside the engine: it touches the meter and the gates, which
// a wait for Pods only reads to save them. A read that fails is left to the
// engine's next look.
func (r *Rollout) sight(ctx context.Context) (sighting, bool) {
	lctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	delta, err := r.meter.look(lctx, r.state.Weight)
	if err != nil {
		return sighting{}, false
	}
	r.beside.Lock()
	defer r.beside.Unlock()
	verdicts := r.ask(delta)
	return sighting{delta, r.warming(delta), verdicts, r.answers(verdicts)}, true
}

// sightings notes what was seen beside the engine.
func (r *Rollout) sightings(all []sighting) {
	for _, s := range all {
		r.mark(s.delta, true)
		r.state.Timeline[len(r.state.Timeline)-1].Warming = s.warming
		r.answer(s.answers)
		if r.failing(s.verdicts) != nil {
			r.keep(s.verdicts)
			return
		}
	}
}
