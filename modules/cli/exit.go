package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/session"
)

// The exit codes; those of verdicts are report.Verdict's.
const (
	ExitOK           = 0
	ExitError        = 1
	ExitRolledBack   = 3
	ExitInconclusive = 4
	ExitAborted      = 5
	ExitUsage        = 80

	// exitAgain ends a Pod of a Job whose rollout is not over: the Job starts
	// another one.
	exitAgain = 75
)

// exitError ends the program with a code; the message is told already when
// err is nil.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError is a mistake in what was typed.
func usageError(format string, args ...any) error {
	return &exitError{code: ExitUsage, err: fmt.Errorf(format, args...)}
}

// verdictError carries a finished Rollout's exit code; nil when it is 0.
func verdictError(v report.Verdict, err error) error {
	if v.ExitCode() == ExitOK && err == nil {
		return nil
	}
	code := v.ExitCode()
	if code == ExitOK {
		code = ExitError
	}
	return &exitError{code: code, err: err}
}

// codeOf is the exit code for an error that reached the top.
func codeOf(err error) int {
	var exit *exitError
	var held *journal.HeldError
	var unfinished *session.UnfinishedError
	var unchanged *session.UnchangedError
	switch {
	case err == nil, errors.As(err, &unchanged):
		return ExitOK
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &held), errors.As(err, &unfinished):
		return ExitInconclusive
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return ExitAborted
	default:
		return ExitError
	}
}
