package rules_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/rules"
)

func TestArgo(t *testing.T) {
	t.Parallel()
	documented := rules.ArgoDocumented(5 * time.Second)
	never := documented
	never.From = 9
	counted := documented
	counted.Count = 1
	counted.FailureLimit = 1
	between := documented
	between.Failure = 40
	patient := documented
	patient.ErrorLimit = new(int)
	*patient.ErrorLimit = 1000
	idleFrom := func(from time.Duration) traffic {
		return func(at time.Duration, _ int) evidence.Counts {
			if at >= from {
				return served(0, 0, 0)
			}
			return served(10, 0, 20*ms)
		}
	}
	for why, c := range map[string]struct {
		rule    rules.Argo
		traffic traffic
		want    rules.Outcome
		at      time.Duration
		reason  string
		weights []int
	}{
		"a good version is through when the last pause is": {documented, steady(10, 0),
			rules.Promoted, 40 * time.Minute, "7 measurements, 0 of them failed", []int{20, 40, 60, 80, 100}},
		"one failed measurement more than the limit": {documented, steady(10, 5),
			rules.RolledBack, 25 * time.Minute, "4 failed measurements, more than 3: 50.00%", []int{20, 40, 60, 0}},
		"a query that gives nothing is asked five times": {documented, steady(0, 0),
			rules.RolledBack, 10*time.Minute + 40*time.Second, "5 errors in a row, more than 4", []int{20, 40, 0}},
		"when every request fails the query gives nothing": {documented, steady(10, 10),
			rules.RolledBack, 10*time.Minute + 40*time.Second, "gives nothing", []int{20, 40, 0}},
		"counters that stand still are not a number, which fails": {documented, idleFrom(time.Minute),
			rules.RolledBack, 25 * time.Minute, "is no number", []int{20, 40, 60, 0}},
		"without any measurement it is promoted": {never, steady(10, 10),
			rules.Promoted, 40 * time.Minute, "0 measurements", []int{20, 40, 60, 80, 100}},
		"a metric that has its count is not asked again": {counted, steady(10, 5),
			rules.Promoted, 40 * time.Minute, "1 measurements, 1 of them failed", []int{20, 40, 60, 80, 100}},
		"between the conditions it waits for a person": {between, steady(10, 5),
			rules.Held, 10 * time.Minute, "1 inconclusive measurements, more than 0", []int{20, 40}},
		"errors within their limit stop nothing": {patient, steady(0, 0),
			rules.Promoted, 40 * time.Minute, "0 measurements", []int{20, 40, 60, 80, 100}},
		"at the fastest": {rules.ArgoFastest(5 * time.Second), steady(10, 5),
			rules.RolledBack, 20 * time.Second, "2 failed measurements, more than 1", []int{10, 20, 0}},
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
