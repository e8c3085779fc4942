package rollout

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestTheRecordShowsAFollowerWhatTheDriverShows compares each look at a gate with
// what the state says of it.
func TestTheRecordShowsAFollowerWhatTheDriverShows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		r := w.begin(weights(10, 50), atMost1())
		looks := 0
		w.onEvent = func(e Event) {
			if e.Kind != EventLook || e.Step != "gate 10%" {
				return
			}
			looks++
			got := r.state.Look(time.Now())
			if got == nil || got.Evidence.Requests() != e.Look.Evidence.Requests() || got.Min != e.Look.Min || got.Max != e.Look.Max || len(got.Verdicts) != 1 ||
				got.Verdicts[0].Reason != e.Look.Verdicts[0].Reason || got.Verdicts[0].Outcome != e.Look.Verdicts[0].Outcome {
				t.Errorf("the driver showed %+v, the record tells %+v", e.Look, got)
			}
		}
		if _, err := r.Run(t.Context()); err != nil || looks == 0 {
			t.Errorf("%d looks, %v", looks, err)
		}
	})
}

// TestWarningsAreToldWhenARolloutBegins: who takes it up is not told again.
func TestWarningsAreToldWhenARolloutBegins(t *testing.T) {
	t.Parallel()
	w := newWorld()
	r := w.begin(weights(10))
	r.state.Warnings = []string{"not permitted: list events"}
	r.TellWarnings()
	if len(w.events) != 1 || w.events[0].Kind != EventWarning || w.events[0].Text != r.state.Warnings[0] || len(r.state.Warnings) != 1 {
		t.Errorf("told %+v", w.events)
	}
}
