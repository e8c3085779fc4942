package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
)

// A window that reaches back before the candidate tells of its predecessor: of a
// bad one that was rolled back just now, or of a good one that hides a bad one.
func TestNoAnswerCountsBeforeTheCandidateFillsTheQuerysWindow(t *testing.T) {
	t.Parallel()
	for why, c := range map[string]struct {
		promql   string
		lookback time.Duration
		ready    time.Duration // traffic of its own that is needed
	}{
		"a window":                      {"sum(rate(errors_total[2m]))", 0, 2 * time.Minute},
		"a window and an offset":        {"sum(rate(errors_total[2m] offset 30s))", 0, 150 * time.Second},
		"the longer of two":             {"rate(a[1m]) / rate(b[5m])", 0, 5 * time.Minute},
		"a window that grows":           {"sum(rate(errors_total[$window]))", 0, time.Minute},
		"last week, on purpose":         {"rate(a[1m]) / rate(a[1m] offset 1w)", time.Minute, time.Minute},
		"a gauge is of the same moment": {"sum(queue)", 0, 0},
	} {
		for _, p := range []gate.Promise{fixed, single} {
			t.Run(why+" "+string(p.Method), func(t *testing.T) {
				t.Parallel()
				g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: c.promql, Lookback: c.lookback, Max: ptr(10.), Promise: p})
				if err != nil {
					t.Fatal(err)
				}
				begun := noon
				early, late := g.Begin(), g.Begin()
				for i := range 60 {
					at := begun.Add(time.Duration(i) * 15 * time.Second)
					look := answer("queue", 50, at)
					look.OnTrial = begun
					if at.Sub(begun) < c.ready {
						if v := early.Look(look); v.Outcome != gate.Inconclusive || !strings.Contains(v.Reason, " back, and the candidate has had traffic for ") {
							t.Fatalf("%s after the candidate's first request: %+v", at.Sub(begun), v)
						}
						continue
					}
					if v := late.Look(look); v.Outcome == gate.Fail {
						return
					}
				}
				t.Error("a bad answer about the candidate alone never counted")
			})
		}
	}
}

func TestAnAnswerWithoutACandidateCountsForNobody(t *testing.T) {
	t.Parallel()
	g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "sum(queue)", Max: ptr(10.), Promise: fixed})
	if err != nil {
		t.Fatal(err)
	}
	trial := g.Begin()
	for i := range 10 {
		look := answer("queue", 50, noon.Add(time.Duration(i)*time.Minute))
		look.OnTrial = time.Time{}
		if v := trial.Look(look); v.Outcome != gate.Inconclusive || !strings.Contains(v.Reason, "no traffic") {
			t.Fatalf("got %+v", v)
		}
	}
}
