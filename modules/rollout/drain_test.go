package rollout

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// A long request was begun at a version just before its traffic went away.
func TestALongRequestEndsBeforeItsVersionGoes(t *testing.T) {
	for _, tt := range []struct {
		name    string
		version Version
		bad     bool
		moves   string // takes the version's traffic away
		takes   string // takes its Pods away
	}{
		{"promotion replaces stable's Pods", Stable, false, "weight 100%", "update stable"},
		{"promotion removes the candidate", Candidate, false, "return traffic", "remove"},
		{"rollback removes the candidate", Candidate, true, "gate 50%", "remove"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.long = map[Version]time.Time{}
				var ends time.Time
				w.onEvent = func(e Event) {
					if e.Kind == EventBegin && e.Step == tt.moves {
						ends = time.Now().Add(8 * time.Second)
						w.long[tt.version] = ends
						if tt.bad {
							w.request = "rollback"
						}
					}
				}
				w.onCall = func(name string) {
					if name == tt.takes && time.Now().Before(ends) {
						t.Errorf("%s %s before the request had ended", name, time.Until(ends))
					}
				}
				res, err := w.begin(weights(50)).Run(t.Context())
				if err != nil || (res.Verdict == report.Promoted) == tt.bad || !w.did(tt.takes) || ends.IsZero() {
					t.Errorf("got %s (%s), %v: %v", res.Verdict, res.Reason, err, w.log)
				}
			})
		})
	}
}

func TestARequestThatNeverEndsGetsTheDrainTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.long = map[Version]time.Time{Stable: time.Now().Add(24 * time.Hour)}
		began := time.Now()
		res, err := w.begin(weights(50)).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

func TestTheTotalTimeoutStandsStillWhileAPersonIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := testSettings()
		s.Total = 5 * time.Minute
		began := time.Now()
		w.onEvent = func(e Event) {
			if e.Step == "approval at 10%" && time.Since(began) > 3*time.Hour {
				w.request = "resume"
			}
		}
		res, err := w.beginWith(s, Canary([]CanaryStep{{Weight: 10}, {Pause: &Pause{}}, {Weight: 50}})).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Errorf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
	})
}

// A pause is heard before every step that goes on, also where no gate asks.
func TestAPauseIsHeardBeforeEveryStepThatGoesOn(t *testing.T) {
	for _, step := range []string{"candidate", "route", "weight 50%", "capacity for 100%", "weight 100%"} {
		t.Run(step, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				var asked time.Time
				w.onEvent = func(e Event) {
					switch {
					case e.Kind == EventBegin && e.Step == step && asked.IsZero():
						asked, w.request = time.Now(), "pause"
					case !asked.IsZero() && time.Since(asked) > time.Hour:
						w.request = "resume"
					}
				}
				res, err := w.begin([]StepSpec{
					{Kind: KindCandidate, Weight: 50}, {Kind: KindRoute}, {Kind: KindCapacity, Weight: 50}, {Kind: KindWeight, Weight: 50},
					{Kind: KindCapacity, Weight: 100}, {Kind: KindWeight, Weight: 100}, {Kind: KindUpdate, Weight: 100}, {Kind: KindReturn}, {Kind: KindRemove},
				}).Run(t.Context())
				if err != nil || res.Verdict != report.Promoted {
					t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
				}
				if res.Seconds < 3600 {
					t.Errorf("it went on after %.0f s in spite of the pause", res.Seconds)
				}
			})
		})
	}
}

// The candidate serves everybody while the others become idle, and is watched.
func TestACandidateThatFailsWhileOthersDrainIsRolledBack(t *testing.T) {
	for name, tt := range map[string]struct {
		list []StepSpec
		step string
		busy Version
	}{
		"stable":       {weights(10, 50), "update stable", Stable},
		"the baseline": {Beside(weights(10, 50)), "remove baseline", Baseline},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.long = map[Version]time.Time{}
				w.onEvent = func(e Event) {
					if e.Kind == EventBegin && e.Step == tt.step {
						w.errorRate = 1
						w.long[tt.busy] = time.Now().Add(9 * time.Second)
					}
				}
				res, err := w.begin(tt.list, atMost1()).Run(t.Context())
				if err != nil || res.Verdict != report.RolledBack || w.did("update stable") {
					t.Errorf("got %s (%s), %v: %v", res.Verdict, res.Reason, err, w.log)
				}
			})
		})
	}
}
