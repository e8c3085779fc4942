package proving

import (
	"slices"

	"github.com/headgate-ci/headgate/modules/gate"
)

// Cells are all cases, in the order of the table.
func Cells() []Cell {
	return slices.Concat(quiet(), coarseBuckets(), sharedOutage(), clusters(), episodes(), coldStart(), lateCounts(), stickyUsers(), gauges())
}

// must is for options that are written here and known to be good.
func must(g gate.Gate, err error) []gate.Gate {
	if err != nil {
		panic(err)
	}
	return []gate.Gate{g}
}

// What the cells ask for: at most 1.5 times stable's errors, at most 1% of them,
// a p99 of at most 1.5 times stable's.
var (
	mostTimes float64 = 1.5
	mostShare float64 = .01
)

func halfAgain() []gate.Gate { return must(gate.Errors(gate.ErrorsOptions{Regression: &mostTimes})) }

func onePercent() []gate.Gate { return must(gate.Errors(gate.ErrorsOptions{Max: &mostShare})) }

func p99HalfAgain() []gate.Gate {
	return must(gate.Latency(gate.LatencyOptions{Quantile: .99, Regression: &mostTimes}))
}

// grow are the weights of a rollout whose steps last up to so many seconds.
func grow(seconds int) []Step { return []Step{{.05, seconds}, {.25, seconds}, {.5, seconds}} }

// one is a single weight.
func one(weight float64, seconds int) []Step { return []Step{{weight, seconds}} }

// both has the two versions follow one law each.
func both(stable, candidate Version) func(Dice) (Version, Version) {
	return func(Dice) (Version, Version) { return stable, candidate }
}

// failing fails a share of requests, one at a time.
func failing(share float64) Version { return Version{Errors: steady(share)} }

// quiet are the cases in which every assumption holds: what must not get worse.
func quiet() []Cell {
	always := both(failing(.001), failing(.0015))
	slow := func(f float64) Version { return Version{Within: lognormal(30, .6, f)} }
	return []Cell{
		{Name: "G0.1", Says: "no assumption broken: candidate at 1.5 times stable's .1%", Claim: Kept, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 120, Steps: grow(120), Hold: true, Gates: halfAgain(), Law: always}},
		{Name: "G0.2", Says: "candidate at 1.5 times stable's .1% and .5% more", Claim: Stopped, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 120, Steps: grow(300), Gates: halfAgain(), Law: both(failing(.001), failing(.0065))}},
		{Name: "G0.3", Says: "candidate at max: 1%", Claim: Kept, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 120, Steps: grow(120), Hold: true, Gates: onePercent(), Law: both(failing(.01), failing(.01))}},
		{Name: "G0.4", Says: "candidate at max: 1%", Claim: Stopped, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 120, Steps: grow(300), Gates: onePercent(), Law: both(failing(.01), failing(.01))}},
		{Name: "G0.5", Says: "as good as stable, .1%", Claim: Promoted, Within: 95, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 120, Steps: grow(600), Gates: halfAgain(), Law: both(failing(.001), failing(.001))}},
		{Name: "G0.6", Says: "5% fail beside stable's .1%", Claim: Found, Within: 30, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 120, Steps: one(.1, 600), Gates: halfAgain(), Law: both(failing(.001), failing(.05))}},
		{Name: "G0.7", Says: "p99 as stable's, 121 ms", Claim: Promoted, Within: 60, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 120, Steps: grow(600), Gates: p99HalfAgain(), Law: both(slow(1), slow(1))}},
		{Name: "G0.8", Says: "p99 three times stable's", Claim: Found, Within: 60, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 120, Steps: one(.1, 600), Gates: p99HalfAgain(), Law: both(slow(1), slow(3))}},
	}
}

// sharedOutage is G2: an outage of both versions before the rollout.
func sharedOutage() []Cell {
	law := func(outage bool, worse float64) func(Dice) (Version, Version) {
		return func(Dice) (Version, Version) {
			stable := failing(.001)
			if outage {
				stable.Errors = func(s int) float64 {
					if s >= -150 && s < -130 {
						return .5
					}
					return .001
				}
			}
			return stable, failing(.001 * worse)
		}
	}
	play := func(rps float64, outage bool, worse float64, steps []Step) Rollout {
		// Up to 1.5 times stable and .5% more may pass, so bad ones are held to the end.
		return Rollout{PerSecond: rps, History: 300, Steps: steps, Hold: worse > 1, Gates: halfAgain(), Law: law(outage, worse)}
	}
	return []Cell{
		{Name: "G2.1", Says: "three times as bad, 1,000 requests/s, quiet history", Claim: Found, Within: 150, Runs: 10, Rollout: play(1000, false, 3, one(.1, 600))},
		{Name: "G2.2", Says: "the same after a shared outage of 20 s", Claim: Found, Within: 200, Runs: 20, Rollout: play(1000, true, 3, one(.1, 600))},
		{Name: "G2.3", Says: "five times as bad, 100 requests/s, a quarter of them, after the outage", Claim: Found, Within: 300, Runs: 20, Rollout: play(100, true, 5, one(.25, 600))},
		{Name: "G2.4", Says: "as good as stable, 100 requests/s, after the outage", Claim: Promoted, Within: 120, Runs: 20, Rollout: play(100, true, 1, grow(600))},
		{Name: "G2.5", Says: "at 1.5 times stable, both fail 50% for 20 s", Claim: Kept, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 300, Steps: grow(120), Hold: true, Gates: halfAgain(), Law: func(d Dice) (Version, Version) {
				from := d.IntN(300)
				rate := func(r float64) func(int) float64 {
					return func(s int) float64 {
						if s >= from && s < from+20 {
							return .5
						}
						return r
					}
				}
				return Version{Errors: rate(.001)}, Version{Errors: rate(.0015)}
			}}},
	}
}

// lateCounts is G6: both versions fail for 20 s, and the counts of one arrive late.
func lateCounts() (out []Cell) {
	for _, c := range []struct {
		name              string
		stable, candidate int
	}{{"G6.1", 5, 0}, {"G6.2", 15, 0}, {"G6.3", 0, 5}, {"G6.4", 0, 15}} {
		who, late := "stable's", c.stable
		if c.candidate > 0 {
			who, late = "the candidate's", c.candidate
		}
		out = append(out, Cell{Name: c.name, Says: who + " counts are " + seconds(late) + " late in a shared outage of 20 s at 10%", Claim: Kept, Runs: 40,
			Rollout: Rollout{PerSecond: 100, History: 120, Steps: grow(120), Hold: true, Gates: halfAgain(), Law: func(d Dice) (Version, Version) {
				from := d.IntN(300)
				rate := func(s int) float64 {
					if s >= from && s < from+20 {
						return .1
					}
					return .001
				}
				return Version{Errors: rate, Late: c.stable}, Version{Errors: rate, Late: c.candidate}
			}}})
	}
	return out
}

// stickyUsers is G7: each user stays with a version, and users' own error rates
// differ by a logarithm's deviation of 2.
func stickyUsers() (out []Cell) {
	for _, c := range []struct {
		name  string
		users int
	}{{"G7.1", 1000}, {"G7.2", 10000}} {
		out = append(out, Cell{Name: c.name, Says: number(c.users) + " sticky users whose own error rates differ (log-sd 2), 1% on average", Claim: Kept, Runs: 60,
			Rollout: Rollout{PerSecond: 1000, History: 120, Steps: grow(200), Hold: true, Gates: halfAgain(), Users: sticky(c.users, .01, 2)}})
	}
	return out
}

// sticky draws users with error rates of their own. The candidate has the first
// ones, as many as its weight says, and stable the others.
func sticky(users int, mean, sd float64) func(Dice) func(float64) (float64, float64) {
	return func(d Dice) func(float64) (float64, float64) {
		sums := make([]float64, users+1)
		for i := range users {
			sums[i+1] = sums[i] + min(mean*d.Lognormal(sd)/lognormalMean(sd), 1)
		}
		return func(weight float64) (stable, candidate float64) {
			n := int(weight * float64(users))
			if n > 0 {
				candidate = sums[n] / float64(n)
			}
			return (sums[users] - sums[n]) / float64(max(users-n, 1)), candidate
		}
	}
}
