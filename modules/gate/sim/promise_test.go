package sim_test

import (
	"fmt"
	"math"
	"os"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/sim"
)

// The promises are counted over the whole range of services: error rates, rates
// of requests, looks and clusters. HEADGATE_SIMULATIONS=full plays 1,000 rollouts
// a cell (some eight minutes on two cores); otherwise there are as many as fit a test.
func runs(least int) int {
	if os.Getenv("HEADGATE_SIMULATIONS") == "full" {
		return 1000
	}
	return least
}

type cell struct {
	rate, perSecond float64
	look            time.Duration
	cluster         int
}

func cells() (out []cell) {
	for _, k := range []int{1, 3, 10} {
		for _, rate := range []float64{.0001, .001, .01, .1} {
			for _, rps := range []float64{1, 10, 100, 1000} {
				for _, look := range []time.Duration{time.Second, 15 * time.Second, time.Minute} {
					out = append(out, cell{rate, rps, look, k})
				}
			}
		}
	}
	return out
}

// ceiling is a count that a promise kept exactly exceeds once in 10,000 times.
func ceiling(n int, p float64) int {
	tail, term := 1., math.Pow(1-p, float64(n))
	for k := 0; ; k++ {
		if tail -= term; tail < 1e-4 {
			return k
		}
		term *= p / (1 - p) * float64(n-k) / float64(k+1)
	}
}

// questions are a comparison with stable and a limit, with the error rate of a
// candidate that is as bad as just allowed, and of one that is just too bad.
type question struct {
	name         string
	gate         func(rate float64) gate.ErrorsOptions
	good, tooBad func(rate float64) float64
}

var questions = []question{
	{"stable",
		func(float64) gate.ErrorsOptions { return gate.ErrorsOptions{Regression: ptr(1.5)} },
		func(r float64) float64 { return 1.5 * r },
		func(r float64) float64 { return 1.5*r + gate.DefaultEffect }},
	{"limit",
		func(r float64) gate.ErrorsOptions { return gate.ErrorsOptions{Max: ptr(1.5 * r)} },
		func(r float64) float64 { return 1.5 * r },
		func(r float64) float64 { return 1.5 * r }},
}

// play counts the rollouts of a cell that have an outcome. Steps end by their
// clock when every look is to be held against a promise.
func play(t *testing.T, c cell, q question, candidate float64, n int, hold bool) sim.Summary {
	t.Helper()
	most := 60 * c.look
	var steps []sim.Step
	for _, w := range []float64{.05, .25, .5} {
		s := sim.Step{Weight: w, Max: most}
		if hold {
			s.Min = most
		}
		steps = append(steps, s)
	}
	o := q.gate(c.rate)
	return sim.Study(sim.Traffic{
		PerSecond: c.perSecond, Look: c.look, Cluster: c.cluster, History: 60 * c.look, Steps: steps,
		Stable: sim.Version{Errors: c.rate}, Candidate: sim.Version{Errors: candidate},
	}, n, 1, errorsGate(t, o))
}

func TestGoodCandidatesAreKept(t *testing.T) {
	t.Parallel()
	n := runs(20)
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			total, worst := 0, 0
			for _, c := range cells() {
				s := play(t, c, q, q.good(c.rate), n, true)
				total, worst = total+s.Failed, max(worst, s.Failed)
				if s.Failed > ceiling(n, gate.DefaultAlpha) {
					t.Errorf("%+v: %d of %d rollouts rolled back", c, s.Failed, n)
				}
			}
			all := n * len(cells())
			t.Logf("%d of %d rolled back, at most %d of %d in a cell", total, all, worst, n)
			if float64(total) > gate.DefaultAlpha*float64(all) {
				t.Errorf("%d of %d rolled back: more than alpha on average", total, all)
			}
		})
	}
}

func TestBadCandidatesAreNotPromoted(t *testing.T) {
	t.Parallel()
	n := runs(10)
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			total, worst := 0, 0
			for _, c := range cells() {
				if !clustersCanBeKnown(c) {
					continue
				}
				s := play(t, c, q, q.tooBad(c.rate), n, false)
				total, worst = total+s.Passed, max(worst, s.Passed)
				if s.Passed > ceiling(n, gate.DefaultBeta) {
					t.Errorf("%+v: %d of %d rollouts promoted", c, s.Passed, n)
				}
			}
			t.Logf("%d promoted, at most %d of %d in a cell", total, worst, n)
		})
	}
}

// clustersCanBeKnown leaves out where stable shows too few errors to see that
// they come ten at a time: there the promise is for three at most, unless the
// Release says otherwise.
func clustersCanBeKnown(c cell) bool {
	history := c.perSecond * 60 * c.look.Seconds() * c.rate
	return c.cluster <= 3 || history >= 20
}

// The cells left out above, with the size of the clusters said.
func TestBadCandidatesAreNotPromotedWhenToldOfClusters(t *testing.T) {
	t.Parallel()
	q, n := questions[0], runs(20)
	q.gate = func(float64) gate.ErrorsOptions {
		return gate.ErrorsOptions{Regression: ptr(1.5), Promise: gate.Promise{Cluster: 10}}
	}
	for _, c := range []cell{{.0001, 10, time.Minute, 10}, {.0001, 100, 15 * time.Second, 10}, {.0001, 1000, time.Second, 10}} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			t.Parallel()
			s := play(t, c, q, q.tooBad(c.rate), n, false)
			t.Logf("%d of %d promoted", s.Passed, n)
			if s.Passed > ceiling(n, gate.DefaultBeta) {
				t.Error("more than beta allows")
			}
		})
	}
}

// One step alone has no second look at the proof: here beta is used up.
func TestASingleStepKeepsBeta(t *testing.T) {
	t.Parallel()
	n := runs(200)
	g := errorsGate(t, gate.ErrorsOptions{Max: ptr(.001)})
	s := sim.Study(sim.Traffic{
		PerSecond: 1000, Look: 2 * time.Second, History: 5 * time.Minute, Steps: []sim.Step{{Weight: .25, Max: 10 * time.Minute}},
		Stable: sim.Version{Errors: .001}, Candidate: sim.Version{Errors: .001},
	}, n, 1, g)
	t.Logf("%d of %d promoted", s.Passed, n)
	if s.Passed > ceiling(n, gate.DefaultBeta) {
		t.Error("more than beta allows")
	}
}
