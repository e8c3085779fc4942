package rollout

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
)

// A version that answers 404 to everything fails no gate by default; a person must
// hear of it.
func TestAVersionThatAnswersEverythingWithA4xxIsTold(t *testing.T) {
	for why, c := range map[string]struct {
		candidate, stable float64 // share of 404
		failures          bool    // the gates count them
		told              bool
	}{
		"from none to all":             {1, 0, false, true},
		"from nearly none to most":     {.6, .01, false, true},
		"more than before":             {.2, .01, false, false},
		"as ever":                      {.9, .9, false, false},
		"the gates count them already": {1, 0, true, false},
	} {
		t.Run(why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				g := atMost1()
				if c.failures {
					g, _ = gate.Errors(gate.ErrorsOptions{Max: new(.01), Failing: gate.Failing{Codes: "404"}})
				}
				r := w.begin(weights(10, 50), g)
				reader := refusing{w, c.candidate, c.stable, c.failures}
				r.deps.Reader, r.meter.reader = reader, reader
				res, err := r.Run(t.Context())
				if err != nil || (res.Verdict == report.Promoted) == c.failures {
					t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
				}
				told := 0
				for _, warning := range res.Warnings {
					if strings.Contains(warning, "with a 4xx") {
						told++
					}
				}
				if told > 1 || (told == 1) != c.told {
					t.Errorf("told %d times: %q", told, res.Warnings)
				}
			})
		})
	}
}

// refusing is the world's metrics where a share of the answers is a 404.
type refusing struct {
	*world
	candidate, stable float64
	failures          bool
}

func (m refusing) Read(ctx context.Context) (evidence.Reading, error) {
	r, err := m.world.Read(ctx)
	m.turn(&r.Candidate, m.candidate)
	m.turn(&r.Stable, m.stable)
	return r, err
}

func (m refusing) turn(c *evidence.Counts, share float64) {
	n := uint64(share * float64(c.Requests))
	c.Outcomes = evidence.Outcomes{"404": n}
	if m.failures {
		c.Errors = n
	}
}
