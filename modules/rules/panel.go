package rules

import (
	"math"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

type panel struct {
	gates  []gate.Gate
	trials []gate.Trial
}

func newPanel(gates []gate.Gate) *panel {
	p := &panel{gates: gates}
	for _, g := range gates {
		p.trials = append(p.trials, g.Begin())
	}
	return p
}
func (p *panel) NextStep(part float64) {
	for _, t := range p.trials {
		t.NextStep()
		if pacer, ok := t.(gate.Pacer); ok {
			pacer.Aim(part)
		}
	}
}
func (p *panel) Look(e evidence.Evidence) (out []gate.Verdict) {
	for i, t := range p.trials {
		v := t.Look(e)
		v.Gate = p.gates[i].Name()
		out = append(out, v)
	}
	return out
}

func parts(weights []int) []float64 {
	last := 0
	for _, w := range weights {
		if w < 100 {
			last = w
		}
	}
	out := make([]float64, len(weights))
	for i, w := range weights {
		out[i] = 1
		if w < last && w > 0 {
			out[i] = math.Sqrt(float64(w) / float64(last))
		}
	}
	return out
}
