package rollout

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// TestShift: what counts prove where some requests follow no weight.
func TestShift(t *testing.T) {
	stable, candidate, both := Bypassed{Stable: true}, Bypassed{Candidate: true}, Bypassed{true, true}
	for _, tt := range []struct {
		name                    string
		past                    Bypassed
		was, now                moved
		before, weight          int
		confirmed, contradicted bool
	}{
		{"a third of the traffic at 50%, the rest passes by", stable, moved{0, 900}, moved{163, 1000}, 0, 50, true, false},
		{"the same without other routes is a wrong share", Bypassed{}, moved{0, 900}, moved{163, 1000}, 0, 50, false, true},
		{"more than the weight cannot be", stable, moved{0, 900}, moved{700, 1000}, 0, 50, false, true},
		{"nothing has moved", stable, moved{0, 900}, moved{0, 1000}, 0, 50, false, false},
		{"one of a thousand may be a stray", stable, moved{0, 900}, moved{1, 1000}, 0, 5, false, false},
		{"the share of before is no new weight", stable, moved{160, 1000}, moved{165, 1000}, 10, 50, false, false},
		{"more than before is all that can be said", stable, moved{30, 1000}, moved{165, 1000}, 10, 50, true, false},
		{"less than before, on the way back", stable, moved{330, 1000}, moved{300, 1000}, 100, 90, false, false},
		{"much less than before", stable, moved{800, 1000}, moved{300, 1000}, 100, 50, true, false},
		{"nothing is known of before", stable, moved{}, moved{163, 1000}, 10, 50, false, false},
		{"all is not all where others still call stable", stable, moved{163, 1000}, moved{330, 1000}, 50, 100, true, false},
		{"a preview makes the share larger", candidate, moved{200, 1000}, moved{300, 1000}, 0, 10, true, false},
		{"a preview alone proves nothing", candidate, moved{200, 1000}, moved{210, 1000}, 0, 10, false, false},
		{"less than the weight cannot be", candidate, moved{0, 1000}, moved{50, 1000}, 0, 10, false, true},
		{"with both there are no bounds", both, moved{100, 1000}, moved{900, 1000}, 10, 20, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := shift{before: tt.before, weight: tt.weight, past: tt.past, was: tt.was}
			if got := s.confirmed(tt.now); got != tt.confirmed {
				t.Errorf("confirmed: %v, want %v", got, tt.confirmed)
			}
			if got := s.contradicted(tt.now); got != tt.contradicted {
				t.Errorf("contradicted: %v, want %v", got, tt.contradicted)
			}
		})
	}
}

// TestAPreviewIsNoVerdict: a route of the user's own to the candidate answers 503
// while there is none. No gate judges that, and the version is promoted.
func TestAPreviewIsNoVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.past, w.errorRate = [2]float64{0, 20}, 1
		w.onEvent = func(e Event) {
			if e.Kind == EventBegin && e.Step == "weight 10%" { // the candidate answers, the preview is over
				w.account()
				w.past, w.errorRate = [2]float64{}, 0
			}
		}
		w.slow = 10 * time.Second // of its first Pods
		res, err := w.begin(weights(10, 50), atMost1()).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if w.totals.Candidate.Errors < 100 {
			t.Errorf("the preview failed only %d times", w.totals.Candidate.Errors)
		}
	})
}

// TestAPartOfTheRoutes: where other routes send to stable as well, a rollout ends all
// the same, and says what it has seen.
func TestAPartOfTheRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.past[0] = 400 // twice what the edited routes have
		r := w.begin(weights(10, 50), atMost1())
		r.deps.Bypassed.Stable = true
		res, err := r.Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		for _, s := range res.Steps {
			if strings.HasPrefix(s.Name, "weight ") && !strings.HasPrefix(s.Detail, "seen to be more than before") {
				t.Errorf("%s: %q claims more than was seen", s.Name, s.Detail)
			}
		}
	})
}

// TestNobodySawTheVersion: it is not promoted in silence.
func TestNobodySawTheVersion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, policy := range []Policy{Hold, Continue} {
			w := newWorld()
			w.rate = 0
			s := testSettings()
			s.OnInconclusive = policy
			res, err := w.beginWith(s, weights(50, 100), atMost1()).Run(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if policy == Hold && res.Verdict != report.Held {
				t.Errorf("%s: %s (%s)", policy, res.Verdict, res.Reason)
			}
			if policy == Continue && (res.Verdict != report.Promoted || !strings.Contains(res.Reason, nothingSeen) || !strings.Contains(strings.Join(res.Warnings, "\n"), nothingSeen)) {
				t.Errorf("%s: %s (%s), warnings %q", policy, res.Verdict, res.Reason, res.Warnings)
			}
		}
	})
}
