package rollout

import (
	"math"
	"time"

	"github.com/headgate-ci/headgate/modules/gate"
)

// CanaryStep is one entry of a canary's list: a weight with its gate, or a
// pause.
type CanaryStep struct {
	Weight   int
	Min, Max time.Duration
	// Pause, when set, waits at the weight of the entry before it.
	Pause *Pause
}

// Pause waits for a time, or for a person when For is zero.
type Pause struct{ For time.Duration }

// Canary lists the steps of a canary: each weight is prepared for, set,
// confirmed and gated; at 100 the new version takes stable's place. gates are
// those that will be asked.
func Canary(steps []CanaryStep, gates ...gate.Gate) []StepSpec {
	first := 1
	for _, s := range steps {
		if s.Pause == nil {
			first = s.Weight
			break
		}
	}
	list := []StepSpec{{Kind: KindCandidate, Weight: first}, {Kind: KindRoute}}
	parts := partsOf(steps, gates)
	weight := 0
	for _, s := range steps {
		if s.Pause != nil {
			list = append(list, StepSpec{Kind: KindPause, Weight: weight, For: s.Pause.For})
			continue
		}
		weight = s.Weight
		list = append(list, moveTo(weight, parts[weight])...)
		list = append(list, StepSpec{Kind: KindGate, Weight: weight, Min: s.Min, Max: s.Max, Part: parts[weight]})
	}
	if weight < 100 {
		list = append(list, moveTo(100, 0)...)
	}
	return append(list, promote()...)
}

func moveTo(weight int, part float64) []StepSpec {
	return []StepSpec{{Kind: KindCapacity, Weight: weight}, {Kind: KindWeight, Weight: weight, Part: part}}
}

// partsOf shares the gates' proof out among the weights.
func partsOf(steps []CanaryStep, gates []gate.Gate) map[int]float64 {
	var weights []float64
	for _, s := range steps {
		if s.Pause == nil {
			weights = append(weights, float64(s.Weight)/100)
		}
	}
	out := map[int]float64{}
	for i, part := range gate.Parts(weights, gates...) {
		out[int(math.Round(weights[i]*100))] = part
	}
	return out
}

// promote ends every strategy that has all traffic on the candidate.
func promote() []StepSpec {
	return []StepSpec{{Kind: KindUpdate, Weight: 100}, {Kind: KindReturn}, {Kind: KindRemove}}
}
