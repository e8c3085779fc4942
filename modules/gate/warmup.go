package gate

import (
	"encoding/json"
	"fmt"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// DefaultWarmupErrors is the share of requests that may fail while Pods warm up.
const DefaultWarmupErrors = .2

// warmupAlpha is with which probability Pods that warm up within their limit fail
// all the same: little beside what the gates promise.
const warmupAlpha = .001

// warmup is the limit of its own that a candidate has while its Pods warm up: cold
// caches and first compilations are no property of a version, a version that answers
// nobody is.
type warmup struct {
	gate  Gate
	trial Trial
}

// WarmUp has the Panel hold a candidate whose Pods warm up (see Warming) to a share
// of failed requests, 0 to 1; zero takes DefaultWarmupErrors.
func (p *Panel) WarmUp(most float64) error {
	if most == 0 {
		most = DefaultWarmupErrors
	}
	g, err := Errors(ErrorsOptions{Name: "warmup", Max: &most, Promise: Promise{Alpha: warmupAlpha}})
	if err != nil {
		return err
	}
	p.warmup = &warmup{g, g.Begin()}
	return nil
}

func (w *warmup) keep() (json.RawMessage, error) {
	seen, err := w.trial.(keeper).keep()
	if err != nil {
		return nil, err
	}
	return json.Marshal(seen)
}

func (w *warmup) restore(data []byte) error { return w.trial.(keeper).restore(data) }

// Warming puts a look to the Panel in which the candidate's Pods warmed up. What it
// served stands apart: no gate is shown it, and none passes meanwhile. It is held to
// the limit of WarmUp alone. What stable did is shown as ever.
func (p *Panel) Warming(delta evidence.Evidence) []Verdict {
	if p.warmup == nil || len(p.gates) == 0 {
		return p.Look(delta)
	}
	limit := p.warmup.trial.Look(delta)
	apart := delta
	apart.Candidate, apart.Baseline, apart.Values = evidence.Counts{}, evidence.Counts{}, nil
	if limit.Outcome == Fail && p.failed[0] == nil {
		limit.Reason = "while its Pods warmed up: " + limit.Reason
		p.failed[0] = &limit
	}
	out := p.Look(apart)
	for i := range out {
		if out[i].Outcome != Fail {
			out[i] = Verdict{Gate: out[i].Gate, Outcome: Inconclusive, Missing: "Pods that have warmed up",
				Reason: fmt.Sprintf("the candidate's Pods warm up, and what they serve stands apart: %s", limit.Reason)}
		}
	}
	return out
}
