package gate_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// single is the sequential method with errors that come one at a time.
var single = gate.Promise{Method: gate.Sequential, Cluster: 1}

func seqErrors(t testing.TB, o gate.ErrorsOptions) gate.Trial {
	t.Helper()
	if o.Method == "" {
		o.Promise = single
	}
	g, err := gate.Errors(o)
	if err != nil {
		t.Fatal(err)
	}
	return g.Begin()
}

func TestSequentialErrors(t *testing.T) {
	t.Parallel()
	max1 := gate.ErrorsOptions{Max: ptr(.01)}
	half := gate.ErrorsOptions{Regression: ptr(1.5)}
	for why, c := range map[string]struct {
		o    gate.ErrorsOptions
		seen []evidence.Evidence
		want gate.Verdict
	}{
		"nothing was asked of the candidate": {max1,
			[]evidence.Evidence{look(counts(0, 0), counts(900, 1))},
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "340 more candidate requests if none is bad",
				Reason: "no candidate requests seen; not yet proven within or beyond 1%"}},
		"a good start is not enough": {max1,
			[]evidence.Evidence{look(counts(200, 0), counts(900, 1))},
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "140 more candidate requests if none is bad", Progress: .5,
				Reason: "candidate fails 0% of 200 requests, stable 0.11% of 900; not yet proven within or beyond 1%"}},
		"enough good requests prove the limit": {max1,
			[]evidence.Evidence{look(counts(200, 0), counts(900, 1)), look(counts(200, 0), counts(0, 0))},
			gate.Verdict{Outcome: gate.Pass, Progress: 1,
				Reason: "candidate fails 0% of 400 requests, stable 0.11% of 900; limit 1%; odds of this from a worse candidate below 1 in 20"}},
		"many errors fail with the odds of chance": {half,
			[]evidence.Evidence{look(counts(1240, 51), counts(11020, 33))},
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate fails 4.1% of 1,240 requests, stable 0.3% of 11,020; limit 1.5 times stable; odds of this by chance below 1 in 1,000,000"}},
		"three errors of ten beside a flawless stable": {half,
			[]evidence.Evidence{look(counts(10, 3), counts(90, 0))},
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate fails 30% of 10 requests, stable 0% of 90; limit 1.5 times stable; odds of this by chance below 1 in 120"}},
		"one error beside a flawless stable may be chance": {half,
			[]evidence.Evidence{look(counts(10, 1), counts(90, 0))},
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "1,400 more candidate requests if none is bad",
				Reason: "candidate fails 10% of 10 requests, stable 0% of 90; not yet proven within or beyond 1.5 times stable"}},
		"an idle stable is nothing to compare with": {half,
			[]evidence.Evidence{look(counts(500, 30), counts(0, 0))},
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "stable requests to compare with",
				Reason: "candidate fails 6% of 500 requests; not yet proven within or beyond 1.5 times stable"}},
		"no worse than stable, as far as matters": {half,
			[]evidence.Evidence{look(counts(2000, 2), counts(18000, 18))},
			gate.Verdict{Outcome: gate.Pass, Progress: 1,
				Reason: "candidate fails 0.1% of 2,000 requests, stable 0.1% of 18,000; limit 1.5 times stable and 0.5% more; odds of this from a worse candidate below 1 in 20"}},
		"everything fails": {max1,
			[]evidence.Evidence{look(counts(1000, 1000), counts(9000, 9000))},
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate fails 100% of 1,000 requests, stable 100% of 9,000; limit 1%; odds of this by chance below 1 in 1,000,000"}},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			c.want.Gate = "errors"
			got := last(seqErrors(t, c.o), c.seen...)
			if math.Abs(got.Progress-c.want.Progress) < .1 {
				got.Progress = c.want.Progress
			}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestAFailedGateStaysFailed(t *testing.T) {
	t.Parallel()
	trial := seqErrors(t, gate.ErrorsOptions{Max: ptr(.01)})
	trial.Look(look(counts(100, 50), counts(0, 0)))
	trial.NextStep()
	if v := trial.Look(look(counts(1e6, 0), counts(0, 0))); v.Outcome != gate.Fail {
		t.Errorf("got %+v", v)
	}
}

func TestEvidenceIsCarriedButEachStepMustAddSome(t *testing.T) {
	t.Parallel()
	trial := seqErrors(t, gate.ErrorsOptions{Max: ptr(.01)})
	if v := trial.Look(look(counts(5000, 0), counts(5000, 0))); v.Outcome != gate.Pass {
		t.Fatalf("5,000 good requests: %+v", v)
	}
	trial.NextStep()
	if v := trial.Look(look(counts(10, 0), counts(10, 0))); v.Outcome != gate.Inconclusive {
		t.Errorf("10 requests at the new weight: %+v", v)
	}
	if v := trial.Look(look(counts(170, 0), counts(10, 0))); v.Outcome != gate.Pass {
		t.Errorf("180 requests at the new weight: %+v", v)
	}
}

func TestAimSharesTheProofAmongSteps(t *testing.T) {
	t.Parallel()
	trial := seqErrors(t, gate.ErrorsOptions{Max: ptr(.01)})
	trial.NextStep()
	trial.(gate.Pacer).Aim(.2)
	if v := trial.Look(look(counts(150, 0), counts(0, 0))); v.Outcome != gate.Pass {
		t.Errorf("150 good requests, a fifth of the proof wanted: %+v", v)
	}
	trial.NextStep()
	trial.(gate.Pacer).Aim(1)
	if v := trial.Look(look(counts(150, 0), counts(0, 0))); v.Outcome != gate.Inconclusive {
		t.Errorf("300 good requests, all of the proof wanted: %+v", v)
	}
}

func TestAComparisonStandsOnTheStepsBeforeWhenStableIsIdle(t *testing.T) {
	t.Parallel()
	proven, open := seqErrors(t, gate.ErrorsOptions{Regression: ptr(1.5)}), seqErrors(t, gate.ErrorsOptions{Regression: ptr(1.5)})
	proven.Look(look(counts(5000, 5), counts(5000, 5)))
	open.Look(look(counts(50, 0), counts(50, 0)))
	for trial, want := range map[gate.Trial]gate.Outcome{proven: gate.Pass, open: gate.Inconclusive} {
		trial.NextStep()
		if v := trial.Look(look(counts(500, 0), counts(0, 0))); v.Outcome != want {
			t.Errorf("at a weight of 100: got %+v, want %s", v, want)
		}
	}
}

func TestMinRequestsHoldsAPassBack(t *testing.T) {
	t.Parallel()
	trial := seqErrors(t, gate.ErrorsOptions{Max: ptr(.5), MinRequests: 100})
	if v := trial.Look(look(counts(80, 0), counts(0, 0))); v.Outcome != gate.Inconclusive || v.Missing != "20 more candidate requests" {
		t.Errorf("80 of 100: %+v", v)
	}
}

func TestErrorsAtOnceCountAsOneUntilStableShowsOtherwise(t *testing.T) {
	t.Parallel()
	measured := gate.Promise{Method: gate.Sequential}
	burst := look(counts(10, 5), counts(90, 0))
	if v := seqErrors(t, gate.ErrorsOptions{Regression: ptr(1.5), Promise: measured}).Look(burst); v.Outcome != gate.Inconclusive {
		t.Errorf("five errors in one look may be one user's retries: %+v", v)
	}
	trial := seqErrors(t, gate.ErrorsOptions{Regression: ptr(1.5), Promise: measured})
	for i := range 60 { // stable alone: errors come one by one
		trial.Look(look(counts(0, 0), counts(1000, uint64(i%2))))
	}
	if v := trial.Look(burst); v.Outcome != gate.Fail || strings.Contains(v.Reason, "60,000") {
		t.Errorf("five errors, known to be independent, stable's history not shown: %+v", v)
	}
}

func TestSequentialOldSamplesDecideNothing(t *testing.T) {
	t.Parallel()
	old := look(counts(50000, 0), counts(500, 0))
	old.Fresh = old.End.Add(-5 * time.Minute)
	trial := seqErrors(t, gate.ErrorsOptions{Max: ptr(.01)})
	if v := trial.Look(old); v.Outcome != gate.Inconclusive || !strings.Contains(v.Reason, "5 min old") {
		t.Errorf("got %+v", v)
	}
	if v := trial.Look(evidence.Evidence{}); v.Outcome != gate.Inconclusive {
		t.Errorf("an empty look made it %+v", v)
	}
}

func TestPromiseIsChecked(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		p    gate.Promise
		want string
	}{
		"a method nobody knows":   {gate.Promise{Method: "magic"}, "write sequential or fixed"},
		"alpha in percent":        {gate.Promise{Alpha: 5}, "0.01 is usual"},
		"a negative beta":         {gate.Promise{Beta: -.1}, "0.05 is usual"},
		"an effect above a half":  {gate.Promise{Effect: .9}, "0.5% is usual"},
		"half an error at a time": {gate.Promise{Cluster: .5}, "1 to 1000"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			if _, err := gate.Errors(gate.ErrorsOptions{Max: ptr(.01), Promise: c.p}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	if _, err := gate.Errors(gate.ErrorsOptions{Max: ptr(0.), Promise: single}); err == nil || !strings.Contains(err.Error(), "method: fixed") {
		t.Errorf("a limit of nothing can never be proven: %v", err)
	}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	bad, good := seqErrors(t, gate.ErrorsOptions{Max: ptr(.01)}), seqErrors(t, gate.ErrorsOptions{Max: ptr(.01)})
	bad.Look(look(counts(100, 10), counts(0, 0)))
	good.Look(look(counts(100, 0), counts(0, 0)))
	fixed := fixedErrors(t, gate.ErrorsOptions{Max: ptr(.01), Promise: fixed})
	if e, fail := gate.Together(.01, bad, good, fixed); !fail {
		t.Errorf("ten errors of a hundred at one of two gates: log e %v", e)
	}
	if e, fail := gate.Together(.01, good, good); fail || e > 0 {
		t.Errorf("two good gates: log e %v", e)
	}
	if e, fail := gate.Together(.01, fixed); fail || e != 0 {
		t.Errorf("a gate that cannot be weighed: log e %v", e)
	}
}

func BenchmarkSequentialLook(b *testing.B) {
	trial := seqErrors(b, gate.ErrorsOptions{Max: ptr(.05), Regression: ptr(1.5)})
	b.ReportAllocs()
	for b.Loop() {
		trial.Look(look(counts(150, 0), counts(1350, 1)))
	}
}
