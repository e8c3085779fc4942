package proving

import (
	"math"
	"strconv"

	"github.com/headgate-ci/headgate/modules/gate"
)

// gauges is G8: free queries whose answers hang together, or are noisy, or are
// mostly zero. Answers come every 15 s.
func gauges() (out []Cell) {
	ask := func(low, high *float64) []gate.Gate {
		return must(gate.Query(gate.QueryOptions{Name: "gauge", PromQL: "gauge", Min: low, Max: high}))
	}
	play := func(gates []gate.Gate, hold bool, answer func(Dice) func(int) float64) Rollout {
		return Rollout{PerSecond: 10, Every: 5, Steps: one(.5, 3600), Hold: hold, Gates: gates, Law: both(failing(0), failing(0)), Answer: answer}
	}
	ten, low, high, rare := 10., .9, 1.1, .3
	for i, phi := range []float64{0, .5, .8, .95} {
		says := "answers that hang together (AR(1), " + fraction(phi) + "), median at max"
		name := "G8." + number(i+1)
		out = append(out,
			Cell{Name: name + "a", Says: says, Claim: Kept, Runs: 40, Rollout: play(ask(nil, &ten), true, swinging(10, 1, phi))},
			Cell{Name: name + "b", Says: says, Claim: Stopped, Runs: 40, Rollout: play(ask(nil, &ten), false, swinging(10, 1, phi))})
	}
	return append(out,
		Cell{Name: "G8.5", Says: "between .9 and 1.1, equal versions, 20% noise", Claim: Kept, Runs: 40, Rollout: play(ask(&low, &high), true, swinging(1, .2, 0))},
		Cell{Name: "G8.6", Says: "between .9 and 1.1, equal versions, 30% noise", Claim: Kept, Runs: 40, Rollout: play(ask(&low, &high), true, swinging(1, .3, 0))},
		Cell{Name: "G8.7", Says: "between .9 and 1.1, really 1.4, 20% noise", Claim: Found, Within: 600, Runs: 40, Rollout: play(ask(&low, &high), false, swinging(1.4, .2, 0))},
		Cell{Name: "G8.8", Says: "counts of which most are 0, max: 0.3, mean four times stable's .1", Claim: Stopped, Runs: 60, Rollout: play(ask(nil, &rare), false, counting(.4))},
		Cell{Name: "G8.9", Says: "5 where max is 10, 2% noise", Claim: Promoted, Within: 80, Runs: 40, Rollout: play(ask(nil, &ten), false, swinging(5, .1, 0))},
		Cell{Name: "G8.10", Says: "50 where max is 10, 2% noise", Claim: Found, Within: 130, Runs: 40, Rollout: play(ask(nil, &ten), false, swinging(50, 1, 0))},
		Cell{Name: "G8.11", Says: "7 where max is 10, 30% noise", Claim: Promoted, Within: 300, Runs: 40, Rollout: play(ask(nil, &ten), false, swinging(7, 2, 0))},
	)
}

// swinging answers lie around a median; neighbours, 15 s apart, correlate by phi.
func swinging(median, sd, phi float64) func(Dice) func(int) float64 {
	return func(d Dice) func(int) float64 {
		z, last := d.NormFloat64(), 0
		return func(second int) float64 {
			apart := math.Pow(phi, float64(second-last)/15)
			z, last = apart*z+math.Sqrt(1-apart*apart)*d.NormFloat64(), second
			return median + sd*z
		}
	}
}

// counting answers are numbers of rare events.
func counting(mean float64) func(Dice) func(int) float64 {
	return func(d Dice) func(int) float64 {
		return func(int) float64 { return float64(d.Poisson(mean)) }
	}
}

func fraction(v float64) string { return strconv.FormatFloat(v, 'g', 2, 64) }
