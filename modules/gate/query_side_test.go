package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// answered are answers 15 s apart.
func answered(values ...float64) (out []evidence.Evidence) {
	for i, v := range values {
		out = append(out, answer("queue", v, noon.Add(time.Duration(i)*15*time.Second)))
	}
	return out
}

func times(n int, values ...float64) (out []float64) {
	for range n {
		out = append(out, values...)
	}
	return out
}

func TestAnswersAreWeighedByWhatTheyTell(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		low, high *float64
		seen      []float64
		want      gate.Outcome
		says      string
	}{
		"answers that wander up to the limit hang together": {nil, ptr(10.), []float64{9.5, 9.3, 9.1, 9.2, 9.4, 9.6}, gate.Inconclusive, "its answers hang together"},
		"five far within the limit are enough":              {nil, ptr(10.), []float64{5, 5.1, 5, 4.9, 5}, gate.Pass, "outside 0 of 5 looks"},
		"a noisy ratio around 1 is not outside its band":    {ptr(.9), ptr(1.1), times(30, .7, 1.3, 1.4, .6), gate.Inconclusive, "outside 120 of 120 looks"},
		"one that is mostly above the band is":              {ptr(.9), ptr(1.1), times(10, 1.3, 1.5, 1.2, 1.6, 1.4, .8), gate.Fail, "odds of this by chance"},
		"five times nothing is not five proofs":             {nil, ptr(.3), times(5, 0), gate.Inconclusive, "limit at most 0.3"},
		"ten times nothing is":                              {nil, ptr(.3), times(10, 0), gate.Pass, "outside 0 of 10 looks"},
		"a few large answers make up the sum":               {nil, ptr(.3), times(30, 0, 0, 0, 4, 0, 0, 0, 0), gate.Inconclusive, "most answers lie inside, their mean of 0.5 does not"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "sum(queue)", Min: c.low, Max: c.high, Promise: single})
			if err != nil {
				t.Fatal(err)
			}
			if v := last(g.Begin(), answered(c.seen...)...); v.Outcome != c.want || !strings.Contains(v.Reason, c.says) {
				t.Errorf("got %+v, want %s: %q", v, c.want, c.says)
			}
		})
	}
}

func TestARatioOverNothingSaysWhatToAsk(t *testing.T) {
	t.Parallel()
	g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "a / b", Max: ptr(1.5), Promise: single})
	if err != nil {
		t.Fatal(err)
	}
	empty := evidence.Evidence{End: noon, Fresh: noon, Values: map[string]evidence.Value{"queue": {}}}
	if v := g.Begin().Look(empty); v.Outcome != gate.Inconclusive || !strings.Contains(v.Reason, "while its divisor is 0") {
		t.Errorf("got %+v", v)
	}
}

// A Journal of a version that asked for a single bound in its own way goes on.
func TestAnOlderQueryGoesOn(t *testing.T) {
	t.Parallel()
	g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "sum(queue)", Max: ptr(10.), Promise: single})
	if err != nil {
		t.Fatal(err)
	}
	p := gate.NewPanel(g)
	older := `{"trials":{"queue":{"breach":{"w":[` + strings.Repeat("-5,", 24) + `-5],"cash":-2},"proof":{"w":[4,1,1,1,1,1,1,1],"cash":null},` +
		`"last":5,"at":"2026-01-02T12:00:00Z","all":6,"outside":0,"part":1}}}`
	if err := p.Restore([]byte(older)); err != nil {
		t.Fatal(err)
	}
	if v := p.Look(answer("queue", 5, noon.Add(time.Hour))); gate.All(v) != gate.Pass || !strings.Contains(v[0].Reason, "outside 0 of 7 looks") {
		t.Errorf("got %+v", v)
	}
}
