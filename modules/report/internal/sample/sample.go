// Package sample makes results for the tests of what is written of them. The
// figures are invented, from a fixed seed.
package sample

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/report"
)

// Began is when every sample began.
var Began = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

var bounds = []float64{.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000}

var one, half = .01, 500.

// limits are those of the sample's gates.
var limits = map[string]*report.Limit{"errors": {ErrorRate: &one}, "latency-p99": {Ms: &half, Quantile: .99}}

// maker invents a Rollout, look by look.
type maker struct {
	rng  *rand.Rand
	at   time.Time
	res  report.Result
	sums [2]evidence.Counts
}

func newMaker() *maker {
	return &maker{rng: rand.New(rand.NewPCG(1, 2)), at: Began, res: report.Result{ //nolint:gosec // a test's figures
		Release: "shop", Namespace: "prod", ID: "4f1c22ab", Strategy: "canary", From: "registry.example.com/shop:1.0.0", To: "registry.example.com/shop:2.0.0",
		Source: "envoy", Started: Began,
	}}
}

// Promoted is a Rollout of a good version.
func Promoted() report.Result {
	m := newMaker()
	m.done("candidate", 0, 4*time.Second, "2 of 2 replicas ready")
	for _, w := range []int{5, 25, 50, 100} {
		m.move(w)
		m.gate(w, 18, .001, 1)
	}
	m.done("update stable", 100, 3*time.Second, "")
	m.done("remove candidate", 0, 2*time.Second, "")
	return m.end(report.Promoted, "every gate passed")
}

// RolledBack is a Rollout of a version that fails a tenth of its requests.
func RolledBack() report.Result {
	m := newMaker()
	m.done("candidate", 0, 4*time.Second, "2 of 2 replicas ready")
	m.move(5)
	m.gate(5, 30, .001, 1)
	m.move(25)
	reason := m.gate(25, 9, .1, 2)
	m.res.Steps = append(m.res.Steps, report.Step{Name: "weight 50%", Weight: 50, Status: report.Pending}, report.Step{Name: "gate 50%", Weight: 50, Status: report.Pending})
	m.res.Steps[0].Status = report.Undone
	m.res.Warnings = []string{"the candidate has no PodDisruptionBudget"}
	return m.end(report.RolledBack, "gate errors failed: "+reason)
}

func (m *maker) move(weight int) {
	m.look(fmt.Sprintf("weight %d%%", weight), weight, 0, 1)
	m.done(fmt.Sprintf("weight %d%%", weight), weight, time.Second, "confirmed by 212 requests in 1s")
}

func (m *maker) done(name string, weight int, took time.Duration, detail string) {
	m.at = m.at.Add(took)
	m.res.Steps = append(m.res.Steps, report.Step{Name: name, Weight: weight, Status: report.Done, Seconds: took.Seconds(), Detail: detail})
}

// gate looks until the evidence is there; a rate of errors above a hundredth
// fails it.
func (m *maker) gate(weight, looks int, rate, slower float64) (reason string) {
	name := fmt.Sprintf("gate %d%%", weight)
	step := report.Step{Name: name, Weight: weight, Status: report.Done}
	failAt := math.Log(100)
	for i := range looks {
		p := m.look(name, weight, rate, slower)
		part := float64(i+1) / float64(looks)
		outcome, logE := "inconclusive", -.4*part
		if i == looks-1 {
			outcome = "pass"
		}
		if rate > .01 {
			logE, outcome = part*failAt, map[bool]string{true: "fail", false: "inconclusive"}[i == looks-1]
		}
		reason = fmt.Sprintf("candidate fails %.2g%% of %d requests, stable 0.1%% of %d; limit 1%%", 100*rate, int(80*float64(i+1)), int(700*float64(i+1)))
		p.Gates = []report.Answer{
			{Gate: "errors", Outcome: outcome, Reason: reason, Progress: part, LogE: &logE, FailAt: &failAt},
			{Gate: "latency-p99", Outcome: map[bool]string{true: "pass", false: "inconclusive"}[i > 4], Reason: "candidate p99 9.8 ms over 105 requests, stable 43.8 ms over 2,298; limit 500 ms", Progress: min(float64(i)/4, 1)},
		}
		p.Anew = i == 0
	}
	last := m.res.Timeline[len(m.res.Timeline)-1]
	for _, a := range last.Gates {
		step.Gates = append(step.Gates, report.Gate{Name: a.Gate, Outcome: a.Outcome, Reason: a.Reason, Question: a.Gate + " within the limit", Limit: limits[a.Gate]})
		if a.Outcome == "fail" {
			step.Status = report.Failed
		}
	}
	share := float64(weight) + .3
	step.Seconds, step.ObservedShare = float64(looks), &share
	m.res.Steps = append(m.res.Steps, step)
	return reason
}

// look is a second of 800 requests.
func (m *maker) look(step string, weight int, rate, slower float64) *report.Point {
	m.at = m.at.Add(time.Second)
	c := m.binomial(800, float64(weight)/100)
	e := evidence.Evidence{Start: m.at.Add(-time.Second), End: m.at, Fresh: m.at, Stable: m.counts(800-c, .001, 1), Candidate: m.counts(c, rate, slower)}
	m.sums[0], m.sums[1] = m.sums[0].Add(e.Stable), m.sums[1].Add(e.Candidate)
	p := report.PointOf(e)
	p.Step, p.Weight = step, weight
	m.res.Timeline = append(m.res.Timeline, p)
	return &m.res.Timeline[len(m.res.Timeline)-1]
}

func (m *maker) counts(n uint64, rate, slower float64) evidence.Counts {
	h := evidence.Histogram{Total: n, Buckets: map[time.Duration]uint64{}}
	for range n {
		ms := slower * 4 * math.Exp(.9*m.rng.NormFloat64())
		h.Sum += time.Duration(ms * float64(time.Millisecond))
		for _, b := range bounds {
			if ms <= b {
				h.Buckets[time.Duration(b*float64(time.Millisecond))]++
			}
		}
	}
	return evidence.Counts{Requests: n, Errors: m.binomial(n, rate), Latency: h}
}

func (m *maker) binomial(n uint64, p float64) (k uint64) {
	for range n {
		if m.rng.Float64() < p {
			k++
		}
	}
	return k
}

func (m *maker) end(v report.Verdict, reason string) report.Result {
	m.res.Verdict, m.res.Reason, m.res.Finished = v, reason, m.at
	m.res.Weight = weight(0)
	m.res.Seconds = m.at.Sub(Began).Seconds()
	m.res.Stable, m.res.Candidate = side(m.sums[0]), side(m.sums[1])
	return m.res
}

func side(c evidence.Counts) report.Side {
	s := report.Side{Requests: c.Requests, Errors: c.Errors}
	if rate, ok := c.ErrorRate(); ok {
		s.ErrorRate = &rate
	}
	for q, to := range map[float64]**float64{.5: &s.Latency.P50, .9: &s.Latency.P90, .99: &s.Latency.P99} {
		if d, ok := c.Latency.Quantile(q); ok {
			v := float64(d) / float64(time.Millisecond)
			*to = &v
		}
	}
	return s
}
