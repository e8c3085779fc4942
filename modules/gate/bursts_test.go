package gate_test

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// looksOf2s are looks of 2 s, one after the other.
func looksOf2s(stable, candidate func(look int) float64, n int) (out []evidence.Evidence) {
	for i := range n {
		at := noon.Add(time.Duration(2*i) * time.Second)
		end := at.Add(2 * time.Second)
		out = append(out, evidence.Evidence{Start: at, End: end, Fresh: end,
			Stable: counts(180, uint64(180*stable(i))), Candidate: counts(20, uint64(20*candidate(i)))})
	}
	return out
}

// outage fails a part of the requests for ten looks from each of the times on.
func outage(rate float64, at ...int) func(int) float64 {
	return func(i int) float64 {
		for _, a := range at {
			if i >= a && i < a+10 {
				return rate
			}
		}
		return .006 * float64(i%2)
	}
}

// Where stable has outages of its own again and again, one of the candidate's is
// no proof against it; a candidate that does not work at all is found all the same.
func TestOutagesOfStableMakeNobodyBlind(t *testing.T) {
	t.Parallel()
	measured := gate.Promise{Method: gate.Sequential}
	for why, c := range map[string]struct {
		o         gate.ErrorsOptions
		candidate func(int) float64
		want      gate.Outcome
	}{
		"an outage as stable has them":            {gate.ErrorsOptions{Regression: ptr(1.5), Promise: measured}, outage(.3, 170), gate.Inconclusive},
		"all fails, against stable":               {gate.ErrorsOptions{Regression: ptr(1.5), Promise: measured}, outage(1, 170, 180, 190, 200, 210, 220, 230), gate.Fail},
		"all fails, against a limit":              {gate.ErrorsOptions{Max: ptr(.01), Promise: measured}, outage(1, 170, 180, 190, 200, 210, 220, 230), gate.Fail},
		"fails little, as stable between outages": {gate.ErrorsOptions{Regression: ptr(1.5), Promise: measured}, outage(.3), gate.Inconclusive},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			trial, looks := seqErrors(t, c.o), looksOf2s(outage(.3, 50, 100, 150), c.candidate, 240)
			last(trial, looks[:165]...)
			trial.NextStep()
			v := last(trial, looks[165:]...)
			if v.Outcome == gate.Fail != (c.want == gate.Fail) {
				t.Errorf("got %+v, want %s", v, c.want)
			}
		})
	}
}

// A candidate that was good for long and then fails is found as soon as one that
// fails from the beginning, or nearly.
func TestACandidateThatTurnsBadIsFound(t *testing.T) {
	t.Parallel()
	for why, o := range map[string]gate.ErrorsOptions{
		"against stable":  {Regression: ptr(1.5), Promise: gate.Promise{Method: gate.Sequential}},
		"against a limit": {Max: ptr(.02), Promise: gate.Promise{Method: gate.Sequential}},
	} {
		trial, found := seqErrors(t, o), 0
		good, turned := outage(0), outage(1, 200, 210)
		for i, look := range looksOf2s(good, turned, 220) {
			if trial.Look(look).Outcome == gate.Fail {
				found = i
				break
			}
		}
		if found < 200 || found > 210 {
			t.Errorf("%s: found at look %d, want within 20 s of 200", why, found)
		}
	}
}
