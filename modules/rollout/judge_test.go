package rollout

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

func TestAVersionThatFailsEverythingIsStoppedBeforeItsWeightIsConfirmed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.errorRate = 1
		res, err := w.begin(weights(5, 50), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack || !strings.Contains(res.Reason, "odds of this by chance") {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		for _, s := range res.Steps {
			if s.Name == "weight 5%" && (s.Status != report.Failed || len(s.Gates) != 1 || s.Gates[0].Outcome != "fail") {
				t.Errorf("the report does not say that the gate failed there: %+v", s)
			}
		}
		if w.totals.Candidate.Errors > 30 {
			t.Errorf("%d requests failed; ten a second were sent to it", w.totals.Candidate.Errors)
		}
	})
}

func TestAVersionThatTurnsBadIsStoppedWhilePodsAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, step := range []string{"capacity for 50%", "update stable"} {
			w := newWorld()
			w.onEvent = func(e Event) {
				if w.never = e.Kind == EventBegin && e.Step == step; w.never {
					w.account()
					w.errorRate = 1
				}
			}
			began := time.Now()
			res, err := w.begin(weights(5, 50), atMost1()).Run(t.Context())
			if err != nil || res.Verdict != report.RolledBack || !strings.Contains(res.Reason, "gate errors failed") {
				t.Fatalf("%s: got %s (%s), %v", step, res.Verdict, res.Reason, err)
			}
			if took := time.Since(began); took > 2*time.Minute {
				t.Errorf("%s: it was found after %s", step, took)
			}
		}
	})
}

// onlooker is a gate that remembers what it was shown.
type onlooker struct {
	looks *[]evidence.Evidence
	steps *[]int // how many looks came before each new step
}

func (onlooker) Name() string               { return "witness" }
func (onlooker) Question() string           { return "what is to be seen" }
func (onlooker) Queries() map[string]string { return nil }
func (g onlooker) Begin() gate.Trial        { return g }
func (g onlooker) NextStep()                { *g.steps = append(*g.steps, len(*g.looks)) }
func (g onlooker) Look(e evidence.Evidence) gate.Verdict {
	*g.looks = append(*g.looks, e)
	return gate.Verdict{Outcome: gate.Pass, Reason: "seen", Progress: 1}
}

func TestGatesSeeEveryRequestFromBeforeTheCandidateIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		g := onlooker{new([]evidence.Evidence), new([]int)}
		w.onEvent = func(e Event) {
			if e.Kind == EventBegin && e.Step == "candidate" {
				w.slow = 10 * time.Second
			}
		}
		res, err := w.begin(weights(10, 50), g).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		alone, candidate := 0, uint64(0)
		for i, e := range *g.looks {
			if e.Candidate.Requests == 0 && candidate == 0 {
				alone++
			}
			candidate += e.Candidate.Requests
			if i < (*g.steps)[0] && candidate > 0 {
				t.Errorf("%d candidate requests were seen before its first step", candidate)
			}
		}
		if alone < 9 {
			t.Errorf("%d looks at stable alone in ten seconds of waiting for the candidate", alone)
		}
		if len(*g.steps) != 3 {
			t.Errorf("%d new steps for the weights 10, 50, 100", len(*g.steps))
		}
	})
}

func TestGatesRememberInAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.errorRate = .015 // too little to fail soon, too much to pass
		s := testSettings()
		s.Max = time.Hour
		w.rate = 2000
		began := time.Now()
		w.onEvent = func(Event) {
			if time.Since(began) > 40*time.Second { // it loses the Lease
				w.fail["save"] = slices.Repeat([]error{journal.ErrFenced}, 100)
			}
		}
		first := w.beginWith(s, weights(10), strict())
		if _, err := first.Run(t.Context()); !errors.Is(err, journal.ErrFenced) {
			t.Fatalf("got %v", err)
		}
		seen := first.panel.Trials()[0].(gate.Weighed).LogE()
		record, err := w.Load(t.Context(), "sample")
		if err != nil {
			t.Fatal(err)
		}
		state, err := DecodeState(record.Data)
		if err != nil {
			t.Fatal(err)
		}
		second, err := New(w.deps(strict()), state, record)
		if err != nil {
			t.Fatal(err)
		}
		if kept := second.panel.Trials()[0].(gate.Weighed).LogE(); kept == 0 || seen == 0 {
			t.Errorf("the first saw %v, the second begins with %v", seen, kept)
		}
	})
}

// strict never decides at 1.5% errors within a minute.
func strict() gate.Gate {
	limit := .014
	g, err := gate.Errors(gate.ErrorsOptions{Max: &limit, Promise: gate.Promise{Alpha: 1e-9, Beta: 1e-9, Cluster: 1}})
	if err != nil {
		panic(err)
	}
	return g
}

func TestRequestsAfterTheWeightWentBackChangeNoVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.errorRate = .2
		late := false
		w.onEvent = func(e Event) {
			if e.Kind == EventNotice && strings.Contains(e.Text, "routes are as they were before") && !late {
				late = true
				w.totals.Candidate.Requests += 500 // in flight until now, and good
			}
		}
		res, err := w.begin(weights(10), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack || !late {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		last := res.Timeline[len(res.Timeline)-1]
		if len(last.Gates) > 0 {
			t.Errorf("gates were asked after the traffic went back: %+v", last)
		}
		if res.Candidate.Requests < 500 {
			t.Errorf("the late requests are not in the report: %+v", res.Candidate)
		}
		for _, s := range res.Steps {
			for _, g := range s.Gates {
				if strings.Contains(g.Reason, "500") {
					t.Errorf("a verdict counts what came late: %s", g.Reason)
				}
			}
		}
	})
}
