package session

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/release"
)

func TestPlanSaysWhatAQueryGateCanTell(t *testing.T) {
	t.Parallel()
	hour := func(middle, swing float64) (out []evidence.Value) {
		for i := range 240 {
			out = append(out, evidence.Value{Value: middle + swing*math.Sin(2.4*float64(i)), At: time.Unix(int64(1e9+15*i), 0), OK: true})
		}
		return out
	}
	low, high := .9, 1.1
	for why, c := range map[string]struct {
		min, max *float64
		answers  []evidence.Value
		want     []string
	}{
		"a quiet ratio":     {&low, &high, hour(1, .01), []string{"lie between 0.993 and 1.01", "pass it within a step of 10m", "sure to find one whose answers lie around 1.1", "or higher, and one whose answers lie around 0.8"}},
		"a noisy one":       {&low, &high, hour(1, .3), []string{"does not decide", "or higher, and one"}},
		"beyond its bounds": {nil, &high, hour(3, .1), []string{"such answers fail it in 100% of the steps", "what stable does today is beyond its bounds"}},
		"no answers today":  {nil, &high, nil, []string{"gave 0 numbers in the last hour", "not known before there is a candidate"}},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			g, err := gate.Query(gate.QueryOptions{Name: "ratio", PromQL: "ratio", Min: c.min, Max: c.max})
			if err != nil {
				t.Fatal(err)
			}
			got := bandTells(release.Gate{Name: "ratio", Query: &release.QueryGate{PromQL: "ratio", Min: c.min, Max: c.max}}, g, c.answers, 10*time.Minute)
			for _, want := range c.want {
				if !strings.Contains(got, want) {
					t.Errorf("no %q in %q", want, got)
				}
			}
		})
	}
}
