package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

func fixedErrors(t *testing.T, o gate.ErrorsOptions) gate.Trial {
	t.Helper()
	g, err := gate.Errors(o)
	if err != nil {
		t.Fatal(err)
	}
	return g.Begin()
}

func TestFixedErrors(t *testing.T) {
	t.Parallel()
	max1 := gate.ErrorsOptions{Max: ptr(.01), Promise: fixed}
	twice := gate.ErrorsOptions{Regression: ptr(2.), Promise: fixed}
	for why, c := range map[string]struct {
		o    gate.ErrorsOptions
		seen []evidence.Evidence
		want gate.Verdict
	}{
		"nothing was asked of the candidate": {max1,
			[]evidence.Evidence{look(counts(0, 0), counts(900, 1))},
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "100 more candidate requests",
				Reason: "no candidate requests seen; 100 requests are needed"}},
		"too few requests are no pass": {max1,
			[]evidence.Evidence{look(counts(60, 0), counts(900, 1))},
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "40 more candidate requests", Progress: .6,
				Reason: "candidate fails 0% of 60 requests, stable 0.11% of 900; 100 requests are needed"}},
		"enough good requests pass": {max1,
			[]evidence.Evidence{look(counts(60, 0), counts(900, 1)), look(counts(40, 1), counts(0, 0))},
			gate.Verdict{Outcome: gate.Pass, Progress: 1,
				Reason: "candidate fails 1% of 100 requests, stable 0.11% of 900; limit 1%"}},
		"more errors than the limit fail": {max1,
			[]evidence.Evidence{look(counts(1240, 51), counts(11020, 33))},
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate fails 4.1% of 1,240 requests, stable 0.3% of 11,020; limit 1%"}},
		"two errors in five requests cannot become 1% of 100": {max1,
			[]evidence.Evidence{look(counts(5, 2), counts(0, 0))},
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate fails 40% of 5 requests; limit 1% of 100 requests"}},
		"29% of 100 is 29 and not 28.999": {gate.ErrorsOptions{Max: ptr(.29), Promise: fixed},
			[]evidence.Evidence{look(counts(100, 29), counts(0, 0))},
			gate.Verdict{Outcome: gate.Pass, Progress: 1,
				Reason: "candidate fails 29% of 100 requests; limit 29%"}},
		"an idle stable is nothing to compare with, not a failure": {twice,
			[]evidence.Evidence{look(counts(500, 30), counts(0, 0))},
			gate.Verdict{Outcome: gate.Inconclusive, Missing: "stable requests",
				Reason: "candidate fails 6% of 500 requests; stable has served no requests to compare with"}},
		"twice stable's rate is still allowed": {twice,
			[]evidence.Evidence{look(counts(500, 10), counts(5000, 50))},
			gate.Verdict{Outcome: gate.Pass, Progress: 1,
				Reason: "candidate fails 2% of 500 requests, stable 1% of 5,000; limit 2 times stable"}},
		"more than twice stable's rate is not": {twice,
			[]evidence.Evidence{look(counts(500, 11), counts(5000, 50))},
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate fails 2.2% of 500 requests, stable 1% of 5,000; limit 2 times stable"}},
		"one error beside a flawless stable does not decide alone": {twice,
			[]evidence.Evidence{look(counts(500, 1), counts(5000, 0))},
			gate.Verdict{Outcome: gate.Pass, Progress: 1,
				Reason: "candidate fails 0.2% of 500 requests, stable 0% of 5,000; limit 2 times stable"}},
		"of two limits the broken one is named": {gate.ErrorsOptions{Max: ptr(.05), Regression: ptr(2.), Promise: fixed},
			[]evidence.Evidence{look(counts(500, 15), counts(5000, 50))},
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate fails 3% of 500 requests, stable 1% of 5,000; limit 2 times stable"}},
		"a source with more errors than requests is cut to all": {max1,
			[]evidence.Evidence{look(counts(100, 300), counts(0, 0))},
			gate.Verdict{Outcome: gate.Fail, Progress: 1,
				Reason: "candidate fails 100% of 100 requests; limit 1%"}},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			c.want.Gate = "errors"
			if got := last(fixedErrors(t, c.o), c.seen...); got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

func TestFixedErrorsStartAnewWithEachStep(t *testing.T) {
	t.Parallel()
	trial := fixedErrors(t, gate.ErrorsOptions{Max: ptr(.01), Promise: fixed})
	trial.Look(look(counts(500, 0), counts(500, 0)))
	trial.NextStep()
	if v := trial.Look(look(counts(50, 0), counts(50, 0))); v.Outcome != gate.Inconclusive {
		t.Errorf("50 requests of a new step: %+v", v)
	}
}

func TestStableOfTheStepBeforeStandsInAtFullWeight(t *testing.T) {
	t.Parallel()
	trial := fixedErrors(t, gate.ErrorsOptions{Regression: ptr(2.), Promise: fixed})
	trial.Look(look(counts(500, 5), counts(500, 5)))
	trial.NextStep()
	v := trial.Look(look(counts(500, 40), counts(0, 0)))
	if v.Outcome != gate.Fail || !strings.Contains(v.Reason, "in the step before") {
		t.Errorf("8%% beside the 1%% that stable had: %+v", v)
	}
}

func TestOldSamplesDecideNothing(t *testing.T) {
	t.Parallel()
	old := look(counts(500, 0), counts(500, 0))
	old.Fresh = old.End.Add(-5 * time.Minute)
	never := old
	never.Fresh = time.Time{}
	for reason, c := range map[string]struct {
		e    evidence.Evidence
		want string
	}{
		"a frozen source":          {old, "the newest sample is 5 min old; at most 1m30s is taken as current"},
		"a source without samples": {never, "no samples yet"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			v := fixedErrors(t, gate.ErrorsOptions{Max: ptr(.01), Promise: fixed}).Look(c.e)
			if v.Outcome != gate.Inconclusive || v.Reason != c.want || v.Missing == "" {
				t.Errorf("got %+v", v)
			}
		})
	}
	t.Run("what failed before stays failed", func(t *testing.T) {
		t.Parallel()
		trial := fixedErrors(t, gate.ErrorsOptions{Max: ptr(.01), Promise: fixed})
		if v := last(trial, look(counts(500, 50), counts(500, 0)), old); v.Outcome != gate.Fail {
			t.Errorf("got %+v", v)
		}
	})
}

func TestErrorsOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		o    gate.ErrorsOptions
		want string
	}{
		"no limit at all":            {gate.ErrorsOptions{}, "give max"},
		"percent written as a share": {gate.ErrorsOptions{Max: ptr(5.)}, "write 1% or 0.01"},
		"a factor below stable":      {gate.ErrorsOptions{Regression: ptr(.5)}, "1 to 1000"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			_, err := gate.Errors(c.o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
