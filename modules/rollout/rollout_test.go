package rollout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

func weights(ws ...int) []StepSpec {
	var steps []CanaryStep
	for _, w := range ws {
		steps = append(steps, CanaryStep{Weight: w})
	}
	return Canary(steps)
}

func TestGoodCandidateIsPromotedInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		res, err := w.begin(weights(10, 50), atMost1()).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if res.Verdict != report.Promoted {
			t.Fatalf("verdict %s: %s", res.Verdict, res.Reason)
		}
		want := []string{"create", "capacity 10", "prepare", "capacity 10", "set 10", "capacity 50", "set 50", "capacity 100", "set 100",
			"update stable", "set 90", "restore", "cleanup", "remove"}
		if diff := cmp.Diff(want, w.log); diff != "" {
			t.Errorf("capacity must precede weight, and the candidate must outlive its traffic:\n%s", diff)
		}
		for _, s := range res.Steps {
			if s.Status != report.Done {
				t.Errorf("step %s is %s", s.Name, s.Status)
			}
		}
	})
}

func TestBadCandidateIsPutBackBeforeItIsRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.errorRate = 0.05
		res, err := w.begin(weights(25, 50), atMost1()).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if res.Verdict != report.RolledBack || !strings.Contains(res.Reason, "errors") {
			t.Fatalf("verdict %s: %s", res.Verdict, res.Reason)
		}
		if w.did("update stable") || w.did("set 50") {
			t.Errorf("a bad version went further: %v", w.log)
		}
		if w.index("restore") > w.index("cleanup") || w.index("cleanup") > w.index("remove") {
			t.Errorf("traffic must go back before what it could reach is removed: %v", w.log)
		}
	})
}

func TestEndings(t *testing.T) {
	tests := []struct {
		name    string
		because string
		setup   func(*world)
		verdict report.Verdict
		reason  string
		kept    string // a call that must be in the log
		never   string // a call that must not be
	}{
		{"no traffic", "no data is neither good nor bad", func(w *world) { w.rate = 0 }, report.Held, "has not decided", "set 0", "remove"},
		{"candidate never ready", "the reason reaches the report", func(w *world) { w.fail["create"] = []error{errServer} }, report.RolledBack, errServer.Error(), "remove", "prepare"},
		{"metrics gone", "blind traffic goes back to stable", func(w *world) {
			w.onEvent = func(e Event) {
				if e.Kind == EventBegin && e.Step == "gate 10%" {
					w.readErr = errRefused
				}
			}
		}, report.Held, "no metrics for", "set 0", "update stable"},
		{"route edited by others", "nothing of theirs is overwritten", func(w *world) {
			w.onEvent = func(e Event) {
				if e.Kind == EventBegin && e.Step == "gate 10%" {
					w.weight = 33
				}
			}
		}, report.Held, "somebody else", "set 10", "restore"},
		{"data plane does not follow", "a share that never comes is an error", func(w *world) { w.deaf = true }, report.RolledBack, "but after 20s it gets 0.0%", "restore", "update stable"},
		{"rollback asked for", "a person's word ends it", func(w *world) {
			w.onEvent = func(e Event) {
				if e.Kind == EventBegin && e.Step == "gate 10%" {
					w.request = journal.RequestRollback
				}
			}
		}, report.RolledBack, "headgate rollback", "restore", "update stable"},
		{"stable cannot take the new version", "stable gets its old version back before traffic returns", func(w *world) { w.fail["update stable"] = []error{errServer} }, report.RolledBack, errServer.Error(), "revert stable", "set 90"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				tt.setup(w)
				res, err := w.begin(weights(10), atMost1()).Run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if res.Verdict != tt.verdict || !strings.Contains(res.Reason, tt.reason) {
					t.Fatalf("%s: got %s because %q, want %s because %q", tt.because, res.Verdict, res.Reason, tt.verdict, tt.reason)
				}
				if !w.did(tt.kept) || w.did(tt.never) {
					t.Errorf("%s: want %q and never %q in %v", tt.because, tt.kept, tt.never, w.log)
				}
			})
		})
	}
}

func TestInterruptPutsEverythingBack(t *testing.T) {
	list := weights(10, 50)
	for i, spec := range list[:len(list)-1] { // at the last step stable serves everybody
		t.Run(spec.Name(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				ctx, cancel := context.WithCancelCause(t.Context())
				w.onEvent = func(e Event) {
					if e.Kind == EventBegin && e.Index == i {
						cancel(ErrInterrupted)
					}
				}
				res, err := w.begin(list, atMost1()).Run(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if res.Verdict == report.Promoted { // the step needed no waiting and the next ones neither
					t.Fatalf("promoted in spite of an interrupt at step %d", i)
				}
				if res.Verdict != report.Aborted || !strings.Contains(res.Reason, "interrupted") {
					t.Errorf("got %s: %s", res.Verdict, res.Reason)
				}
				if w.weight != 0 || w.did("set 10") && !w.did("restore") || !w.did("remove") {
					t.Errorf("left behind: weight %d, %v", w.weight, w.log)
				}
				if w.did("update stable") && !w.did("revert stable") {
					t.Errorf("stable kept the new version: %v", w.log)
				}
			})
		})
	}
}

func TestOutageOfTheAPIServerIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		down := fmt.Errorf("dial: %w", syscall.ECONNREFUSED)
		w.fail["set 50"] = []error{down, down, down, down, down}
		w.fail["save"] = nil
		res, err := w.begin(weights(10, 50), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if len(res.Warnings) == 0 {
			t.Error("the report does not tell of the outage")
		}
	})
}

func TestFencedDriverTouchesNothingMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.onEvent = func(e Event) {
			if e.Kind == EventBegin && e.Step == "gate 10%" {
				w.fail["save"] = []error{journal.ErrFenced}
				w.records["sample"] = journal.Record{Release: "sample", Data: []byte("somebody else's")}
			}
		}
		_, err := w.begin(weights(10, 50), atMost1()).Run(t.Context())
		if !errors.Is(err, journal.ErrFenced) {
			t.Fatalf("got %v", err)
		}
		if w.did("set 50") || w.did("restore") || w.did("remove") {
			t.Errorf("it went on after it was taken over: %v", w.log)
		}
	})
}

func TestALabelOnTheJournalStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.onEvent = func(e Event) {
			if e.Kind == EventBegin && e.Step == "gate 10%" { // the record is as it was written, its version is not
				w.fail["save"] = []error{journal.ErrFenced, journal.ErrFenced}
			}
		}
		res, err := w.begin(weights(10, 50), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Errorf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
	})
}

func TestPauseKeepsTheWeightAndTheWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		began := time.Now()
		w.onEvent = func(e Event) {
			switch {
			case e.Kind == EventBegin && e.Step == "gate 10%":
				w.request = journal.RequestPause
			case e.Kind == EventLook && time.Since(began) > 10*time.Minute:
				w.request = journal.RequestResume
			}
		}
		res, err := w.begin(weights(10), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if res.Seconds < 600 {
			t.Errorf("it went on after %.0f s in spite of the pause", res.Seconds)
		}
	})
}

func TestHeldRolloutGoesOnFromTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.rate = 0
		res, err := w.begin(weights(10, 50), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.Held {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		w.rate = 200 // traffic comes; another process resumes
		record, err := w.Load(t.Context(), "sample")
		if err != nil {
			t.Fatal(err)
		}
		state, err := DecodeState(record.Data)
		if err != nil {
			t.Fatal(err)
		}
		w.log = nil
		again, err := New(w.deps(atMost1()), state, record)
		if err != nil {
			t.Fatal(err)
		}
		res, err = again.Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if w.did("create") || w.log[0] != "capacity 10" || w.log[1] != "set 10" {
			t.Errorf("it must go on with the weight that was held: %v", w.log)
		}
	})
}

func TestTotalTimeoutAborts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := testSettings()
		s.Total, s.Max, w.rate = time.Minute, time.Hour, 1
		res, err := w.beginWith(s, weights(10), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.Aborted || !strings.Contains(res.Reason, "total timeout") {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if w.weight != 0 || !w.did("remove") {
			t.Errorf("left behind: %v", w.log)
		}
	})
}

func TestInterruptAfterTheReturnFinishesForward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithCancelCause(t.Context())
		w.onEvent = func(e Event) {
			if e.Kind == EventNotice && strings.Contains(e.Text, "routes are as they were before") {
				cancel(ErrInterrupted)
			}
		}
		res, err := w.begin(weights(50), atMost1()).Run(ctx)
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if w.did("revert stable") || !w.did("cleanup") || !w.did("remove") {
			t.Errorf("stable serves everybody, so only the clean-up may follow: %v", w.log)
		}
	})
}
