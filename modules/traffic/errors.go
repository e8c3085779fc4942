package traffic

import (
	"errors"
	"fmt"
	"strings"
)

// ErrChanged says that somebody else edited what Headgate had written; every
// ConflictError is one.
var ErrChanged = errors.New("changed by somebody else")

// ConflictError says that somebody else edited what Headgate was about to
// write. Nothing was overwritten.
type ConflictError struct {
	Object ObjectRef
	// Path is the place, such as "spec.http[0].route[1].weight".
	Path string
	// Want and Got are what should have stood there and what does.
	Want, Got string
	// Next is what a person can do.
	Next string
}

// Error names the object, the place, both values and the next step.
func (e *ConflictError) Error() string {
	s := fmt.Sprintf("%s: %s was changed by somebody else: expected %s, found %s; nothing was overwritten", e.Object, e.Path, e.Want, e.Got)
	if e.Next != "" {
		s += ": " + e.Next
	}
	return s
}

// Unwrap makes errors.Is(err, ErrChanged) true.
func (e *ConflictError) Unwrap() error { return ErrChanged }

// PartialError says that a change reached some objects and not all of them.
type PartialError struct {
	// Moved are the objects that have the new weight.
	Moved []ObjectRef
	Err   error
}

// Error is the cause and what has moved already.
func (e *PartialError) Error() string {
	return fmt.Sprintf("%v (moved already: %s)", e.Err, Describe(e.Moved))
}

// Unwrap is the cause.
func (e *PartialError) Unwrap() error { return e.Err }

// Share is the candidate's share that one route says.
type Share struct {
	Object ObjectRef
	// Path is the route, such as "spec.http[0]".
	Path string
	// Percent is of what all versions get together in that route, Baseline the
	// same of the baseline.
	Percent, Baseline float64
}

// DisagreeError says that the routes give the candidate different shares.
type DisagreeError struct{ Shares []Share }

// Error lists the shares.
func (e *DisagreeError) Error() string {
	parts := make([]string, len(e.Shares))
	for i, s := range e.Shares {
		parts[i] = fmt.Sprintf("%s %s: %.4g%%", s.Object, s.Path, s.Percent)
		if s.Baseline > 0 {
			parts[i] += fmt.Sprintf(" and the baseline %.4g%%", s.Baseline)
		}
	}
	return "the routes give the candidate different shares (" + strings.Join(parts, "; ") + "); set the weight again or roll back"
}
