package rollout

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/headgate-ci/headgate/modules/evidence"

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
			if s.Record.Name == "gate 10%" && (s.Record.Status != report.Stopped || len(s.Record.Gates) != 1) {
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

// reread is a Rollout as another process finds it.
func (w *world) reread(t *testing.T, gates ...gate.Gate) *Rollout {
	t.Helper()
	record, err := w.Load(t.Context(), "sample")
	if err != nil {
		t.Fatal(err)
	}
	state, err := DecodeState(record.Data)
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(w.deps(gates...), state, record)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A hold moves traffic away from the candidate, so whatever comes next has it
// earn its way back, and stable is never replaced while it serves.
func TestResumeAfterAHoldAtFullTrafficMovesTrafficFirst(t *testing.T) {
	for name, tt := range map[string]struct {
		list []StepSpec
		step string
	}{
		"while the old version is kept":  {Keep(weights(50), 10*time.Minute), "keep old 10m0s"},
		"while the baseline is idle yet": {Beside(weights(50)), "remove baseline"},
		"while stable is idle yet":       {weights(50), "update stable"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				s := testSettings()
				s.Drain = 2 * time.Minute
				w.onEvent = func(e Event) {
					if e.Step == tt.step && e.Kind == EventBegin {
						w.readErr = errServer
					}
				}
				res, err := w.beginWith(s, tt.list, atMost1()).Run(t.Context())
				if err != nil || res.Verdict != report.Held || w.weight != 0 {
					t.Fatalf("without metrics: %s (%s) at %d%%, %v", res.Verdict, res.Reason, w.weight, err)
				}
				time.Sleep(15 * time.Minute) // a person takes a while
				w.onEvent, w.readErr = nil, nil
				var moved, updated time.Time
				w.onCall = func(name string) {
					switch {
					case name == "set 100":
						moved = time.Now()
					case name == "update stable" && w.weight != 100:
						t.Errorf("stable is updated while it has %d%% of the traffic", 100-w.weight)
					case name == "update stable":
						updated = time.Now()
					}
				}
				res, err = w.reread(t, atMost1()).Run(t.Context())
				if err != nil || res.Verdict != report.Promoted {
					t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
				}
				if kept := updated.Sub(moved); strings.HasPrefix(tt.step, "keep") && kept < 10*time.Minute {
					t.Errorf("the old version was kept for %s", kept)
				}
			})
		})
	}
}

// A job that is cancelled in the middle of a hold leaves no traffic where nobody
// watches it.
func TestAHoldThatIsCancelledStillMovesTrafficBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithCancelCause(t.Context())
		w.onEvent = func(e Event) {
			if e.Kind == EventDone && e.Step == "weight 10%" {
				w.rate = 0
			}
		}
		for range 5 {
			w.fail["set 0"] = append(w.fail["set 0"], apierrors.NewServiceUnavailable("away"))
		}
		w.onCall = func(name string) {
			if name == "set 0" {
				cancel(ErrInterrupted)
			}
		}
		res, err := w.begin(weights(10, 50), atMost1()).Run(ctx)
		if err != nil || res.Verdict != report.Held || w.weight != 0 {
			t.Errorf("got %s (%s) at %d%%, %v", res.Verdict, res.Reason, w.weight, err)
		}
	})
}

// The record of what could not be put back says so to a watchdog: it is no
// Rollout that waits for a person.
func TestWhatCannotBePutBackIsLeftForWhoeverTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.errorRate = 1
		w.fail["restore"] = []error{errServer}
		guard := &guards{}
		deps := w.deps(atMost1())
		deps.Watchdog = guard
		r, err := New(deps, NewState("id", "demo", "sample", "canary", weights(50), testSettings()), &journal.Record{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Run(t.Context())
		if err == nil || res.Verdict != report.Held || r.state.Phase != RollingBack || guard.ended {
			t.Fatalf("got %s, %v; the record says %s, watchdog sent away: %v", res.Verdict, err, r.state.Phase, guard.ended)
		}
		res, err = w.reread(t, atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack || w.weight != 0 {
			t.Errorf("taken over: %s (%s) at %d%%, %v", res.Verdict, res.Reason, w.weight, err)
		}
	})
}

// guards notes whether it was sent away.
type guards struct{ ended bool }

func (g *guards) Begin(context.Context, *journal.Record) (string, error) { return "watching", nil }
func (g *guards) End(context.Context) error                              { g.ended = true; return nil }

// Traffic goes back first, however long the metrics take.
func TestRollbackDoesNotWaitForMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		held(t, w)
		r := w.reread(t, atMost1())
		r.state.Phase, r.meter = Running, newMeter(slow{w, time.Hour})
		began := time.Now()
		w.onCall = func(name string) {
			if took := time.Since(began); name == "restore" && took > 3*time.Second {
				t.Errorf("the routes were put back after %s", took)
			}
		}
		res, err := r.Rollback(t.Context(), "its driver died")
		if err != nil || res.Verdict != report.RolledBack || !w.did("restore") {
			t.Errorf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
	})
}

// slow is a Reader that takes its time.
type slow struct {
	*world
	takes time.Duration
}

func (s slow) Read(ctx context.Context) (evidence.Reading, error) {
	if err := sleep(ctx, s.takes); err != nil {
		return evidence.Reading{}, err
	}
	return s.world.Read(ctx)
}
