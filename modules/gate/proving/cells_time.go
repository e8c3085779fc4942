package proving

import (
	"math"
	"strconv"
	"time"
)

// coarseBuckets is G1: regressions that happen between two bucket bounds.
func coarseBuckets() []Cell {
	play := func(median, sd, factor float64, hold bool) Rollout {
		return Rollout{PerSecond: 100, History: 120, Steps: grow(120), Hold: hold, Gates: p99HalfAgain(),
			Law: both(Version{Within: lognormal(median, sd, 1)}, Version{Within: lognormal(median, sd, factor)})}
	}
	return []Cell{
		{Name: "G1.1", Says: "p99 239 ms, narrow (median 200), all of the candidate 1.40 times as slow, regression: 1.5", Claim: Kept, Runs: 20, Rollout: play(200, .0766, 1.4, true)},
		{Name: "G1.2", Says: "p99 239 ms, wide (median 60), 1.50 times as slow", Claim: Kept, Runs: 40, Rollout: play(60, .594, 1.5, true)},
		{Name: "G1.3", Says: "p99 92 ms, wide (median 23), 1.50 times as slow", Claim: Kept, Runs: 40, Rollout: play(23, .594, 1.5, true)},
		{Name: "G1.4", Says: "p99 480 ms, narrow (median 400), 1.45 times as slow", Claim: Kept, Runs: 20, Rollout: play(400, .0766, 1.45, true)},
		{Name: "G1.5", Says: "p99 167 ms, narrow (median 140), 1.56 times as slow", Claim: Stopped, Runs: 40, Rollout: play(140, .0766, 1.56, false)},
		{Name: "G1.6", Says: "p99 239 ms, narrow, twice as slow", Claim: Stopped, Runs: 20, Rollout: play(200, .0766, 2, false)},
		{Name: "G1.7", Says: "p99 239 ms, narrow, three times as slow", Claim: Found, Within: 60, Runs: 20, Rollout: play(200, .0766, 3, false)},
	}
}

// episodes is G4: bursts of one version by itself, alike in law for both.
func episodes() []Cell {
	play := func(rate float64, history int) Rollout {
		return Rollout{PerSecond: 100, History: history, Steps: grow(200), Hold: true, Gates: halfAgain(), Law: func(d Dice) (Version, Version) {
			return Version{Errors: bursts(d, history, rate)}, Version{Errors: bursts(d, history, rate)}
		}}
	}
	paused := func(d Dice) Version {
		at := events(d, 1200, 100)
		return Version{Within: func(s int, ms float64) float64 {
			if !at[s+600] {
				return lognormal(30, .6, 1)(s, ms)
			}
			waits := 0. // a pause of 1 s: a request waits for what is left of it
			for i := range 10 {
				waits += lognormal(30, .6, 1)(s, ms-100*float64(i)-50) / 10
			}
			return waits
		}}
	}
	const hour = 3600
	return []Cell{
		{Name: "G4.1", Says: "each version has its own bursts of 20 s at 5%, one in 200 s", Claim: Kept, Runs: 40, Rollout: play(.05, 600)},
		{Name: "G4.2", Says: "the same at 30%", Claim: Kept, Runs: 40, Rollout: play(.3, 600)},
		{Name: "G4.3", Says: "each version pauses for 1 s, once in 100 s; p99, regression: 1.5; 1,000 requests/s", Claim: Kept, Runs: 60,
			Rollout: Rollout{PerSecond: 1000, History: 600, Steps: grow(200), Hold: true, Gates: p99HalfAgain(),
				Law: func(d Dice) (Version, Version) { return paused(d), paused(d) }}},
		{Name: "G4.4", Says: "as G4.1, beside an hour of stable's history", Claim: Kept, Runs: 20, Rollout: play(.05, hour)},
		{Name: "G4.5", Says: "as G4.2, beside an hour of stable's history", Claim: Kept, Runs: 20, Rollout: play(.3, hour)},
	}
}

// events are the seconds at which something begins that does so once in apart
// seconds on average.
func events(d Dice, length, apart int) map[int]bool {
	out := map[int]bool{}
	for s := d.ExpFloat64() * float64(apart); s < float64(length); s += d.ExpFloat64() * float64(apart) {
		out[int(s)] = true
	}
	return out
}

// bursts fail a share for 20 s, once in 200 s, and .1% in between.
func bursts(d Dice, history int, rate float64) func(int) float64 {
	const lasts = 20
	bad := map[int]bool{}
	for at := range events(d, history+700, 200) {
		for s := range lasts {
			bad[at+s-history] = true
		}
	}
	return func(s int) float64 {
		if bad[s] {
			return rate
		}
		return .001
	}
}

// coldStart is G5: the candidate's first 20 s are bad, then it is stable's equal.
func coldStart() []Cell {
	const cold = 20
	start := func(rate float64) func(Dice) (Version, Version) {
		return both(failing(.001), Version{Errors: func(s int) float64 {
			if s < cold {
				return rate
			}
			return .001
		}})
	}
	usual := lognormal(30, .6, 1)
	slow := func(s int, ms float64) float64 {
		if s < cold {
			return .9*usual(s, ms) + .1*usual(s, ms-500)
		}
		return usual(s, ms)
	}
	return []Cell{
		{Name: "G5.1", Says: "warmup: 30s; 1% errors in the first 20 s, as stable (.1%) afterwards, 1,000 requests/s", Claim: Kept, Runs: 40,
			Rollout: Rollout{PerSecond: 1000, History: 120, Warmup: 30, Steps: grow(120), Hold: true, Gates: halfAgain(), Law: start(.01)}},
		{Name: "G5.2", Says: "warmup: 30s; 10% errors in the first 20 s, as stable afterwards", Claim: Kept, Runs: 20,
			Rollout: Rollout{PerSecond: 100, History: 120, Warmup: 30, Steps: grow(120), Hold: true, Gates: halfAgain(), Law: start(.1)}},
		{Name: "G5.3", Says: "warmup: 30s; 10% of requests 500 ms slower in the first 20 s; p99, regression: 1.5; 1,000 requests/s", Claim: Kept, Runs: 20,
			Rollout: Rollout{PerSecond: 1000, History: 120, Warmup: 30, Steps: grow(120), Hold: true, Gates: p99HalfAgain(),
				Law: both(Version{Within: usual}, Version{Within: slow})}},
		{Name: "G5.4", Says: "warmup: 30s; every request of a version fails", Claim: Found, Within: 20, Runs: 20,
			Rollout: Rollout{PerSecond: 100, History: 120, Warmup: 30, Steps: grow(120), Gates: halfAgain(), Law: both(failing(.001), failing(1))}},
	}
}

func seconds(n int) string { return (time.Duration(n) * time.Second).String() }

func number(n int) string { return strconv.Itoa(n) }

// lognormalMean is the mean of a lognormal with a median of 1.
func lognormalMean(sd float64) float64 { return math.Exp(sd * sd / 2) }
