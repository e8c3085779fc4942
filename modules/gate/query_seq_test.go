package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

func TestSequentialQuery(t *testing.T) {
	t.Parallel()
	every := func(apart time.Duration, values ...float64) (out []evidence.Evidence) {
		for i, v := range values {
			out = append(out, answer("queue", v, noon.Add(time.Duration(i)*apart)))
		}
		return out
	}
	far := 15 * time.Second
	for why, c := range map[string]struct {
		seen []evidence.Evidence
		want gate.Outcome
		says string
	}{
		"always inside":            {every(far, 5, 5, 5, 5, 5, 5), gate.Pass, "5, outside 0 of 6 looks; limit at most 10"},
		"always outside":           {every(far, 50, 50, 50, 50, 50, 50, 50, 50, 50), gate.Fail, "odds of this by chance"},
		"now in, now out":          {every(far, 50, 5, 50, 5, 50, 5, 50, 5), gate.Inconclusive, "outside 4 of 8 looks"},
		"looks too close are one":  {every(time.Second, 5, 5, 5, 5, 5, 5, 5, 5), gate.Inconclusive, "outside 0 of 1 look"},
		"one look outside is luck": {every(far, 50), gate.Inconclusive, "outside 1 of 1 look"},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "sum(queue)", Max: ptr(10.), Promise: single})
			if err != nil {
				t.Fatal(err)
			}
			if v := last(g.Begin(), c.seen...); v.Outcome != c.want || !strings.Contains(v.Reason, c.says) {
				t.Errorf("got %+v, want %s: %q", v, c.want, c.says)
			}
		})
	}
}

func TestSequentialQueryStaysFailedAndNeedsAnAnswer(t *testing.T) {
	t.Parallel()
	g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "sum(queue)", Max: ptr(10.), Promise: single})
	if err != nil {
		t.Fatal(err)
	}
	trial := g.Begin()
	empty := evidence.Evidence{End: noon, Fresh: noon}
	if v := trial.Look(empty); v.Outcome != gate.Inconclusive || v.Missing != "an answer to sum(queue)" {
		t.Errorf("no answer: %+v", v)
	}
	for i := range 10 {
		trial.Look(answer("queue", 50, noon.Add(time.Duration(i)*time.Minute)))
	}
	trial.NextStep()
	if v := trial.Look(answer("queue", 5, noon.Add(time.Hour))); v.Outcome != gate.Fail {
		t.Errorf("ten answers outside, then one inside: %+v", v)
	}
}
