package gate_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-ci/headgate/modules/gate"
)

// Whatever was seen before, a process that takes over decides as the one before
// it would have.
func TestAPanelGoesOnInAnotherProcess(t *testing.T) {
	t.Parallel()
	gates := named(everyGate(t))
	rapid.Check(t, func(t *rapid.T) {
		here := gate.NewPanel(gates...)
		for range rapid.IntRange(0, 5).Draw(t, "looks before") {
			step(t, here)
			here.Look(anyLook(t))
		}
		state, err := here.State()
		if err != nil {
			t.Fatal(err)
		}
		there := gate.NewPanel(gates...)
		if err := there.Restore(state); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 4).Draw(t, "looks after") {
			if rapid.Bool().Draw(t, "new step") {
				here.NextStep(.3)
				there.NextStep(.3)
			}
			e := anyLook(t)
			if diff := cmp.Diff(here.Look(e), there.Look(e)); diff != "" {
				t.Fatalf("they disagree (-here +there):\n%s", diff)
			}
		}
	})
}

func step(t *rapid.T, p *gate.Panel) {
	if rapid.Bool().Draw(t, "new step") {
		p.NextStep(rapid.Float64Range(.05, 1).Draw(t, "part"))
	}
}

// named gives each gate a name of its own, as a Release does.
func named(gates []gate.Gate) []gate.Gate {
	out := make([]gate.Gate, len(gates))
	for i, g := range gates {
		out[i] = renamed{g, g.Name() + string(rune('a'+i))}
	}
	return out
}

type renamed struct {
	gate.Gate
	name string
}

func (r renamed) Name() string { return r.name }

func TestAJointFailureGoesAlong(t *testing.T) {
	t.Parallel()
	here := panelOf(t, true)
	if gate.All(here.Look(mixed(57, 5, 5))) != gate.Fail {
		t.Fatal("the gates should have failed together")
	}
	state, err := here.State()
	if err != nil {
		t.Fatal(err)
	}
	there := panelOf(t, true)
	if err := there.Restore(state); err != nil {
		t.Fatal(err)
	}
	if v := there.Look(mixed(5000, 0, 0)); gate.All(v) != gate.Fail {
		t.Errorf("forgotten: %+v", v)
	}
}

func TestStateThatDoesNotFitBeginsAnew(t *testing.T) {
	t.Parallel()
	other, err := gate.Errors(gate.ErrorsOptions{Max: ptr(.01), Regression: ptr(2.), Promise: single})
	if err != nil {
		t.Fatal(err)
	}
	theirs := gate.NewPanel(other)
	theirs.Look(mixed(1000, 500, 0))
	state, err := theirs.State()
	if err != nil {
		t.Fatal(err)
	}
	for reason, data := range map[string]json.RawMessage{"a gate with other limits": state, "no JSON": json.RawMessage(`{`)} {
		p := panelOf(t, true)
		if err := p.Restore(data); err == nil {
			t.Errorf("%s is taken", reason)
		}
		if v := p.Look(mixed(10, 0, 0)); gate.All(v) != gate.Inconclusive || !strings.Contains(v[0].Reason, "10 requests") {
			t.Errorf("%s: the panel does not begin anew: %+v", reason, v)
		}
	}
}

// A Journal of a headgate that knew nothing of hang-ups is gone on with.
func TestStateFromBeforeHangUpsIsTaken(t *testing.T) {
	t.Parallel()
	g, err := gate.Errors(gate.ErrorsOptions{Max: ptr(.01), Promise: single})
	if err != nil {
		t.Fatal(err)
	}
	there := gate.NewPanel(g)
	there.Look(look(counts(1000, 500), counts(9000, 0)))
	state, err := there.State()
	if err != nil {
		t.Fatal(err)
	}
	var old map[string]map[string]map[string]any
	if err := json.Unmarshal(state, &old); err != nil {
		t.Fatal(err)
	}
	claims := old["trials"]["errors"]["claims"].([]any)
	if old["trials"]["errors"]["claims"] = claims[:1]; len(claims) != 2 {
		t.Fatalf("%d claims", len(claims))
	}
	if state, err = json.Marshal(old); err != nil {
		t.Fatal(err)
	}
	here := gate.NewPanel(g)
	if err := here.Restore(state); err != nil {
		t.Fatal(err)
	}
	if v := here.Look(look(counts(100, 0), counts(900, 0))); gate.All(v) != gate.Fail {
		t.Errorf("what was seen is forgotten: %+v", v)
	}
}

// A Journal from before errors were counted by windows of several widths and by
// whole bins: its rollout goes on where it was.
func TestAnOlderRecordIsRead(t *testing.T) {
	t.Parallel()
	old, err := os.ReadFile("testdata/one-width.json")
	if err != nil {
		t.Fatal(err)
	}
	g, err := gate.Errors(gate.ErrorsOptions{Max: ptr(.01), Regression: ptr(1.5), Promise: gate.Promise{Method: gate.Sequential}})
	if err != nil {
		t.Fatal(err)
	}
	p := gate.NewPanel(g)
	if err := p.Restore(old); err != nil {
		t.Fatal(err)
	}
	if v := p.Look(look(counts(0, 0), counts(0, 0)))[0]; v.Outcome != gate.Inconclusive || !strings.Contains(v.Reason, "of 420 requests") {
		t.Errorf("what was seen is lost: %+v", v)
	}
	var v gate.Verdict
	for _, e := range many(10, look(counts(20, 10), counts(180, 0))) {
		v = p.Look(e)[0]
	}
	if v.Outcome != gate.Fail {
		t.Errorf("a candidate that fails half is not found: %+v", v)
	}
}
