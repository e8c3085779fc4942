package rollout

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
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

// failed says that a step ended because something was wrong with the new version
// or with the cluster: not for want of evidence, nor by a person's wish.
func failed(ctx context.Context, err error) bool {
	var open *undecidedError
	return endingOf(ctx, err) == EndRollback && !errors.Is(err, errAskedRollback) && !errors.As(err, &open)
}

// undecidedError ends a Rollout that the gates have not decided.
type undecidedError struct{ reason string }

func (e *undecidedError) Error() string { return e.reason }

// reasonOf is the error in words for a person.
func reasonOf(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
	}
	// Pods that are about to be taken away have no logs to be looked at.
	var late *workload.NotReadyError
	if ending := endingOf(ctx, err); errors.As(err, &late) && (ending == EndRollback || ending == EndAbort) {
		return inOneLine(strings.Replace(err.Error(), late.Error(), late.Gone(), 1))
	}
	return inOneLine(err.Error())
}

// inOneLine is how a reason stands in logs and reports.
func inOneLine(s string) string { return strings.ReplaceAll(s, "\n", " ") }
