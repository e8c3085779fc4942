package gate_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// bad is a minute in looks of 5 s, of which both versions fail a third in the
// second quarter; stable's counts come later by so many looks.
func bad(late int) (out []evidence.Evidence) {
	served := func(i int, requests uint64) evidence.Counts {
		switch {
		case i < 0:
			return evidence.Counts{}
		case i >= 3 && i < 6:
			return counts(requests, requests/3)
		}
		return counts(requests, 0)
	}
	for i := range 12 {
		at := noon.Add(time.Duration(5*i) * time.Second)
		end := at.Add(5 * time.Second)
		out = append(out, evidence.Evidence{
			Start: at, End: end, Fresh: end, Candidate: served(i, 60), Stable: served(i-late, 540),
			Reported: evidence.Reported{Candidate: end, Stable: end.Add(-time.Duration(5*late) * time.Second)},
		})
	}
	return out
}

func TestACountThatIsLateIsWaitedFor(t *testing.T) {
	t.Parallel()
	for late, says := range map[int]string{0: "", 1: "counts of stable come 5 s later", 3: "counts of stable come 15 s later"} {
		trial := seqErrors(t, gate.ErrorsOptions{Regression: ptr(1.5)})
		for _, look := range bad(late) {
			if v := trial.Look(look); v.Outcome == gate.Fail || !strings.Contains(v.Reason, says) {
				t.Errorf("%d looks late: %+v, want it to say %q", late, v, says)
			}
		}
	}
}

// A limit asks the candidate alone, and a version that reports no more is not
// waited for without end.
func TestWhatIsLateKeepsNothingElseWaiting(t *testing.T) {
	t.Parallel()
	limit := seqErrors(t, gate.ErrorsOptions{Max: ptr(.01)})
	if v := last(limit, bad(12)[:6]...); v.Outcome != gate.Fail {
		t.Errorf("a limit waits for stable: %+v", v)
	}
	silent := seqErrors(t, gate.ErrorsOptions{Regression: ptr(1.5)})
	var v gate.Verdict
	for i, look := range bad(0) {
		look.Stable.Errors, look.Reported.Stable = 0, noon
		if v = silent.Look(look); i < 8 && v.Outcome == gate.Fail {
			t.Errorf("look %d: %+v", i, v)
		}
	}
	if v.Outcome != gate.Fail {
		t.Errorf("stable's counts are taken as late for ever: %+v", v)
	}
}

func TestWhatIsLateGoesAlong(t *testing.T) {
	t.Parallel()
	g, err := gate.Errors(gate.ErrorsOptions{Regression: ptr(1.5), Promise: single})
	if err != nil {
		t.Fatal(err)
	}
	here, there := gate.NewPanel(g), gate.NewPanel(g)
	looks := bad(3)
	for _, look := range looks[:6] {
		here.Look(look)
	}
	var state json.RawMessage
	if state, err = here.State(); err != nil {
		t.Fatal(err)
	}
	if err := there.Restore(state); err != nil {
		t.Fatal(err)
	}
	for _, look := range looks[6:] {
		if a, b := here.Look(look)[0], there.Look(look)[0]; a != b {
			t.Errorf("%+v here, %+v there", a, b)
		}
	}
}
