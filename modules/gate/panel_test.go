package gate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// panelOf are gates on errors and on latency that share 1%.
func panelOf(t *testing.T, averaged bool) *gate.Panel {
	t.Helper()
	p := single.Share(.01, 2, averaged)
	e, err := gate.Errors(gate.ErrorsOptions{Max: ptr(.01), Promise: p})
	if err != nil {
		t.Fatal(err)
	}
	l, err := gate.Latency(gate.LatencyOptions{Quantile: .99, Max: ptr(250 * time.Millisecond), Promise: p})
	if err != nil {
		t.Fatal(err)
	}
	return gate.NewPanel(e, l)
}

// mixed are n requests of which some fail and others are slow.
func mixed(n, errors, slow uint64) evidence.Evidence {
	c := timed(n, n-slow, n-slow, n)
	c.Errors = errors
	return look(c, timed(9*n, 9*n, 9*n, 9*n))
}

func TestTwoGatesTogetherFailWhereNeitherDoesAlone(t *testing.T) {
	t.Parallel()
	seen := mixed(57, 5, 5)
	for averaged, want := range map[bool]gate.Outcome{true: gate.Fail, false: gate.Inconclusive} {
		p := panelOf(t, averaged)
		verdicts := p.Look(seen)
		if got := gate.All(verdicts); got != want {
			t.Errorf("averaged %v: %s, want %s: %+v", averaged, got, want, verdicts)
		}
		if !averaged {
			continue
		}
		v := verdicts[0]
		if v.Outcome != gate.Fail {
			v = verdicts[1]
		}
		if !strings.Contains(v.Reason, "over 2 gates odds of this by chance below 1 in 1") {
			t.Errorf("the reason does not say that both decided: %s", v.Reason)
		}
		if again := p.Look(mixed(5000, 0, 0)); gate.All(again) != gate.Fail {
			t.Errorf("a failed gate stays failed: %+v", again)
		}
	}
}

func TestGoodGatesTogetherPass(t *testing.T) {
	t.Parallel()
	p := panelOf(t, true)
	p.NextStep(0)
	verdicts := p.Look(mixed(500, 0, 0))
	if gate.All(verdicts) != gate.Pass || verdicts[0].Gate != "errors" || verdicts[1].Gate != "latency" {
		t.Errorf("%+v", verdicts)
	}
}

func TestQuestionsSayHowAlphaIsShared(t *testing.T) {
	t.Parallel()
	for averaged, want := range map[bool]string{
		true:  "any of the 2 gates with probability at most 1% (their mean decides), a worse one passes with at most 5%",
		false: "fails with probability at most 0.5%, any of the 2 gates with 1%, a worse one passes with at most 5%",
	} {
		for _, g := range panelOf(t, averaged).Gates() {
			if !strings.Contains(g.Question(), want) {
				t.Errorf("%q does not say %q", g.Question(), want)
			}
		}
	}
}

func TestEarlyStepsWantAPartOfTheProof(t *testing.T) {
	t.Parallel()
	for reason, c := range map[string]struct {
		weights []float64
		compare bool
		want    []float64
	}{
		"a comparison wants all where stable serves last": {[]float64{.1, .3, .6, 1}, true, []float64{.01 / .46, .1 / .46, 1, 1}},
		"a limit wants all in the last step":              {[]float64{.1, .3, .6, 1}, false, []float64{.01 / 1.46, .1 / 1.46, .46 / 1.46, 1}},
		"a single step wants all":                         {[]float64{.1}, false, []float64{1}},
		"without stable there is no other":                {[]float64{1}, true, []float64{1}},
		"no step, no part":                                {nil, false, []float64{}},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			o := gate.ErrorsOptions{Max: ptr(.01)}
			if c.compare {
				o.Regression = ptr(1.5)
			}
			g, err := gate.Errors(o)
			if err != nil {
				t.Fatal(err)
			}
			got := gate.Parts(c.weights, g)
			if len(got) != len(c.want) {
				t.Fatalf("got %v", got)
			}
			for i := range got {
				if diff := got[i] - c.want[i]; diff > 1e-9 || diff < -1e-9 {
					t.Errorf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}

func BenchmarkPanelLook(b *testing.B) {
	p := single.Share(.01, 3, true)
	p.Cluster = 0
	e, _ := gate.Errors(gate.ErrorsOptions{Max: ptr(.05), Regression: ptr(1.5), Promise: p})
	l, _ := gate.Latency(gate.LatencyOptions{Quantile: .99, Max: ptr(250 * time.Millisecond), Regression: ptr(1.5), Promise: p})
	panel := gate.NewPanel(e, l)
	b.ReportAllocs()
	for b.Loop() {
		panel.Look(mixed(150, 1, 1))
	}
}
