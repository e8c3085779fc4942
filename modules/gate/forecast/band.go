package forecast

import (
	"slices"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

const (
	// stretches is how many pieces of the past a gate is put before, at most.
	stretches = 12
	// nearlyAll is the share of them in which it must find a version.
	nearlyAll = .9
	// leastAnswers is how many answers tell something of their noise.
	leastAnswers = 8
	// away is how many times the answers' own width they are moved, at most.
	away = 64
)

// Band is what a gate on a free query can tell at the noise that its answers have
// today.
type Band struct {
	// Low, Middle and High are the quartiles of the answers.
	Low, Middle, High float64
	// Passes and Fails are the shares of stretches, each as long as a step, in which
	// the gate passes answers like today's, or fails them; 0 to 1.
	Passes, Fails float64
	// Above and Below are the middle of the nearest answers that nearly always fail
	// within a step, with today's noise; nil where none are found, or no bound is.
	Above, Below *float64
}

// BandOf puts a gate before today's answers, oldest first, in stretches as long as a
// step may last; and before the same answers moved up and down. False where there
// are too few of them, or the gate asks no query.
func BandOf(g gate.Gate, low, high bool, answers []evidence.Value, within time.Duration) (Band, bool) {
	if len(answers) < leastAnswers || len(g.Queries()) != 1 {
		return Band{}, false
	}
	p := pieces{gate: g, all: answers, within: within}
	sorted := make([]float64, len(answers))
	for i, v := range answers {
		sorted[i] = v.Value
	}
	slices.Sort(sorted)
	n := len(sorted)
	b := Band{Low: sorted[n/4], Middle: sorted[n/2], High: sorted[n*3/4]}
	b.Passes, b.Fails = p.share(gate.Pass, 0), p.share(gate.Fail, 0)
	width := max(sorted[n-1]-sorted[0], 1e-9)
	if high {
		b.Above = p.nearest(b.Middle, width)
	}
	if low {
		b.Below = p.nearest(b.Middle, -width)
	}
	return b, true
}

// pieces are stretches of the past.
type pieces struct {
	gate   gate.Gate
	all    []evidence.Value
	within time.Duration
}

// nearest is the middle of the nearest answers in a direction that nearly always fail.
func (p pieces) nearest(middle, width float64) *float64 {
	fails := func(by float64) bool { return p.share(gate.Fail, by) >= nearlyAll }
	near, far := 0., width/8
	for !fails(far) {
		if near, far = far, 2*far; far/width > away {
			return nil
		}
	}
	for range 8 {
		if mid := (near + far) / 2; fails(mid) {
			far = mid
		} else {
			near = mid
		}
	}
	far += middle
	return &far
}

// share is in which part of the stretches the gate comes to an outcome when the
// answers are moved.
func (p pieces) share(want gate.Outcome, by float64) float64 {
	starts := p.starts()
	n := 0
	for _, from := range starts {
		if p.play(p.all[from:], by) == want {
			n++
		}
	}
	return float64(n) / float64(len(starts))
}

// starts are where stretches begin: as far apart as there is room, each with a whole
// step's time before the last answer where there is one.
func (p pieces) starts() (out []int) {
	last := 0
	for i, v := range p.all {
		if p.all[len(p.all)-1].At.Sub(v.At) >= p.within {
			last = i
		}
	}
	step := max(last/(stretches-1), 1)
	for i := 0; i <= last && len(out) < stretches; i += step {
		out = append(out, i)
	}
	return out
}

// long is for how long the candidate is taken to have had traffic.
const long = 10000 * time.Hour

func (p pieces) play(answers []evidence.Value, by float64) gate.Outcome {
	panel := gate.NewPanel(p.gate)
	panel.Terse()
	panel.NextStep(0)
	for _, v := range answers {
		if v.At.Sub(answers[0].At) > p.within {
			break
		}
		v.Value += by
		look := evidence.Evidence{Start: v.At, End: v.At, Fresh: v.At, OnTrial: v.At.Add(-long), Values: map[string]evidence.Value{}}
		for name := range p.gate.Queries() {
			look.Values[name] = v
		}
		if o := gate.All(panel.Look(look)); o != gate.Inconclusive {
			return o
		}
	}
	return gate.Inconclusive
}
