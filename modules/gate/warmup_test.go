package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// warmed is a panel with a warm-up, and what two looks of stable's history.
func warmed(t *testing.T) *gate.Panel {
	t.Helper()
	g, err := gate.Errors(gate.ErrorsOptions{Regression: ptr(1.5), Promise: single})
	if err != nil {
		t.Fatal(err)
	}
	p := gate.NewPanel(g)
	if err := p.WarmUp(0); err != nil {
		t.Fatal(err)
	}
	p.Look(look(counts(0, 0), counts(10000, 10)))
	p.NextStep(1)
	return p
}

func TestWhatPodsServeWhileTheyWarmUpStandsApart(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		warm  evidence.Counts
		then  evidence.Counts
		first gate.Outcome
		want  gate.Outcome
		says  string
	}{
		"10% errors at first and none later pass":       {counts(200, 20), counts(20000, 20), gate.Inconclusive, gate.Pass, "1.5 times stable"},
		"good seconds do not make up for bad minutes":   {counts(200, 0), counts(2000, 100), gate.Inconclusive, gate.Fail, "1.5 times stable"},
		"a version that fails all is stopped meanwhile": {counts(100, 100), counts(2000, 0), gate.Fail, gate.Fail, "while its Pods warmed up"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			p := warmed(t)
			var first []gate.Verdict
			for range 4 {
				first = p.Warming(look(c.warm, counts(2000, 2)))
			}
			if got := gate.All(first); got != c.first {
				t.Fatalf("while the Pods warm up: %+v", first)
			}
			if c.first == gate.Inconclusive && !strings.Contains(first[0].Reason, "warm up") {
				t.Errorf("it does not say what it waits for: %+v", first[0])
			}
			then := p.Look(look(c.then, counts(20000, 20)))
			if gate.All(then) != c.want || !strings.Contains(then[0].Reason, c.says) {
				t.Errorf("afterwards %+v, want %s: %q", then, c.want, c.says)
			}
		})
	}
}

// The second process has the limit's counts, and a failure of it.
func TestAWarmUpGoesOnInAnotherProcess(t *testing.T) {
	t.Parallel()
	here, there := warmed(t), warmed(t)
	for range 2 {
		here.Warming(look(counts(10, 6), counts(1000, 1)))
	}
	state, err := here.State()
	if err != nil {
		t.Fatal(err)
	}
	if err := there.Restore(state); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		e := look(counts(10, 6), counts(1000, 1))
		e.End = e.End.Add(time.Duration(i) * time.Second)
		a, b := here.Warming(e), there.Warming(e)
		if a[0] != b[0] {
			t.Fatalf("look %d: they disagree: %+v and %+v", i, a, b)
		}
		if gate.All(a) == gate.Fail {
			return
		}
	}
	t.Error("60% errors are never stopped")
}
