package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/rules"
)

func TestFlagger(t *testing.T) {
	t.Parallel()
	documented := rules.FlaggerDocumented(5 * time.Second)
	once := documented
	once.Threshold = 0
	listed := documented
	listed.StepWeight, listed.MaxWeight, listed.StepWeights = 0, 0, []int{1, 5, 25}
	hasty := rules.FlaggerFastest(5 * time.Second)
	hasty.Interval = time.Second
	firstMinuteBad := func(at time.Duration, _ int) evidence.Counts {
		if at < time.Minute {
			return served(10, 5, 20*ms)
		}
		return served(10, 0, 20*ms)
	}
	slow := func(time.Duration, int) evidence.Counts { return served(10, 0, 700*ms) }
	for why, c := range map[string]struct {
		rule    rules.Flagger
		traffic traffic
		want    rules.Outcome
		at      time.Duration
		reason  string
		weights []int
	}{
		"a good version: five checks, then the primary": {documented, steady(10, 0),
			rules.Promoted, 6 * time.Minute, "passed its check", []int{10, 20, 30, 40, 50, 100}},
		"five failed checks roll back at the tick after": {documented, steady(10, 5),
			rules.RolledBack, 6 * time.Minute, "request-success-rate 50.00% is below 99%", []int{10, 0}},
		"a threshold of nothing is one": {once, steady(10, 5),
			rules.RolledBack, 2 * time.Minute, "1 failed checks", []int{10, 0}},
		"no traffic is a failed check, too": {documented, steady(0, 0),
			rules.RolledBack, 6 * time.Minute, "no values found", []int{10, 0}},
		"when every request fails there is no series to divide": {documented, steady(10, 10),
			rules.RolledBack, 6 * time.Minute, "no values found", []int{10, 0}},
		"a failed check only delays a version that gets better": {documented, firstMinuteBad,
			rules.Promoted, 7 * time.Minute, "", []int{10, 20, 30, 40, 50, 100}},
		"listed weights": {listed, steady(10, 0),
			rules.Promoted, 4 * time.Minute, "", []int{1, 5, 25, 100}},
		"no interval is below ten seconds": {hasty, steady(10, 0),
			rules.Promoted, time.Minute, "", []int{10, 20, 30, 40, 50, 100}},
		"a slow version": {documented, slow,
			rules.RolledBack, 6 * time.Minute, "request-duration 995 ms is above 500ms", []int{10, 0}},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			got, at, weights := play(c.rule, c.traffic, time.Hour)
			if got.Outcome != c.want || at != c.at || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("%s after %s: %s; want %s after %s, %q", got.Outcome, at, got.Reason, c.want, c.at, c.reason)
			}
			if seen := seen(weights); !slices.Equal(seen, c.weights) {
				t.Errorf("weights %v, want %v", seen, c.weights)
			}
		})
	}
}

// Failed checks are counted for good: four bad minutes, hours apart, and a fifth.
func TestFlaggerForgetsNoFailedCheck(t *testing.T) {
	t.Parallel()
	rule := rules.FlaggerDocumented(5 * time.Second)
	rule.StepWeight = 1
	bad := func(at time.Duration, _ int) evidence.Counts {
		if int(at/time.Minute)%8 == 7 {
			return served(10, 5, 20*ms)
		}
		return served(10, 0, 20*ms)
	}
	if got, at, _ := play(rule, bad, time.Hour); got.Outcome != rules.RolledBack || at != 41*time.Minute {
		t.Errorf("%s after %s", got.Outcome, at)
	}
}

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	still, blind := rules.FlaggerDocumented(5*time.Second), rules.FlaggerFastest(15*time.Second)
	still.StepWeight = 0
	once := rules.ArgoDocumented(5 * time.Second)
	once.Interval = 0
	for want, err := range map[string]error{
		"weight never moves":      still.Check(),
		"fewer than two samples":  blind.Check(),
		"measure once":            once.Check(),
		"every measurement would": rules.ArgoFastest(15 * time.Second).Check(),
		"all traffic would move":  rules.Argo{}.Check(),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := rules.FlaggerFastest(5 * time.Second).Check(); err != nil {
		t.Error(err)
	}
}

func seen(weights []weight) (out []int) {
	for _, w := range weights {
		out = append(out, w.weight)
	}
	return out
}
