package sim_test

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/sim"
)

func errorsGate(t testing.TB, o gate.ErrorsOptions) gate.Gate {
	t.Helper()
	o.Method = gate.Sequential
	g, err := gate.Errors(o)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func ptr[T any](v T) *T { return &v }

// A small service: 100 requests a second, a tenth to the candidate, stable
// failing one in a thousand, a look every 15 s, half an hour of it.
func TestBadCandidatesAreFoundSoon(t *testing.T) {
	t.Parallel()
	g := errorsGate(t, gate.ErrorsOptions{Regression: ptr(1.5), Promise: gate.Promise{Cluster: 1}})
	for _, c := range []struct {
		candidate float64
		found     float64 // share of the rollouts, at least
		seconds   float64 // median, at most
		bad       float64 // median of the candidate's errors, at most
	}{
		{.003, .72, 1060, 35},
		{.01, 1, 75, 9},
		{.05, 1, 15, 8},
		{.2, 1, 15, 31},
		{1, 1, 15, 152},
	} {
		s := sim.Study(sim.Traffic{
			PerSecond: 100, Look: 15 * time.Second, Steps: sim.Hold(.1, 30*time.Minute),
			Stable: sim.Version{Errors: .001}, Candidate: sim.Version{Errors: c.candidate},
		}, 400, 1, g)
		t.Logf("%v%% errors: %d of %d found, median %v s, %v bad requests", c.candidate*100, s.Failed, s.Runs, s.FailSeconds, s.BadRequests)
		if float64(s.Failed) < c.found*float64(s.Runs) || s.FailSeconds > c.seconds || s.BadRequests > c.bad {
			t.Errorf("want %v%% found, %v s, %v bad requests", c.found*100, c.seconds, c.bad)
		}
	}
}

func TestTwoEqualVersionsAreKept(t *testing.T) {
	t.Parallel()
	v := sim.Version{Errors: .005}
	s := sim.Study(sim.Traffic{PerSecond: 5, Look: 15 * time.Second, Steps: sim.Hold(.1, 30*time.Minute), Stable: v, Candidate: v},
		1000, 1, errorsGate(t, gate.ErrorsOptions{Regression: ptr(1.5), Promise: gate.Promise{Cluster: 1}}))
	if s.Failed > 5 {
		t.Errorf("%d of %d rolled back, want at most 5", s.Failed, s.Runs)
	}
}

// Without any history, several errors at once count for little at first.
func TestBadCandidatesAreFoundSoonWithoutHistory(t *testing.T) {
	t.Parallel()
	g := errorsGate(t, gate.ErrorsOptions{Regression: ptr(1.5)})
	for rate, most := range map[float64]float64{.05: 20, .2: 10, 1: 6} {
		s := sim.Study(sim.Traffic{
			PerSecond: 100, Look: 2 * time.Second, Steps: sim.Hold(.1, 30*time.Minute),
			Stable: sim.Version{Errors: .001}, Candidate: sim.Version{Errors: rate},
		}, 200, 1, g)
		if s.Failed < s.Runs || s.FailSeconds > most {
			t.Errorf("%v%% errors: %+v, want all found within %v s", rate*100, s, most)
		}
	}
}

func TestAGoodCandidateIsPromotedSoon(t *testing.T) {
	t.Parallel()
	steps := func(parts ...float64) (out []sim.Step) {
		for i, w := range []float64{.01, .05, .25, .5, 1} {
			out = append(out, sim.Step{Weight: w, Min: 10 * time.Second, Max: 10 * time.Minute, Part: parts[i]})
		}
		return out
	}
	for reason, c := range map[string]struct {
		gate  gate.ErrorsOptions
		steps []sim.Step
		most  float64
	}{
		"against a limit":                   {gate.ErrorsOptions{Max: ptr(.01)}, steps(1, 1, 1, 1, 1), 210},
		"against a limit, proof shared out": {gate.ErrorsOptions{Max: ptr(.01)}, steps(.2, .4, .6, .8, 1), 80},
		"against stable, proof shared out":  {gate.ErrorsOptions{Regression: ptr(1.5)}, steps(.25, .5, .75, 1, 1), 110},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			v := sim.Version{Errors: .001}
			s := sim.Study(sim.Traffic{PerSecond: 300, Stable: v, Candidate: v, Look: 2 * time.Second, History: 2 * time.Minute, Steps: c.steps},
				100, 1, errorsGate(t, c.gate))
			t.Logf("%d of %d promoted, median %v s", s.Passed, s.Runs, s.PassSeconds)
			if s.Passed < 99 || s.PassSeconds > c.most {
				t.Errorf("%+v, want 99 of 100 promoted, half of them within %v s", s, c.most)
			}
		})
	}
}

func TestASeedGivesTheSameRollout(t *testing.T) {
	t.Parallel()
	tr := sim.Traffic{PerSecond: 50, Look: time.Second, Cluster: 3, Steps: sim.Hold(.1, time.Minute),
		Stable: sim.Version{Errors: .01}, Candidate: sim.Version{Errors: .02}}
	g := errorsGate(t, gate.ErrorsOptions{Max: ptr(.02)})
	if a, b := sim.Run(tr, 7, g), sim.Run(tr, 7, g); a.Errors != b.Errors || a.Verdict != b.Verdict {
		t.Errorf("one seed, two rollouts: %+v and %+v", a, b)
	}
	if a, b := sim.Run(tr, 7, g), sim.Run(tr, 8, g); a.Errors == b.Errors && a.Candidate.Requests == b.Candidate.Requests {
		t.Error("two seeds, one rollout")
	}
}
