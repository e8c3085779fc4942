package rollout

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/headgate-ci/headgate/modules/report"
)

// promoted is a Rollout that came through, as whoever takes it back finds it.
func promoted(t *testing.T, w *world) *Rollout {
	t.Helper()
	if res, err := w.begin(weights(10, 50), atMost1()).Run(t.Context()); err != nil || res.Verdict != report.Promoted {
		t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
	}
	return found(t, w)
}

// found takes up what stands in the record.
func found(t *testing.T, w *world) *Rollout {
	t.Helper()
	record, err := w.Load(t.Context(), "sample")
	if err != nil {
		t.Fatal(err)
	}
	state, err := DecodeState(record.Data)
	if err != nil {
		t.Fatal(err)
	}
	w.log = nil
	r, err := New(w.deps(atMost1()), state, record)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestGoingBackThatMetATroubleIsFinishedByWhoeverTakesItUp(t *testing.T) {
	for name, finish := range map[string]func(*Rollout) (report.Result, error){
		"rollback": func(r *Rollout) (report.Result, error) { return r.Rollback(context.Background(), "again") },
		"resume":   func(r *Rollout) (report.Result, error) { return r.Run(context.Background()) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				r := promoted(t, w)
				w.fail["revert stable"] = []error{errServer}
				res, err := r.GoBack(t.Context(), "asked for")
				if err == nil || res.Verdict == report.RolledBack || res.Verdict == report.Promoted || !strings.Contains(res.Next, "headgate rollback sample -n demo") {
					t.Fatalf("got %s, next %q, %v", res.Verdict, res.Next, err)
				}
				res, err = finish(found(t, w))
				if err != nil || res.Verdict != report.RolledBack || !w.did("revert stable") {
					t.Errorf("got %s (%s), %v: %v", res.Verdict, res.Reason, err, w.log)
				}
				if w.did("update stable") || w.did("set 10") {
					t.Errorf("it rolls out again: %v", w.log)
				}
			})
		})
	}
}

// Its record, as an older headgate would read it, is one to be promoted.
func TestARecordThatIsBeingTakenBackIsOfANewerVersion(t *testing.T) {
	state := NewState("id", "demo", "sample", "canary", weights(10), testSettings())
	state.going("asked for")
	if state.Version <= stateVersion {
		t.Errorf("version %d", state.Version)
	}
	state.wentBack()
	if state.Version != stateVersion {
		t.Errorf("version %d stays", state.Version)
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	var last *State
	for i := range 30 {
		state := NewState(strings.Repeat("i", i+1), "demo", "sample", "canary", weights(10), testSettings())
		state.Phase, state.Reason = Promoted, strings.Repeat("because ", 100)
		if last != nil {
			state.History = last.Pasts()
		}
		last = state
	}
	got := last.Pasts()
	if len(got) != pastMost || len(got[0].ID) != 30 || len(got[9].ID) != 21 || len(got[0].Reason) > 2*pastReason {
		t.Errorf("%d of the last %d rollouts, the newest %d, the oldest %d", len(got), pastMost, len(got[0].ID), len(got[len(got)-1].ID))
	}
}
