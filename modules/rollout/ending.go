package rollout

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/traffic"
	"github.com/headgate-ci/headgate/modules/workload"
)

// Ending is what a Rollout comes to when a step does not end well.
type Ending string

// The endings.
const (
	EndPromoted Ending = "promoted"
	EndRollback Ending = "rolledBack"
	EndHold     Ending = "held"
	EndAbort    Ending = "aborted"
	// endLeave stops at once and touches nothing more.
	endLeave Ending = "leave"
)

// ErrInterrupted is the cause of a context that ended by a person's signal.
var ErrInterrupted = errors.New("interrupted")

// ErrTimeout is the cause of a context that ended by the Release's total time.
var ErrTimeout = errors.New("the rollout took longer than its total timeout")

// GateError ends a Rollout because a gate failed.
type GateError struct{ Verdict gate.Verdict }

func (e *GateError) Error() string {
	return fmt.Sprintf("gate %s failed: %s", e.Verdict.Gate, e.Verdict.Reason)
}

// HoldError stops a Rollout for a person to decide.
type HoldError struct{ Reason, Next string }

func (e *HoldError) Error() string { return e.Reason }

// conflict says that somebody else has changed what the Rollout works on.
func conflict(err error) bool {
	var disagree *traffic.DisagreeError
	var work *workload.ConflictError
	return errors.Is(err, traffic.ErrChanged) || errors.As(err, &disagree) || errors.As(err, &work)
}

var (
	errAskedRollback = errors.New("`headgate rollback` asked for it")
	errAskedPromote  = errors.New("`headgate promote` asked for it")
)

// endingOf says what an error makes of the Rollout.
func endingOf(ctx context.Context, err error) Ending {
	var hold *HoldError
	switch {
	case errors.Is(err, journal.ErrFenced), errors.Is(context.Cause(ctx), journal.ErrFenced):
		return endLeave
	case errors.As(err, &hold):
		return EndHold
	case conflict(err):
		return EndHold
	case ctx.Err() != nil:
		return EndAbort
	default:
		return EndRollback
	}
}

func verdictOf(e Ending) report.Verdict { return report.Verdict(e) }

// reasonOf is the error in words for a person.
func reasonOf(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
	}
	return strings.ReplaceAll(err.Error(), "\n", " ") // one line in logs and reports
}
