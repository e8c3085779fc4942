package proving

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// Step is a weight (0 to 1) and how many seconds it may last.
type Step struct {
	Weight float64
	Max    int
}

// Rollout is a service, what becomes of it, and the gates that watch.
type Rollout struct {
	PerSecond float64
	// History is for how many seconds stable is watched alone.
	History int
	// Every is how many seconds lie between looks; zero is 2.
	Every int
	Steps []Step
	// Hold has each step last its Max, also when every gate has passed.
	Hold bool
	// Warmup is for how many seconds the candidate's Pods warm up from its first
	// request on.
	Warmup int
	// Gates are asked as the engine asks them.
	Gates []gate.Gate
	// Law draws how the two versions behave in one rollout.
	Law func(Dice) (stable, candidate Version)
	// Answer draws what the free queries are answered, at a second; nil where
	// there are none.
	Answer func(Dice) func(second int) float64
	// Users has stable and candidate take over each other's error rates in part: see
	// sticky. Nil elsewhere.
	Users func(Dice) func(weight float64) (stable, candidate float64)
}

// Ending is what became of one rollout.
type Ending struct {
	Outcome gate.Outcome
	// Seconds and Requests are the candidate's until then.
	Seconds, Requests int
	Reason            string
}

// run is a Rollout under way.
type run struct {
	r                 Rollout
	dice              Dice
	panel             *gate.Panel
	stable, candidate side
	answer            func(int) float64
	users             func(float64) (float64, float64)
	now               int // the second to come
	onTrial           time.Time
	end               Ending
	verdicts          []gate.Verdict
}

// Play plays one rollout.
func (r Rollout) Play(d Dice) Ending {
	p := &run{r: r, dice: d, panel: gate.NewPanel(r.Gates...), now: -r.History}
	if r.Warmup > 0 {
		if err := p.panel.WarmUp(0); err != nil {
			panic(err)
		}
	}
	p.panel.Terse()
	p.r.Every = max(r.Every, 1)
	if r.Every == 0 {
		p.r.Every = 2
	}
	p.draw()
	for p.now < 0 {
		p.look(0)
	}
	p.end = Ending{}
	weights := make([]float64, len(r.Steps))
	for i, s := range r.Steps {
		weights[i] = s.Weight
	}
	for i, part := range gate.Parts(weights, r.Gates...) {
		p.panel.NextStep(part)
		if p.step(r.Steps[i]); p.end.Outcome != gate.Pass {
			break
		}
	}
	return p.end
}

func (p *run) draw() {
	p.stable.dice, p.candidate.dice = p.dice, p.dice
	if p.r.Law != nil {
		p.stable.law, p.candidate.law = p.r.Law(p.dice)
	}
	if p.r.Answer != nil {
		p.answer = p.r.Answer(p.dice)
	}
	if p.r.Users != nil {
		p.users = p.r.Users(p.dice)
	}
}

// step looks until all gates pass, one fails, or the time is over.
func (p *run) step(s Step) {
	for began := p.now; ; {
		p.look(s.Weight)
		p.end.Outcome = gate.All(p.verdicts)
		over := p.now-began >= s.Max
		if p.end.Outcome == gate.Fail || over || p.end.Outcome == gate.Pass && !p.r.Hold {
			break
		}
	}
	for _, v := range p.verdicts {
		if v.Outcome == p.end.Outcome {
			p.end.Reason = v.Gate + ": " + v.Reason
		}
	}
}

// look shows the gates what was counted since the look before.
func (p *run) look(weight float64) {
	delta := evidence.Evidence{Start: clock(p.now)}
	if p.users != nil {
		a, b := p.users(weight)
		p.stable.law.Errors, p.candidate.law.Errors = steady(a), steady(b)
	}
	for range p.r.Every {
		delta.Stable = delta.Stable.Add(p.stable.second(p.now, p.dice.Poisson(p.r.PerSecond*(1-weight))))
		served := p.dice.Poisson(p.r.PerSecond * weight)
		delta.Candidate = delta.Candidate.Add(p.candidate.second(p.now, served))
		p.end.Requests += served
		p.now++
		p.end.Seconds++
	}
	delta.End, delta.Fresh = clock(p.now), clock(p.now)
	delta.Reported = evidence.Reported{Stable: clock(p.now - p.stable.law.Late), Candidate: clock(p.now - p.candidate.law.Late)}
	p.onTrial = delta.OnTrialAfter(p.onTrial, int(100*weight))
	delta.OnTrial = p.onTrial
	if p.answer != nil && weight > 0 {
		delta.OnTrial = delta.Start // answers are of this moment
		delta.Values = map[string]evidence.Value{}
		for _, g := range p.r.Gates {
			for name := range g.Queries() {
				delta.Values[name] = evidence.Value{Value: p.answer(p.now), At: delta.End, OK: true}
			}
		}
	}
	if weight == 1 {
		p.panel.Alone()
	}
	if weight > 0 && p.now-p.r.Every < p.r.Warmup {
		p.verdicts = p.panel.Warming(delta)
		return
	}
	p.verdicts = p.panel.Look(delta)
}

func clock(second int) time.Time {
	return time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC).Add(time.Duration(second) * time.Second)
}
