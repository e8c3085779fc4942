package rollout

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
)

// replayed puts a timeline's looks to fresh gates, as nothing but the report
// allows, and returns what they answer.
func replayed(all report.Timeline, gates ...gate.Gate) [][]string {
	var out [][]string
	panel := gate.NewPanel(gates...)
	for _, p := range all {
		if p.Resumed {
			panel = gate.NewPanel(gates...)
		}
		if p.Anew {
			panel.NextStep(p.Part)
		}
		if len(p.Gates) == 0 {
			continue
		}
		var said []string
		for _, v := range panel.Look(p.Evidence()) {
			said = append(said, string(v.Outcome)+": "+v.Reason)
		}
		out = append(out, said)
	}
	return out
}

func answers(all report.Timeline) [][]string {
	var out [][]string
	for _, p := range all {
		if len(p.Gates) == 0 {
			continue
		}
		var said []string
		for _, a := range p.Gates {
			said = append(said, a.Outcome+": "+a.Reason)
		}
		out = append(out, said)
	}
	return out
}

func sequential() gate.Gate {
	limit := .05
	g, err := gate.Errors(gate.ErrorsOptions{Name: "sequential", Max: &limit, Promise: gate.Promise{Method: gate.Sequential}})
	if err != nil {
		panic(err)
	}
	return g
}

// TestTimelineCanBeReplayed holds for a rollout that was held in between, went
// on in another process and was blind for some looks.
func TestTimelineCanBeReplayed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		gates := []gate.Gate{atMost1(), sequential()}
		state, record := held(t, w, gates...)
		looks := 0
		w.onEvent = func(e Event) {
			if e.Kind == EventLook && e.Step == "gate 50%" {
				looks++
				w.readErr = map[bool]error{true: errRefused}[looks == 2]
			}
		}
		r, err := New(w.deps(gates...), state, record)
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		var sum evidence.Evidence
		unread, weighed := 0, 0
		for i, p := range res.Timeline {
			sum = sum.Add(p.Evidence())
			if p.Resumed {
				t.Errorf("look %d: the gates have forgotten what they saw before the hold", i)
			}
			if p.Unread {
				unread++
			}
			if len(p.Gates) == 2 && p.Gates[1].LogE != nil && p.Gates[1].FailAt != nil {
				weighed++
			}
		}
		if diff := cmp.Diff(answers(res.Timeline), replayed(res.Timeline, gates...)); diff != "" {
			t.Errorf("the replay decides otherwise (-rollout +replay):\n%s", diff)
		}
		if unread == 0 || weighed != len(answers(res.Timeline)) {
			t.Errorf("%d looks without metrics, %d of %d with an e-value", unread, weighed, len(answers(res.Timeline)))
		}
		if sum.Stable.Requests != res.Stable.Requests || sum.Candidate.Requests != res.Candidate.Requests {
			t.Errorf("the looks add up to %d and %d requests, the report says %d and %d", sum.Stable.Requests, sum.Candidate.Requests, res.Stable.Requests, res.Candidate.Requests)
		}
	})
}

func TestTimelineShowsTheWeightOfEachLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.errorRate = .05
		res, err := w.begin(weights(10, 50), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		steps := map[string]int{}
		for _, p := range res.Timeline {
			steps[p.Step] = p.Weight
		}
		want := map[string]int{"weight 10%": 10, "gate 10%": 10, "route": 0}
		if diff := cmp.Diff(want, steps); diff != "" {
			t.Errorf("confirming, gating and putting back are all looked at (-want +got):\n%s", diff)
		}
	})
}
