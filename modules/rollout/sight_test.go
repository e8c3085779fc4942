package rollout

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

var errRefused = errors.New("connection refused")

func (w *world) blind()  { w.readErr = errRefused }
func (w *world) frozen() { old := w.reading(); w.old = &old }

// Every gate has passed at 50%; then nothing is seen any more.
func TestStableIsNotUpdatedUnseen(t *testing.T) {
	for _, tt := range []struct {
		reason  string
		lose    func(*world)
		policy  Policy
		verdict report.Verdict
		updated bool
	}{
		{"metrics that cannot be read are waited for, and then a person is", (*world).blind, Hold, report.Held, false},
		{"metrics that show the same again and again are no sight", (*world).frozen, Hold, report.Held, false},
		{"as is asked of gates that cannot decide", (*world).frozen, RollBack, report.RolledBack, false},
		{"who goes on without a verdict goes on without sight", (*world).frozen, Continue, report.Promoted, true},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.onEvent = func(e Event) {
					if e.Kind == EventBegin && e.Step == "weight 100%" {
						tt.lose(w)
					}
				}
				s := testSettings()
				s.OnInconclusive = tt.policy
				res, err := w.beginWith(s, weights(50), atMost1()).Run(t.Context())
				if err != nil || res.Verdict != tt.verdict {
					t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
				}
				if w.did("update stable") != tt.updated {
					t.Errorf("stable was updated: %v", !tt.updated)
				}
				if !tt.updated && w.weight != 0 {
					t.Errorf("the candidate, which nobody sees, still has %d%%", w.weight)
				}
				if tt.verdict == report.Held && !strings.Contains(res.Reason, "metrics") {
					t.Errorf("the reason does not tell of the metrics: %s", res.Reason)
				}
			})
		})
	}
}

// Scrapes a minute apart, or a Prometheus that restarts, only cost time.
func TestMetricsThatComeBackLetStableBeUpdated(t *testing.T) {
	for name, lose := range map[string]func(*world){"not readable": (*world).blind, "nothing new": (*world).frozen} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.onEvent = func(e Event) {
					if e.Kind == EventBegin && e.Step == "update stable" {
						lose(w)
						since := time.Now()
						w.onRequest = func(journal.Request) {
							if time.Since(since) > 15*time.Second {
								w.readErr, w.old = nil, nil
							}
						}
					}
				}
				res, err := w.begin(weights(50), atMost1()).Run(t.Context())
				if err != nil || res.Verdict != report.Promoted {
					t.Errorf("got %s (%s), %v", res.Verdict, res.Reason, err)
				}
			})
		})
	}
}

func TestAPersonEndsTheWaitForMetrics(t *testing.T) {
	for request, want := range map[journal.Request]report.Verdict{journal.RequestPromote: report.Promoted, journal.RequestRollback: report.RolledBack} {
		t.Run(string(request), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.onEvent = func(e Event) {
					if e.Kind == EventBegin && e.Step == "update stable" {
						w.frozen()
					}
					if e.Kind == EventNotice && strings.Contains(e.Text, "not seen idle") {
						w.request = request
					}
				}
				res, err := w.begin(weights(50), atMost1()).Run(t.Context())
				if err != nil || res.Verdict != want {
					t.Errorf("got %s (%s), %v", res.Verdict, res.Reason, err)
				}
				if w.did("update stable") != (want == report.Promoted) {
					t.Errorf("after %s: %v", request, w.log)
				}
			})
		})
	}
}

// Without gates nobody looks, so nobody can lose sight.
func TestWithoutGatesNothingIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.frozen()
		res, err := w.begin(weights(50)).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Errorf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
	})
}

// A driver that was killed while it updated stable had seen enough. Stable may be
// half new: traffic must not go there, whatever is seen now.
func TestAnUpdateThatWasBegunGoesOnUnseen(t *testing.T) {
	for _, tt := range []struct {
		name    string
		lose    func(*world)
		drain   time.Duration
		verdict report.Verdict
	}{
		{"nothing new", func(w *world) { w.frozen(); w.old.Fresh = time.Time{} }, 10 * time.Second, report.Promoted},
		{"not readable for too long", (*world).blind, 2 * time.Minute, report.Held},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				var killed journal.Record
				w.onCall = func(name string) {
					if name == "update stable" && killed.Data == nil {
						killed = w.records["sample"]
					}
				}
				if _, err := w.begin(weights(50), atMost1()).Run(t.Context()); err != nil {
					t.Fatal(err)
				}
				state, err := DecodeState(killed.Data)
				if err != nil {
					t.Fatal(err)
				}
				state.Settings.Drain = tt.drain
				w.weight, w.served, w.log = 100, 100, nil
				tt.lose(w)
				r, err := New(w.deps(atMost1()), state, &killed)
				if err != nil {
					t.Fatal(err)
				}
				res, err := r.Run(t.Context())
				if err != nil || res.Verdict != tt.verdict || w.did("set 0") {
					t.Errorf("got %s (%s), %v: %v", res.Verdict, res.Reason, err, w.log)
				}
			})
		})
	}
}
