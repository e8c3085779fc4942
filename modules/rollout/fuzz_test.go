package rollout

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

// FuzzJournal feeds records that somebody edited, or that another program has
// written: each is refused with an error, or can be shown, written again and
// driven from, without a panic.
func FuzzJournal(f *testing.F) {
	list := Canary([]CanaryStep{{Weight: 5}, {Pause: &Pause{For: time.Minute}}, {Weight: 50}})
	state := NewState("id", "shop", "sample", "canary", list, Settings{Interval: time.Second, Max: time.Minute})
	state.Timeline = report.Timeline{{At: time.Unix(1, 0).UTC(), Step: "gate 5%", Weight: 5}}
	seed, err := json.Marshal(state)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte(`{"version":1,"current":-7,"steps":[{"spec":{"kind":"gate"}}]}`))
	f.Add([]byte(`{"version":1,"current":9,"steps":[{"spec":{"kind":"nonsense","weight":-1}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := DecodeState(data)
		if err != nil {
			return
		}
		s.CurrentStep()
		s.Result(report.Held, s.Reason)
		again, err := json.Marshal(s)
		if err != nil {
			t.Fatalf("cannot be written again: %v", err)
		}
		if _, err := DecodeState(again); err != nil {
			t.Fatalf("what was written again is refused: %v", err)
		}
		if _, err := New(Deps{}, s, &journal.Record{}); err != nil {
			return
		}
	})
}
