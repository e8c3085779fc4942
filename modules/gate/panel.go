package gate

import "github.com/headgate-ci/headgate/modules/evidence"

// Panel puts every look to all gates of a Rollout. It is what the engine, a
// replay and a simulation should ask, rather than the Trials one by one: gates
// that share an averaged alpha (Promise.Share) decide together here.
type Panel struct {
	gates  []Gate
	trials []Trial
	failed []*Verdict // by gate: failed together with the others, or while Pods warmed up
	warmup *warmup    // nil without one
}

// NewPanel begins a Trial of each gate.
func NewPanel(gates ...Gate) *Panel {
	p := &Panel{gates: gates, failed: make([]*Verdict, len(gates))}
	for _, g := range gates {
		p.trials = append(p.trials, g.Begin())
	}
	return p
}

// Terse leaves most sentences out, where only outcomes are asked for.
func (p *Panel) Terse() {
	for _, t := range p.trials {
		if terse, ok := t.(Terse); ok {
			terse.Terse()
		}
	}
}

// Gates are the questions, in the order of the Verdicts.
func (p *Panel) Gates() []Gate { return p.gates }

// Trials are the gates' Trials, in the same order.
func (p *Panel) Trials() []Trial { return p.trials }

// NextStep says that the weight has changed. part is the part of a whole proof
// (above 0, up to 1) that ends the new Step; zero takes all of it. See Parts.
func (p *Panel) NextStep(part float64) {
	for _, t := range p.trials {
		t.NextStep()
	}
	p.Aim(part)
}

// Aim changes the part of a proof that ends the Step; zero takes all of it.
func (p *Panel) Aim(part float64) {
	if part <= 0 {
		part = 1
	}
	for _, t := range p.trials {
		if pacer, ok := t.(Pacer); ok {
			pacer.Aim(part)
		}
	}
}

// Alone says, before a look, that the candidate is meant to have all traffic: what
// its peer still served at this weight are stragglers, from before the proxies
// followed. A comparison that was proven before stands as soon as they have ended.
func (p *Panel) Alone() {
	for _, t := range p.trials {
		if c, ok := t.(comparing); ok {
			c.alone()
		}
	}
}

// comparing is a Trial that compares with a peer.
type comparing interface{ alone() }

// Learn shows the gates what stable served before the Rollout, oldest first and
// window by window: how its errors come, and nothing else, is learnt from it.
func (p *Panel) Learn(past ...evidence.Evidence) {
	for _, t := range p.trials {
		if l, ok := t.(learner); ok {
			for _, window := range past {
				l.learn(window)
			}
		}
	}
}

// learner is a Trial that measures how errors come.
type learner interface {
	learn(window evidence.Evidence)
}

// Look puts a look to every gate. Looks at which the candidate has no traffic
// yet are worth showing too: stable's errors tell how they cluster.
func (p *Panel) Look(delta evidence.Evidence) []Verdict {
	out := make([]Verdict, len(p.trials))
	for i, t := range p.trials {
		out[i] = t.Look(delta)
		out[i].Gate = p.gates[i].Name()
	}
	p.together(out)
	return out
}

// averaged is a gate whose alpha is shared by the mean.
type averaged interface{ joint() Joint }

// accused is a Trial that can be failed by the mean of several.
type accused interface {
	Trial
	Weighed
	// accuse is the failing Verdict for a mean of logE over so many gates; false
	// while the Trial has no current samples.
	accuse(logE float64, gates int) (Verdict, bool)
}

// together fails the gate that speaks most against the candidate when the mean
// over those that share an alpha does, and keeps it failed.
func (p *Panel) together(out []Verdict) {
	var joint Joint
	var members []Trial
	worst, top := -1, 0.
	for i, g := range p.gates {
		if v := p.failed[i]; v != nil {
			out[i] = *v
			return
		}
		a, ok := g.(averaged)
		t, weighed := p.trials[i].(accused)
		if !ok || !weighed || !a.joint().Averaged {
			continue
		}
		joint = a.joint()
		members = append(members, t)
		if e := t.LogE(); worst < 0 || e > top {
			worst, top = i, e
		}
	}
	if len(members) < 2 || All(out) == Fail {
		return
	}
	logE, fail := Together(joint.Alpha, members...)
	if !fail {
		return
	}
	if v, ok := p.trials[worst].(accused).accuse(logE, len(members)); ok {
		v.Gate = p.gates[worst].Name()
		p.failed[worst], out[worst] = &v, v
	}
}

func (g seqErrors) joint() Joint  { return g.o.Joint }
func (g seqLatency) joint() Joint { return g.o.Joint }
func (g seqQuery) joint() Joint   { return g.o.Joint }

func (t *sequential) accuse(logE float64, gates int) (Verdict, bool) {
	_, worst := t.worst()
	if t.in.stale() != "" || worst == nil {
		return Verdict{}, false
	}
	return verdict(t.name, t.seen, []finding{failed(worst.limit + "; over " + looks(gates, "gate") + " " + odds(logE))}), true
}

func (t *seqQueryTrial) accuse(logE float64, gates int) (Verdict, bool) {
	return verdict(t.o.Name, t.seen(), []finding{failed(t.o.bounds() + "; over " + looks(gates, "gate") + " " + odds(logE))}), true
}
