package rollout

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/evidence/outcome"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

// strayFrom has ungoverned requests begin with a call.
func (w *world) strayFrom(call string, rate float64) func(string) {
	return func(now string) {
		if now == call {
			w.account()
			w.ungoverned = rate
		}
	}
}

// inOrder fails unless all calls were made, one after the other.
func (w *world) inOrder(t *testing.T, calls ...string) {
	t.Helper()
	last := -1
	for _, c := range calls {
		i := w.index(c)
		if i < 0 || i < last {
			t.Errorf("%q is not where it should be in %q: %v", c, calls, w.log)
		}
		last = max(last, i)
	}
}

// Callers count answers for the candidate that others gave, as they do with a
// headless Service: whatever the candidate is like, nothing is known of it.
func TestAContradictionIsNeverAPass(t *testing.T) {
	for _, tt := range []struct {
		name      string
		elsewhere float64
		mute      bool
		want      report.Verdict
	}{
		{"none of them arrive", 1, false, report.Held},
		{"one in twenty arrives", .95, false, report.Held},
		{"all arrive", 0, false, report.Promoted},
		{"filters in front of it answer most", .8, false, report.Promoted},
		{"nobody can say", 1, true, report.Promoted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.elsewhere, w.mute = tt.elsewhere, tt.mute
				res, err := w.begin(weights(10, 50), atMost1()).Run(t.Context())
				if err != nil || res.Verdict != tt.want {
					t.Fatalf("got %s (%s), %v; want %s", res.Verdict, res.Reason, err, tt.want)
				}
				if tt.want == report.Held && (w.weight != 0 || !strings.Contains(res.Reason, "its own proxies received") || !strings.Contains(res.Next, "headgate rollback")) {
					t.Errorf("held with %d%% because %q; next %q", w.weight, res.Reason, res.Next)
				}
			})
		})
	}
}

// A candidate that gets requests before any route sends it some is taken out of
// the Service at once, and put away.
func TestRequestsAtWeight0EndTheRollout(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rate   float64
		unseen bool
		ways   bool // there are some that callers' proxies do not count
		named  bool
		want   report.Verdict
	}{
		{"callers' proxies tell of them", 20, false, false, false, report.RolledBack},
		{"copies, which those who send them do not count", 20, true, true, false, report.RolledBack},
		{"Pods that talk to each other", 20, true, false, false, report.Promoted},
		{"probes and scrapers", 1, true, true, false, report.Promoted},
		{"a route of the user's own names the candidate", 20, false, false, true, report.Promoted},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.ungoverned, w.unseen, w.slow = tt.rate, tt.unseen, 5*time.Second
				w.rate = 2000 // so that they change no share
				deps := w.deps(atMost1())
				deps.Named = tt.named
				state := NewState("id", "demo", "sample", "canary", weights(10, 50), testSettings())
				state.Unseen = tt.ways
				r, err := New(deps, state, &journal.Record{})
				if err != nil {
					t.Fatal(err)
				}
				res, err := r.Run(t.Context())
				if err != nil || res.Verdict != tt.want {
					t.Fatalf("got %s (%s), %v; want %s", res.Verdict, res.Reason, err, tt.want)
				}
				if tt.want == report.Promoted {
					if w.did("leave") {
						t.Errorf("it left the Service: %v", w.log)
					}
					return
				}
				if w.did("set 10") || !strings.Contains(res.Reason, "requests at weight 0") {
					t.Errorf("ended because %q: %v", res.Reason, w.log)
				}
				w.inOrder(t, "restore", "leave", "cleanup", "remove")
			})
		})
	}
}

// Requests that go on when the routes are back are no longer waited for: the
// candidate leaves the Service, and is idle then.
func TestACandidateThatKeepsItsTrafficLeaves(t *testing.T) {
	for name, unseen := range map[string]bool{"callers count it": false, "nobody but the candidate does": true} {
		for ending, bad := range map[string]float64{"rollback": .5, "promotion": 0} {
			t.Run(ending+", "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld()
					w.errorRate, w.unseen = bad, unseen
					w.onCall = w.strayFrom("restore", 40)
					s := testSettings()
					s.Drain = time.Minute
					began := time.Now()
					r := w.beginWith(s, weights(50), atMost1())
					r.state.Unseen = unseen
					res, err := r.Run(t.Context())
					if err != nil || (res.Verdict == report.Promoted) != (bad == 0) {
						t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
					}
					w.inOrder(t, "restore", "leave", "cleanup", "remove")
					if took := time.Since(began); took > time.Minute {
						t.Errorf("it took %s: the whole drain was waited for", took)
					}
				})
			})
		}
	}
}

// Nobody watches a held candidate: one that is called all the same is put away.
func TestAHeldCandidateThatIsStillCalledIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.rate = 2
		w.onCall = w.strayFrom("set 0", 40)
		res, err := w.begin(weights(10), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack || !strings.Contains(res.Reason, "has not decided") || !strings.Contains(res.Reason, "still gets requests") {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		w.inOrder(t, "set 0", "restore", "leave", "remove")
	})
}

// A driver that died after the candidate had left is followed by one that goes on
// putting things back.
func TestLeavingIsOnRecordBeforeItIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.ungoverned, w.slow, w.rate = 40, 5*time.Second, 2000
		w.onCall = func(call string) {
			if call != "leave" {
				return
			}
			state, err := DecodeState(w.records["sample"].Data)
			if err != nil || state.Why != EndRollback || state.Intent == nil || !strings.Contains(state.Intent.Do, "leave its Services") {
				t.Errorf("the record says %+v, %v", state, err)
			}
		}
		if _, err := w.begin(weights(10), atMost1()).Run(t.Context()); err != nil || !w.did("leave") {
			t.Errorf("%v: %v", err, w.log)
		}
	})
}

// Stable has the new version and fails everything, which the candidate does not:
// it gets the old one back while the candidate serves.
func TestStableThatFailsWithTheNewVersionEndsThePromotion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.stableErr = 1
		res, err := w.begin(weights(50), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack || !strings.Contains(res.Reason, "stable fails") {
			t.Fatalf("got %s (%s), %v: %v", res.Verdict, res.Reason, err, w.log)
		}
		w.inOrder(t, "update stable", "set 90", "revert stable", "restore", "remove")
		if i := w.index("set 100"); w.log[i+1] != "revert stable" && strings.Count(strings.Join(w.log, " "), "set 100") < 2 {
			t.Errorf("stable is not relieved before it is changed: %v", w.log)
		}
	})
}

func TestFailsAlone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                      string
		requests, failed          uint64
		candidate, candidateFails uint64
		want                      bool
	}{
		{"all of them", 10, 10, 90, 0, true},
		{"most of them", 40, 20, 360, 3, true},
		{"some, as Pods that are new may", 40, 10, 360, 0, false},
		{"so does the candidate", 10, 10, 90, 80, false},
		{"too few to say", 9, 9, 81, 0, false},
		{"nothing", 0, 0, 90, 0, false},
	} {
		e := evidence.Evidence{
			Stable:    evidence.Counts{Requests: tt.requests, Errors: tt.failed},
			Candidate: evidence.Counts{Requests: tt.candidate, Errors: tt.candidateFails},
		}
		if got := failsAlone(e); got != tt.want {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
}

// A caller that hangs up has had no answer, and its request need not have arrived:
// that is for the gates, and no contradiction.
func TestHangUpsContradictNothing(t *testing.T) {
	t.Parallel()
	hungUp := outcome.Of("0", "", true)
	for hangups, contradicts := range map[uint64]bool{0: true, 50: false} {
		r := newWorld().begin(weights(50))
		r.recount(t.Context())
		r.meter.total.Candidate = evidence.Counts{Requests: 50, Outcomes: evidence.Outcomes{hungUp: hangups}}
		if err := r.agree(t.Context()); (err != nil) != contradicts {
			t.Errorf("%d of 50 callers hung up and none arrived: %v", hangups, err)
		}
	}
}
