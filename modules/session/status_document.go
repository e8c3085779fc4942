package session

import (
	"time"

	"github.com/headgate-ci/headgate/modules/report"
)

// StatusDocument is a Status as a program reads it: the Rollout's result, field
// for field as every other command prints it, and where the Rollout stands.
type StatusDocument struct {
	report.Result
	// Phase is where the Rollout stands as a whole.
	Phase string `json:"phase" jsonschema:"enum=running,enum=paused,enum=waiting,enum=held,enum=rollingBack,enum=promoted,enum=rolledBack,enum=aborted,enum=interrupted"`
	// NewVersionWeight is the new version's share of the traffic in percent: the
	// candidate's, and 100 once stable has its version.
	NewVersionWeight int `json:"newVersionWeight"`
	// BaselineWeight is the baseline's share in percent; left out without one.
	BaselineWeight int `json:"baselineWeight,omitempty"`
	// Step is the one that is being done or comes next.
	Step string `json:"step,omitempty"`
	// StepIndex is its place in steps, from 0.
	StepIndex int `json:"stepIndex"`
	// StepCount is how many steps there are.
	StepCount int `json:"stepCount"`
	// Driver is who drives; left out where nobody does.
	Driver string `json:"driver,omitempty"`
	// Written is when the record was last written.
	Written time.Time `json:"written"`
}

// Document is the Status as a program reads it.
func (s *Status) Document() StatusDocument {
	return StatusDocument{
		Result: s.Result, Phase: s.Phase, NewVersionWeight: s.Weight, BaselineWeight: s.Baseline,
		Step: s.Step, StepIndex: s.StepIndex, StepCount: s.StepCount, Driver: s.Driver, Written: s.Written,
	}
}

// RowDocument is a Row as a program reads it.
type RowDocument struct {
	*StatusDocument
	Journal string `json:"journal"`
	Error   string `json:"error,omitempty"`
}

// Document is the Row as a program reads it.
func (r Row) Document() RowDocument {
	d := RowDocument{Journal: r.Journal, Error: r.Error}
	if r.Status != nil {
		status := r.Status.Document()
		d.StatusDocument = &status
	}
	return d
}
