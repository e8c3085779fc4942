package rollout

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

// stander is a watchdog that tells the world's log what it is asked to do.
type stander struct {
	w      *world
	phases []string // of the records that it was begun for
}

func (s *stander) Begin(_ context.Context, record *journal.Record) (string, error) {
	s.phases = append(s.phases, record.Phase)
	return "stands by", s.w.call("watch")
}

func (s *stander) End(context.Context) error { return s.w.call("unwatch") }

func (w *world) watched(list []StepSpec) (*Rollout, *stander) {
	s := &stander{w: w}
	r := w.begin(list, atMost1())
	r.deps.Watchdog = s
	return r, s
}

func TestWatchdogStandsByFromBeforeTheFirstChangeToEveryEnding(t *testing.T) {
	tests := map[string]struct {
		setup   func(*world)
		verdict report.Verdict
	}{
		"promoted":                    {func(*world) {}, report.Promoted},
		"rolled back":                 {func(w *world) { w.errorRate = .2 }, report.RolledBack},
		"held, with traffic returned": {func(w *world) { w.rate = 0 }, report.Held},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				tt.setup(w)
				r, s := w.watched(weights(50))
				res, err := r.Run(t.Context())
				if err != nil || res.Verdict != tt.verdict {
					t.Fatalf("%s, %v", res.Verdict, err)
				}
				if w.log[0] != "watch" || w.log[len(w.log)-1] != "unwatch" {
					t.Errorf("it must be there first and go last: %v", w.log)
				}
				if !slices.Equal(s.phases, []string{string(Running)}) {
					t.Errorf("it belongs to a record that is in the Journal: %v", s.phases)
				}
			})
		})
	}
}

func TestWatchdogStaysWhenTheEndIsNotOnRecord(t *testing.T) {
	tests := map[string]func(*world, Event){
		"another driver has taken over": func(w *world, e Event) {
			if e.Kind == EventBegin && e.Step == "gate 50%" {
				w.fail["save"] = []error{journal.ErrFenced}
				w.records["sample"] = journal.Record{Data: []byte("theirs")}
			}
		},
		"the last record cannot be written": func(w *world, e Event) {
			if e.Kind == EventDone && e.Step == "remove candidate" {
				w.fail["save"] = []error{errServer}
			}
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.onEvent = func(e Event) { spoil(w, e) }
				r, _ := w.watched(weights(50))
				if _, err := r.Run(t.Context()); err == nil {
					t.Fatal("nothing went wrong")
				}
				if w.did("unwatch") {
					t.Errorf("nobody has told that the Rollout needs no driver: %v", w.log)
				}
			})
		})
	}
}

func TestNothingIsBegunWithoutTheWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.fail["watch"] = []error{errors.New("the image cannot be pulled")}
		r, _ := w.watched(weights(50))
		res, err := r.Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack || !strings.Contains(res.Reason, "cannot be pulled") {
			t.Errorf("%s because %q, %v", res.Verdict, res.Reason, err)
		}
		if w.did("create") || w.did("prepare") {
			t.Errorf("something was changed: %v", w.log)
		}
	})
}

func TestAResumedRolloutGoesOnWithoutTheWatchdogAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.rate = 0
		r, _ := w.watched(weights(50))
		if res, err := r.Run(t.Context()); err != nil || res.Verdict != report.Held {
			t.Fatalf("%s, %v", res.Verdict, err)
		}
		w.rate = 200
		w.fail["watch"] = []error{errors.New("the image cannot be pulled")}
		res, err := r.Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("%s because %q, %v", res.Verdict, res.Reason, err)
		}
		if !strings.Contains(strings.Join(res.Warnings, "\n"), "cannot be pulled") {
			t.Errorf("warnings: %q", res.Warnings)
		}
	})
}
