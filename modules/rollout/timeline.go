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
type boundary struct {
	anew, resumed bool
	part          float64
}

// mark adds a look to the timeline, also one that could not be read.
func (r *Rollout) mark(delta evidence.Evidence, read bool) {
	p := report.PointOf(delta)
	if !read {
		p = report.Point{At: time.Now().UTC(), Unread: true}
	}
	p.Warming = r.warming(delta)
	p.Step, p.Weight, p.Anew, p.Part = r.state.CurrentStep(), r.state.Weight, r.next.anew, r.next.part
	p.Resumed, r.next = r.next.resumed, boundary{}
	r.state.Timeline = r.state.Timeline.Add(p)
}

// answered adds what the gates made of the last look.
func (r *Rollout) answered(verdicts []gate.Verdict) { r.answer(r.answers(verdicts)) }

func (r *Rollout) answer(answers []report.Answer) {
	if n := len(r.state.Timeline); n > 0 {
		r.state.Timeline[n-1].Gates = answers
	}
}

// answers are the verdicts of a look with what the gates know at that moment.
func (r *Rollout) answers(verdicts []gate.Verdict) []report.Answer {
	var out []report.Answer
	for i, v := range verdicts {
		out = append(out, AnswerOf(v, r.panel.Trials()[i]))
	}
	return out
}

// AnswerOf is a verdict with what its trial knows at that moment.
func AnswerOf(v gate.Verdict, t gate.Trial) report.Answer {
	a := report.Answer{Gate: v.Gate, Outcome: string(v.Outcome), Reason: v.Reason, Progress: v.Progress}
	if b, ok := t.(bounded); ok {
		a.LogE, a.FailAt = finite(b.LogE()), finite(b.FailAt())
	}
	return a
}

// finite is nil for what JSON cannot hold.
func finite(v float64) *float64 {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return nil
	}
	return &v
}
