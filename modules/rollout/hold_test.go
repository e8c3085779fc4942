package rollout

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

// held is a Rollout that stopped at 10% for lack of traffic, as another process
// finds it.
func held(t *testing.T, w *world, gates ...gate.Gate) (*State, *journal.Record) {
	t.Helper()
	w.rate = 0
	if gates == nil {
		gates = []gate.Gate{atMost1()}
	}
	res, err := w.begin(weights(10, 50), gates...).Run(t.Context())
	if err != nil || res.Verdict != report.Held {
		t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
	}
	record, err := w.Load(t.Context(), "sample")
	if err != nil {
		t.Fatal(err)
	}
	state, err := DecodeState(record.Data)
	if err != nil {
		t.Fatal(err)
	}
	w.log, w.rate = nil, 200
	return state, record
}

func TestHeldReportKeepsWhatWasMeasured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		state, _ := held(t, newWorld())
		for _, s := range state.Steps {
			if s.Record.Name == "gate 10%" && (s.Record.Status != report.Failed || len(s.Record.Gates) != 1) {
				t.Errorf("the gate it was held at is %s with %d answers", s.Record.Status, len(s.Record.Gates))
			}
		}
	})
}

func TestHoldIsNoPartOfTheTimeAStepTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		state, record := held(t, w)
		r, err := New(w.deps(atMost1()), state, record)
		if err != nil {
			t.Fatal(err)
		}
		if err := sleep(t.Context(), testSettings().Total); err != nil {
			t.Fatal(err)
		}
		res, err := r.Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		for _, s := range res.Steps {
			if s.Seconds > 60 {
				t.Errorf("step %s took %.0f s", s.Name, s.Seconds)
			}
		}
	})
}

func TestRollbackOfAHeldOneWaitsUntilTheCandidateIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		state, record := held(t, w)
		w.served = 10 // a proxy that has not heard of the hold
		idle := false
		w.onEvent = func(e Event) {
			idle = idle || e.Kind == EventNotice && strings.Contains(e.Text, "waiting until the candidate is idle")
		}
		r, err := New(w.deps(atMost1()), state, record)
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Rollback(t.Context(), "asked")
		if err != nil || res.Verdict != report.RolledBack {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if !idle {
			t.Error("the candidate was removed while a proxy could still send to it")
		}
		if res.Next != "" {
			t.Errorf("nothing is left to be done, but the report says: %s", res.Next)
		}
	})
}
