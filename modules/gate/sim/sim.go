// Package sim plays rollouts with invented traffic, in memory and much faster
// than time, so that a gate's promises can be checked by counting. A seed gives
// the same rollouts every time.
package sim

import (
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// Version is how one version of the service behaves.
type Version struct {
	// Errors is the share of requests that fail, 0 to 1.
	Errors float64
	// Latency is the share of requests that take at most each bound, ascending in
	// both; none leaves latencies out.
	Latency []Bucket
}

// Bucket is a point of a latency distribution: Share (0 to 1) of the requests
// take at most Bound.
type Bucket struct {
	Bound time.Duration
	Share float64
}

// Step is a weight and how long it may last.
type Step struct {
	// Weight is the candidate's share of the requests, 0 to 1.
	Weight   float64
	Min, Max time.Duration
	// Part is the part of a whole proof that ends the step; zero takes all of it.
	Part float64
}

// Traffic is the service, its candidate and the rollout.
type Traffic struct {
	// PerSecond is the number of requests a second, of all versions together.
	PerSecond float64
	Stable    Version
	Candidate Version
	// Beside has a baseline that behaves as stable does get the candidate's share,
	// or what is left of it above a half.
	Beside bool
	// Cluster is how many errors come at once, as when a failed request is tried
	// again; zero is 1.
	Cluster int
	// Look is the time between looks.
	Look time.Duration
	// History is how long stable is watched before the candidate gets traffic.
	History time.Duration
	// Warmup is for how long the candidate's first requests stand apart, and
	// WarmupErrors the share of them that may fail; zero takes the default.
	Warmup       time.Duration
	WarmupErrors float64
	Steps        []Step
}

// Result is what became of one rollout.
type Result struct {
	// Outcome is pass when every step passed, fail when a gate failed, and
	// inconclusive when a step reached its Max.
	Outcome gate.Outcome
	// Elapsed is the time from the candidate's first request to the Outcome.
	Elapsed time.Duration
	// Steps is the number of steps that passed.
	Steps int
	// Candidate is what the candidate served; its errors are the harm done.
	Candidate evidence.Counts
	// Errors is the number of errors of both versions since the first step.
	Errors uint64
	// Verdict is the last one of the gate that decided or was still open, with few
	// words.
	Verdict gate.Verdict
}

// Run plays one rollout past the gates.
func Run(t Traffic, seed uint64, gates ...gate.Gate) Result {
	p := &player{t: t, world: NewWorld(t, seed), panel: gate.NewPanel(gates...)}
	p.panel.Terse()
	if t.Warmup > 0 && p.panel.WarmUp(t.WarmupErrors) != nil {
		return Result{Outcome: gate.Inconclusive} // no share: nothing can be played
	}
	for spent := time.Duration(0); spent < t.History; spent += t.Look {
		p.look(0)
	}
	p.res = Result{}
	for _, s := range t.Steps {
		if p.step(s); p.res.Outcome != gate.Pass {
			break
		}
		p.res.Steps++
	}
	return p.res
}

type player struct {
	t      Traffic
	world  *World
	panel  *gate.Panel
	served time.Duration // the candidate has had traffic for
	res    Result
}

func (p *player) step(s Step) {
	p.panel.NextStep(s.Part)
	for spent := p.t.Look; ; spent += p.t.Look {
		verdicts := p.look(s.Weight)
		p.res.Outcome = gate.All(verdicts)
		p.res.Elapsed += p.t.Look
		if p.res.Outcome == gate.Fail || p.res.Outcome == gate.Pass && spent >= s.Min || spent >= s.Max {
			return
		}
	}
}

func (p *player) look(weight float64) []gate.Verdict {
	delta := p.world.Window(weight, p.t.Look)
	p.res.Candidate.Requests += delta.Candidate.Requests
	p.res.Candidate.Errors += delta.Candidate.Errors
	p.res.Errors += delta.Candidate.Errors + delta.Stable.Errors + delta.Baseline.Errors
	ask := p.panel.Look
	if weight > 0 {
		if p.served < p.t.Warmup {
			ask = p.panel.Warming
		}
		p.served += p.t.Look
	}
	out := ask(delta)
	p.res.Verdict = telling(out)
	return out
}

// telling is the verdict that explains the outcome of a look.
func telling(verdicts []gate.Verdict) (v gate.Verdict) {
	outcome := gate.All(verdicts)
	for _, v = range verdicts {
		if v.Outcome == outcome {
			return v
		}
	}
	return v
}
