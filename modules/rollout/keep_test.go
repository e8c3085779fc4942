package rollout

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// While the old version is kept, going back is one write and waits for no Pod.
func TestGoingBackWhileTheOldVersionIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var asked, back time.Time
		w.onEvent = func(e Event) {
			if e.Kind == EventLook && e.Step == "keep old 10m0s" && asked.IsZero() {
				asked, w.request = time.Now(), "rollback"
			}
		}
		from := 0
		w.onCall = func(name string) {
			if name == "restore" {
				back, from = time.Now(), len(w.log)
			}
		}
		res, err := w.begin(Keep(weights(50), 10*time.Minute)).Run(t.Context())
		if err != nil || res.Verdict != report.RolledBack {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if took := back.Sub(asked); took > 2*time.Second {
			t.Errorf("traffic went back after %s", took)
		}
		if w.did("update stable") || w.did("revert stable") || w.log[from-2] != "set 100" {
			t.Errorf("something came before the routes: %v", w.log)
		}
	})
}

func TestStableIsReplacedAfterTheTimeItWasKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		s := testSettings()
		s.Total = 5 * time.Minute // the time that was asked for is not counted
		var set, updated time.Time
		w.onCall = func(name string) {
			switch name {
			case "set 100":
				set = time.Now()
			case "update stable":
				updated = time.Now()
			}
		}
		res, err := w.beginWith(s, Keep(weights(50), 10*time.Minute)).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		if kept := updated.Sub(set); kept < 10*time.Minute {
			t.Errorf("it was replaced after %s", kept)
		}
		if list := weights(50); len(Keep(list, 0)) != len(list) || !slices.Equal(Keep(list, 0), list) {
			t.Error("without a time there is no step")
		}
	})
}
