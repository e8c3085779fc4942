package forecast_test

import (
	"math"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/forecast"
)

// hour are answers every 15 s around a middle. They swing evenly, and neighbours are
// on different sides.
func hour(middle, swing float64) (out []evidence.Value) {
	for i := range 240 {
		at := time.Unix(1e9, 0).Add(time.Duration(i) * 15 * time.Second)
		out = append(out, evidence.Value{Value: middle + swing*math.Sin(2.4*float64(i)), At: at, OK: true})
	}
	return out
}

func TestWhatABandCanTellAtTodaysNoise(t *testing.T) {
	t.Parallel()
	for why, c := range map[string]struct {
		low, high     *float64
		answers       []evidence.Value
		passes, fails bool
		above         [2]float64 // where the nearest bad version is to be found
	}{
		"quiet answers within the band":     {ptr(.9), ptr(1.1), hour(1, .01), true, false, [2]float64{1.1, 1.2}},
		"noise as wide as the band":         {ptr(.9), ptr(1.1), hour(1, .3), false, false, [2]float64{1.15, 1.8}},
		"answers that lie outside today":    {nil, ptr(10.), hour(20, 1), false, true, [2]float64{}},
		"far below the limit, with a swing": {nil, ptr(10.), hour(2, 1), true, false, [2]float64{10, 13}},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "queue", Min: c.low, Max: c.high})
			if err != nil {
				t.Fatal(err)
			}
			b, ok := forecast.BandOf(g, c.low != nil, c.high != nil, c.answers, 10*time.Minute)
			if !ok || (b.Passes == 1) != c.passes || (b.Fails > 0) != c.fails {
				t.Fatalf("%+v, %t", b, ok)
			}
			if c.above[1] > 0 && (b.Above == nil || *b.Above < c.above[0] || *b.Above > c.above[1]) {
				t.Errorf("finds from %v on: %+v", b.Above, b)
			}
			if (b.Below != nil) != (c.low != nil) {
				t.Errorf("below: %+v", b)
			}
		})
	}
}

func TestAFewAnswersTellNothingOfTheirNoise(t *testing.T) {
	t.Parallel()
	g, err := gate.Query(gate.QueryOptions{Name: "queue", PromQL: "queue", Max: ptr(1.)})
	if err != nil {
		t.Fatal(err)
	}
	if b, ok := forecast.BandOf(g, false, true, hour(1, 1)[:5], 10*time.Minute); ok {
		t.Errorf("%+v", b)
	}
}
