package gate_test

import (
	"strings"
	"testing"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// came are requests of which some were no plain success.
func came(requests uint64, outcomes evidence.Outcomes) evidence.Counts {
	return evidence.Counts{Requests: requests, Errors: outcomes["503"] + outcomes["200/14"], Outcomes: outcomes}
}

func TestWhatAnErrorsGateCounts(t *testing.T) {
	t.Parallel()
	type outcomes = evidence.Outcomes
	limit, ratio := gate.ErrorsOptions{Max: ptr(.01)}, gate.ErrorsOptions{Regression: ptr(1.5)}
	with := func(o gate.ErrorsOptions, f gate.Failing) gate.ErrorsOptions { o.Failing = f; return o }
	for why, c := range map[string]struct {
		o                 gate.ErrorsOptions
		candidate, stable outcomes // of 200 and 1,800 requests a look
		want              gate.Outcome
		says              string
	}{
		"404 to everything passes by default":            {limit, outcomes{"404": 200}, nil, gate.Pass, "fails 0%"},
		"404 to everything fails where the gate says so": {with(limit, gate.Failing{Codes: "0|5..|404"}), outcomes{"404": 200}, nil, gate.Fail, "fails 100%"},
		"a 404 that both answer is no regression":        {with(ratio, gate.Failing{Codes: "0|5..|404"}), outcomes{"404": 20}, outcomes{"404": 180}, gate.Pass, "stable 10%"},
		"5xx that the gate leaves out":                   {with(limit, gate.Failing{Codes: "404"}), outcomes{"503": 200}, nil, gate.Pass, "fails 0%"},
		"NOT_FOUND where the gate says so":               {with(limit, gate.Failing{GRPC: "5"}), outcomes{"200/5": 200}, nil, gate.Fail, "fails 100%"},
		"UNAVAILABLE under HTTP 200 by default":          {limit, outcomes{"200/14": 200}, nil, gate.Fail, "fails 100%"},
		"callers of both versions hang up":               {limit, outcomes{"hangup": 40}, outcomes{"hangup": 360}, gate.Pass, "fails 0% of 8,000 requests, stable 0% of 72,000; callers hung up on 1,600, at stable on 14,400"},
		"callers of both hang up, in a comparison":       {ratio, outcomes{"hangup": 40}, outcomes{"hangup": 360}, gate.Pass, ""},
		"callers hang up on the candidate":               {limit, outcomes{"hangup": 200}, outcomes{"hangup": 18}, gate.Fail, "limit hang-ups of callers on 1.5 times stable and 1% more"},
		"callers hang up on it more often":               {limit, outcomes{"hangup": 60}, outcomes{"hangup": 180}, gate.Fail, "hang-ups of callers"},
		"callers hang up on it, in a comparison":         {ratio, outcomes{"hangup": 20}, outcomes{"hangup": 18}, gate.Fail, "limit 1.5 times stable"},
		"hang-ups are failures where the gate says so":   {with(limit, gate.Failing{HangUps: gate.CountHangUps}), outcomes{"hangup": 40}, outcomes{"hangup": 360}, gate.Fail, "fails 20%"},
		"hang-ups are nothing where the gate says so":    {with(limit, gate.Failing{HangUps: gate.IgnoreHangUps}), outcomes{"hangup": 200}, nil, gate.Pass, "fails 0%"},
		"nor in a comparison where the gate says so":     {with(ratio, gate.Failing{HangUps: gate.IgnoreHangUps}), outcomes{"hangup": 200}, nil, gate.Pass, ""},
	} {
		for _, p := range []gate.Promise{single, fixed} {
			t.Run(why+" "+string(p.Method), func(t *testing.T) {
				t.Parallel()
				o := c.o
				o.Promise = p
				g, err := gate.Errors(o)
				if err != nil {
					t.Fatal(err)
				}
				one := look(came(200, c.candidate), came(1800, c.stable))
				trial := g.Begin()
				var v gate.Verdict
				for range 40 {
					if v = trial.Look(one); v.Outcome == gate.Fail {
						break
					}
				}
				if v.Outcome != c.want || p.Method != gate.Fixed && !strings.Contains(v.Reason, c.says) {
					t.Errorf("got %+v, want %s: %q", v, c.want, c.says)
				}
			})
		}
	}
}

func TestAQuestionNamesWhatDiffersFromTheDefault(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]gate.Failing{
		"errors at most 1%":                                     {},
		"errors (codes 0|5..|404) at most 1%":                   {Codes: "0|5..|404"},
		"errors (gRPC 5|14) (hang-ups are failures) at most 1%": {GRPC: "5|14", HangUps: gate.CountHangUps},
	} {
		g, err := gate.Errors(gate.ErrorsOptions{Max: ptr(.01), Failing: f, Promise: single})
		if err != nil || !strings.HasPrefix(g.Question(), want) {
			t.Errorf("%v, %v; want %q", g, err, want)
		}
	}
}

func TestCodesAreChecked(t *testing.T) {
	t.Parallel()
	for want, f := range map[string]gate.Failing{
		"error codes":   {Codes: "5["},
		"gRPC":          {GRPC: "("},
		"every request": {Codes: "..."},
		"hangups":       {HangUps: "forgive"},
	} {
		if _, err := gate.Errors(gate.ErrorsOptions{Max: ptr(.01), Failing: f}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
