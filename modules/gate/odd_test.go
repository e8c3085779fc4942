package gate_test

import (
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// TestOddEvidence: whatever a source does wrong, a sequential gate that has seen
// too little says so, and one that has decided stays with it.
func TestOddEvidence(t *testing.T) {
	t.Parallel()
	some, bad, good := look(counts(100, 0), counts(900, 0)), look(counts(100, 40), counts(900, 0)), look(counts(900, 0), counts(900, 0))
	nothing := look(counts(0, 0), counts(0, 0))
	aged := func(e evidence.Evidence) evidence.Evidence {
		e.End = e.Fresh.Add(10 * time.Minute)
		return e
	}
	for why, c := range map[string]struct {
		seen []evidence.Evidence
		want gate.Outcome
	}{
		"nothing ever comes":                           {many(500, nothing), gate.Inconclusive},
		"the candidate's counters stand still":         {append(many(1, some), many(500, look(counts(0, 0), counts(90, 0)))...), gate.Inconclusive},
		"all counters stand still":                     {append(many(1, some), many(500, nothing)...), gate.Inconclusive},
		"all counters stand still and grow old":        {append(many(1, some), many(500, aged(nothing))...), gate.Inconclusive},
		"good requests of a window long ago":           {many(1, aged(good)), gate.Inconclusive},
		"bad requests of a window long ago":            {many(1, aged(bad)), gate.Inconclusive},
		"a source that never sampled":                  {many(1, evidence.Evidence{End: noon, Candidate: good.Candidate}), gate.Inconclusive},
		"more errors than requests":                    {many(3, look(counts(50, 5_000), counts(900, 0))), gate.Fail},
		"what failed is not forgiven while all is old": {append(many(1, bad), many(50, aged(nothing))...), gate.Fail},
		"what failed is not outvoted by late requests": {append(many(1, bad), many(50, good)...), gate.Fail},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			v := last(seqErrors(t, gate.ErrorsOptions{Max: ptr(.01), Regression: ptr(2.), Promise: gate.Promise{Method: gate.Sequential}}), c.seen...)
			if v.Outcome != c.want {
				t.Errorf("got %+v", v)
			}
			if v.Outcome == gate.Inconclusive && v.Missing == "" {
				t.Errorf("it does not say what is missing: %+v", v)
			}
		})
	}
}

// many is the same look again and again.
func many(n int, e evidence.Evidence) (out []evidence.Evidence) {
	for i := range n {
		shift := time.Duration(i) * 15 * time.Second
		next := e
		next.Start, next.End = e.Start.Add(shift), e.End.Add(shift)
		if !e.Fresh.IsZero() && e.End.Sub(e.Fresh) < time.Minute {
			next.Fresh = e.Fresh.Add(shift)
		}
		out = append(out, next)
	}
	return out
}
