package rollout

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// cold fails 10% of the candidate's requests for the first 20 s that it has traffic.
func cold(w *world) {
	var since time.Time
	w.onCall = func(name string) {
		if name == "set 5" {
			since, w.errorRate = time.Now(), .1
		}
	}
	w.onEvent = func(Event) {
		if !since.IsZero() && time.Since(since) > 20*time.Second {
			w.account()
			w.errorRate = 0
		}
	}
}

func TestAColdStartIsNoFailureWhereAWarmUpIsGiven(t *testing.T) {
	for reason, c := range map[string]struct {
		warmup time.Duration
		want   report.Verdict
	}{
		"without a warm-up it is the version's own fault": {0, report.RolledBack},
		"with one it stands apart":                        {30 * time.Second, report.Promoted},
	} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				cold(w)
				settings := testSettings()
				settings.Warmup = c.warmup
				res, err := w.beginWith(settings, weights(5, 50), atMost1()).Run(t.Context())
				if err != nil || res.Verdict != c.want {
					t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
				}
				if c.warmup == 0 && res.Warmup == nil {
					return
				}
				if w := res.Warmup; w == nil || w.Errors == 0 || w.Errors != res.Candidate.Errors || w.Requests >= res.Candidate.Requests {
					t.Errorf("the report does not tell the warm-up's requests apart: %+v of %+v", w, res.Candidate)
				}
			})
		})
	}
}

// Pods that join at a step warm up at the weight that stands, before the next one.
func TestPodsThatJoinWarmUpAtTheWeightThatStands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var joined time.Time
		w.onCall = func(name string) {
			switch name {
			case "capacity 50":
				w.stands, joined = "2 of 2 replicas ready", time.Now()
				w.account()
				w.errorRate = .1
			case "set 50":
				if waited := time.Since(joined); waited < 30*time.Second {
					t.Errorf("the weight was raised %s after a Pod joined", waited)
				}
				w.account()
				w.errorRate = 0
			}
		}
		settings := testSettings()
		settings.Warmup = 30 * time.Second
		res, err := w.beginWith(settings, weights(5, 50), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
	})
}

func TestAVersionThatFailsEverythingIsStoppedWhileItWarmsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.errorRate = 1
		settings := testSettings()
		settings.Warmup = 30 * time.Second
		began := time.Now()
		res, err := w.beginWith(settings, weights(5, 50), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if w.totals.Candidate.Errors > 100 {
			t.Errorf("%d requests failed in %s; ten a second were sent to it", w.totals.Candidate.Errors, time.Since(began))
		}
	})
}
