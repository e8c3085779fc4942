package sim_test

import (
	"math"
	"os"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/sim"
)

// The promises are counted over the whole range of services: error rates, rates
// of requests, looks and clusters, half of the rollouts with stable watched for 60
// looks beforehand and half without. HEADGATE_SIMULATIONS=full plays 1,000
// rollouts a cell (ten minutes of a core); otherwise there are as many as fit a test.
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

// questions are a comparison with stable, one with a baseline and a limit, with the error rate of a
// candidate that is as bad as just allowed, and of one that is just too bad.
type question struct {
	name         string
	gate         func(rate float64) gate.ErrorsOptions
	good, tooBad func(rate float64) float64
	// beside has the candidate compared with a baseline, alone with nothing.
	beside, alone bool
}

var questions = []question{
	{"stable",
		func(float64) gate.ErrorsOptions { return gate.ErrorsOptions{Regression: ptr(1.5)} },
		func(r float64) float64 { return 1.5 * r },
		func(r float64) float64 { return 1.5*r + gate.DefaultEffect }, false, false},
	{"baseline",
		func(float64) gate.ErrorsOptions {
			return gate.ErrorsOptions{Regression: ptr(1.5), Against: gate.PeerBaseline}
		},
		func(r float64) float64 { return 1.5 * r },
		func(r float64) float64 { return 1.5*r + gate.DefaultEffect }, true, false},
	{"limit",
		func(r float64) gate.ErrorsOptions { return gate.ErrorsOptions{Max: ptr(1.5 * r)} },
		func(r float64) float64 { return 1.5 * r },
		func(r float64) float64 { return 1.5 * r }, false, true},
}

// rollout is the one that is played in a cell. Steps end by their clock when
// every look is to be held against a promise; else as the engine ends them, each
// wanting the part of the proof that it can afford.
// A limit is asked with all traffic moved, too, where alone it wants the whole.
func rollout(t *testing.T, q question, c cell, candidate float64, history, hold bool) sim.Traffic {
	t.Helper()
	most := 60 * c.look
	weights := []float64{.05, .25, .5}
	if q.alone {
		weights = append(weights, 1)
	}
	parts := gate.Parts(weights, errorsGate(t, q.gate(c.rate)))
	var steps []sim.Step
	for i, w := range weights {
		s := sim.Step{Weight: w, Max: most, Part: parts[i]}
		if hold {
			s.Min = most
		}
		steps = append(steps, s)
	}
	play := sim.Traffic{
		PerSecond: c.perSecond, Look: c.look, Cluster: c.cluster, Steps: steps,
		Stable: sim.Version{Errors: c.rate}, Candidate: sim.Version{Errors: candidate},
	}
	if history {
		play.History = most
	}
	return play
}

// count plays n rollouts in every cell, and holds how many have the outcome
// against a promise: in each cell by what chance allows, and on average.
func count(t *testing.T, q question, n int, promised float64, play func(c cell, history bool) sim.Traffic, outcome func(sim.Summary) int) {
	t.Helper()
	total, worst := 0, 0.
	for _, c := range cells() {
		for _, history := range []bool{false, true} {
			traffic := play(c, history)
			traffic.Beside = q.beside
			s := sim.Study(traffic, n/2, 1, errorsGate(t, q.gate(c.rate)))
			got := outcome(s)
			total, worst = total+got, max(worst, float64(got)/float64(n/2))
			if got > ceiling(n/2, promised) {
				t.Errorf("%+v, history %v: %d of %d rollouts", c, history, got, n/2)
			}
		}
	}
	all := n * len(cells())
	t.Logf("%d of %d rollouts (%.3f%%); worst of %d combinations %.2f%% of %d; promised %v%%",
		total, all, 100*float64(total)/float64(all), 2*len(cells()), 100*worst, n/2, 100*promised)
	if float64(total) > promised*float64(all) {
		t.Errorf("%d of %d rollouts: more than promised on average", total, all)
	}
}

func TestGoodCandidatesAreKept(t *testing.T) {
	t.Parallel()
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			count(t, q, runs(20), gate.DefaultAlpha, func(c cell, history bool) sim.Traffic {
				return rollout(t, q, c, q.good(c.rate), history, true)
			}, func(s sim.Summary) int { return s.Failed })
		})
	}
}

func TestBadCandidatesAreNotPromoted(t *testing.T) {
	t.Parallel()
	for _, q := range questions {
		t.Run(q.name, func(t *testing.T) {
			t.Parallel()
			count(t, q, runs(10), gate.DefaultBeta, func(c cell, history bool) sim.Traffic {
				return rollout(t, q, c, q.tooBad(c.rate), history, false)
			}, func(s sim.Summary) int { return s.Passed })
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
