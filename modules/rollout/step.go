package rollout

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/traffic"
)

// Step is one thing that a Rollout does. It may be begun again after the
// process died in the middle of it, so Do must be idempotent.
type Step interface {
	// Name is unique in a list and short enough for a table.
	Name() string
	Do(ctx context.Context, r *Rollout) error
}

// Undoer is a Step that leaves something to be put back.
type Undoer interface {
	Undo(ctx context.Context, r *Rollout) error
}

// Kind names a step type in a StepSpec.
type Kind string

// The step types.
const (
	KindCandidate Kind = "candidate"
	KindRoute     Kind = "route"
	KindCapacity  Kind = "capacity"
	KindWeight    Kind = "weight"
	KindGate      Kind = "gate"
	KindPause     Kind = "pause"
	KindKeep      Kind = "keep"
	KindRelieve   Kind = "relieve"
	KindUpdate    Kind = "update"
	KindReturn    Kind = "return"
	KindRemove    Kind = "remove"
)

// StepSpec describes a Step as data: what plan prints, what the Journal keeps,
// and what Build makes a Step of.
type StepSpec struct {
	Kind Kind `json:"kind"`
	// Weight is the candidate's share in percent during the step.
	Weight int `json:"weight"`
	// Baseline is the baseline's, where the step needs to know; 0 without one.
	Baseline int `json:"baseline,omitempty"`
	// Min and Max bound a gate; zero takes the Settings'.
	Min time.Duration `json:"min,omitempty"`
	Max time.Duration `json:"max,omitempty"`
	// Part is the part of a whole proof that the gates want at this weight; zero
	// is all of it.
	Part float64 `json:"part,omitempty"`
	// For ends a pause by itself; zero waits for a person.
	For time.Duration `json:"for,omitempty"`
}

func (s StepSpec) weights() traffic.Weights {
	return traffic.Weights{Candidate: s.Weight, Baseline: s.Baseline}
}

// Build makes the Step that a StepSpec describes.
func (s StepSpec) Build() (Step, error) {
	switch s.Kind {
	case KindCandidate:
		return candidateStep{weights: s.weights()}, nil
	case KindRoute:
		return routeStep{}, nil
	case KindCapacity:
		return capacityStep{weights: s.weights()}, nil
	case KindWeight:
		return weightStep{weights: s.weights(), part: s.Part}, nil
	case KindGate:
		return gateStep{weight: s.Weight, min: s.Min, max: s.Max, part: s.Part}, nil
	case KindPause:
		return pauseStep{weight: s.Weight, length: s.For}, nil
	case KindKeep:
		return keepStep{length: s.For}, nil
	case KindRelieve:
		return relieveStep{}, nil
	case KindUpdate:
		return updateStep{}, nil
	case KindReturn:
		return returnStep{}, nil
	case KindRemove:
		return removeStep{}, nil
	}
	return nil, fmt.Errorf("unknown step kind %q: this rollout was begun by a newer headgate", s.Kind)
}

// Name is the built Step's name.
func (s StepSpec) Name() string {
	step, err := s.Build()
	if err != nil {
		return string(s.Kind)
	}
	return step.Name()
}

// settled is a Step that an impatient person may skip with `promote`.
type settled interface{ skippable() }
