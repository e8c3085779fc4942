package proving

import "math"

// clusters is G3: errors of one cause that come in larger groups, or over a longer
// time, than is measured.
func clusters() []Cell {
	spread := func(k, seconds int) Version {
		return Version{Errors: steady(.01), Size: always(k), MeanSize: float64(k), Spread: seconds}
	}
	same := func(v Version) func(Dice) (Version, Version) { return both(v, v) }
	tail := func(power, rate float64) Version {
		size, mean := powerLaw(power)
		return Version{Errors: steady(rate), Size: size, MeanSize: mean}
	}
	kept := func(law func(Dice) (Version, Version)) Rollout {
		return Rollout{PerSecond: 100, History: 300, Steps: grow(300), Hold: true, Gates: onePercent(), Law: law}
	}
	stopped := func(law func(Dice) (Version, Version)) Rollout {
		return Rollout{PerSecond: 100, History: 120, Steps: grow(600), Gates: onePercent(), Law: law}
	}
	proof := func(history int, rate float64) Rollout {
		return Rollout{PerSecond: 100, History: history, Steps: one(.25, 600), Gates: onePercent(), Law: both(failing(rate), failing(rate))}
	}
	geometric := Version{Errors: steady(.01), Size: geometricSize(10), MeanSize: 10}
	return []Cell{
		{Name: "G3a.1", Says: "clusters of 3 over 2 s, at max: 1%", Claim: Stopped, Runs: 60, Rollout: stopped(same(spread(3, 2)))},
		{Name: "G3a.2", Says: "clusters of 10 over 10 s, at max", Claim: Stopped, Runs: 60, Rollout: stopped(same(spread(10, 10)))},
		{Name: "G3a.3", Says: "clusters of 10 over 10 s, at max", Claim: Kept, Runs: 30, Rollout: kept(same(spread(10, 10)))},
		{Name: "G3b.1", Says: "stable's errors come singly (1%), the candidate's in threes, at max", Claim: Kept, Runs: 100, Rollout: kept(both(failing(.01), spread(3, 1)))},
		{Name: "G3b.2", Says: "stable's singly, the candidate's in threes, at max", Claim: Stopped, Runs: 30, Rollout: stopped(both(failing(.01), spread(3, 1)))},
		{Name: "G3b.3", Says: "stable's singly, the candidate's in tens, at max", Claim: Kept, Runs: 50, Rollout: kept(both(failing(.01), spread(10, 1)))},
		{Name: "G3b.4", Says: "stable's singly, the candidate's in tens, at max", Claim: Stopped, Runs: 30, Rollout: stopped(both(failing(.01), spread(10, 1)))},
		{Name: "G3c.1", Says: "cluster sizes with a tail of k^-2.2, at max", Claim: Kept, Runs: 60, Rollout: kept(same(tail(2.2, .01)))},
		{Name: "G3c.2", Says: "cluster sizes with a tail of k^-1.5, at max", Claim: Kept, Runs: 60, Rollout: kept(same(tail(1.5, .01)))},
		{Name: "G3c.3", Says: "cluster sizes with a tail of k^-1.5, at half of max", Claim: Kept, Runs: 100, Rollout: kept(same(tail(1.5, .005)))},
		{Name: "G3d.1", Says: "stable never fails, candidate at max, geometric clusters of 10", Claim: Stopped, Runs: 60, Rollout: stopped(both(failing(0), geometric))},
		{Name: "G3e.1", Says: "30 s of history at .03%: the proof of max: 1%", Claim: Promoted, Within: 120, Runs: 10, Rollout: proof(30, .0003)},
		{Name: "G3e.2", Says: "an hour of history at .03%: the proof of max: 1%", Claim: Promoted, Within: 25, Runs: 10, Rollout: proof(3600, .0003)},
	}
}

func always(k int) func(Dice) int { return func(Dice) int { return k } }

// geometricSize has the mean given.
func geometricSize(mean float64) func(Dice) int {
	miss := math.Log1p(-1 / mean)
	return func(d Dice) int { return d.gap(miss) }
}

// largest is the largest group of errors from one cause.
const largest = 200

// powerLaw draws sizes k from 1 to largest in proportion to k^-power.
func powerLaw(power float64) (size func(Dice) int, mean float64) {
	var up [largest]float64
	sum := 0.
	for i := range up {
		p := math.Pow(float64(i+1), -power)
		sum += p
		mean += p * float64(i+1)
		up[i] = sum
	}
	return func(d Dice) int {
		u := d.Float64() * sum
		for i, v := range up {
			if u < v {
				return i + 1
			}
		}
		return largest
	}, mean / sum
}
