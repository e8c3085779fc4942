package rollout

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

func TestOneResumeApprovesOneStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		approval := CanaryStep{Pause: &Pause{}}
		list := Canary([]CanaryStep{{Weight: 10}, approval, {Weight: 50}, approval})
		began := time.Now()
		w.onEvent = func(e Event) {
			switch {
			case e.Step == "approval at 10%" && e.Kind == EventLook:
				w.request = journal.RequestResume
			case time.Since(began) > 20*time.Minute:
				w.request = journal.RequestRollback
			}
		}
		res, err := w.begin(list, atMost1()).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if res.Verdict != report.RolledBack || w.did("set 100") {
			t.Errorf("the approval at 10%% was taken for the one at 50%%: %s, %v", res.Verdict, w.log)
		}
	})
}

func TestResumeAfterAPauseIsNoApproval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		list := Canary([]CanaryStep{{Weight: 10}, {Pause: &Pause{}}})
		var paused bool
		began := time.Now()
		w.onEvent = func(e Event) {
			switch {
			case e.Step == "gate 10%" && e.Kind == EventBegin:
				w.request = journal.RequestPause
			case e.Kind == EventNotice && strings.HasPrefix(e.Text, "paused"):
				paused, w.request = true, journal.RequestResume
			case time.Since(began) > 20*time.Minute:
				w.request = journal.RequestRollback
			}
		}
		res, err := w.begin(list, atMost1()).Run(t.Context())
		if err != nil || !paused {
			t.Fatalf("paused: %v, %v", paused, err)
		}
		if res.Verdict != report.RolledBack {
			t.Errorf("nobody approved, and it was %s", res.Verdict)
		}
	})
}

func TestARollbackAskedForRightAfterAResumeIsHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		list := Canary([]CanaryStep{{Weight: 10}, {Pause: &Pause{}}})
		w.onEvent = func(e Event) {
			if e.Step == "approval at 10%" && e.Kind == EventLook && w.onRequest == nil {
				w.request = journal.RequestResume
				seen := 0
				w.onRequest = func(was journal.Request) { // first to act on a rollback, then to settle the resume
					if was != journal.RequestResume {
						return
					}
					if seen++; seen == 2 {
						w.request = journal.RequestRollback
					}
				}
			}
		}
		res, err := w.begin(list, atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack {
			t.Errorf("the rollback was taken for the resume: %s (%s), %v", res.Verdict, res.Reason, err)
		}
	})
}

func TestPauseStopsTheClockOfATimedPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		list := Canary([]CanaryStep{{Weight: 10}, {Pause: &Pause{For: time.Minute}}})
		began := time.Now()
		w.onEvent = func(e Event) {
			switch {
			case e.Step == "pause 1m0s at 10%" && e.Kind == EventBegin:
				w.request = journal.RequestPause
			case time.Since(began) > 10*time.Minute:
				w.request = journal.RequestResume
			}
		}
		res, err := w.begin(list, atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if res.Seconds < 600 {
			t.Errorf("it went on after %.0f s in spite of the pause", res.Seconds)
		}
	})
}

func TestRollbackIsHeardWhilePodsAreWaitedFor(t *testing.T) {
	for _, step := range []string{"candidate", "capacity for 10%", "update stable"} {
		t.Run(step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.onEvent = func(e Event) {
					w.never = e.Kind == EventBegin && e.Step == step
					if w.never {
						w.request = journal.RequestRollback
					}
				}
				began := time.Now()
				res, err := w.begin(weights(10), atMost1()).Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if res.Verdict != report.RolledBack || res.Reason != errAskedRollback.Error() {
					t.Errorf("got %s: %s", res.Verdict, res.Reason)
				}
				if took := time.Since(began); took > 2*time.Minute {
					t.Errorf("it was heard after %s", took)
				}
			})
		})
	}
}

// What a person asked of a driver that died holds for the one that goes on.
func TestAPauseOutlivesItsDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, kill := context.WithCancelCause(t.Context())
		w.onEvent = func(e Event) {
			switch {
			case e.Step == "gate 10%" && e.Kind == EventBegin:
				w.request = journal.RequestPause
			case e.Kind == EventNotice && strings.HasPrefix(e.Text, "paused"):
				time.AfterFunc(time.Minute, func() { kill(journal.ErrFenced) }) // it touches nothing more
			}
		}
		if _, err := w.begin(weights(10, 50), atMost1()).Run(ctx); !errors.Is(err, journal.ErrFenced) {
			t.Fatal(err)
		}
		w.request, w.onEvent = journal.RequestNone, nil
		began := time.Now()
		w.onCall = func(name string) {
			if name == "capacity 50" && time.Since(began) < time.Hour {
				t.Errorf("it went on after %s in spite of the pause", time.Since(began))
			}
		}
		time.AfterFunc(time.Hour, func() { w.request = journal.RequestResume })
		res, err := w.reread(t, atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Errorf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
	})
}

func TestPromoteEndsAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.onEvent = func(e Event) {
			switch {
			case e.Step == "gate 10%" && e.Kind == EventBegin:
				w.request = journal.RequestPause
			case e.Kind == EventNotice && strings.HasPrefix(e.Text, "paused"):
				w.request = journal.RequestPromote
			}
		}
		r := w.begin(weights(10, 50), atMost1())
		w.onCall = func(name string) {
			if name == "set 100" && r.state.Phase != Running {
				t.Errorf("the record says %s while traffic is moved", r.state.Phase)
			}
		}
		res, err := r.Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Errorf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
	})
}
