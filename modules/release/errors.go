package release

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake in a Release.
type Problem struct {
	// File is the name of the file; empty for a Release made from flags.
	File string
	// Line and Column count from 1; both are 0 where there is no place to name.
	Line, Column int
	// Path is the field, such as spec.gates[0].errors.max; empty for the file as
	// a whole.
	Path string
	// Message says what is wrong and what to write instead.
	Message string

	unknown bool // the field, and so perhaps its neighbour is missing
}

// Error is file:line:column: path: message, without what is not known.
func (p Problem) Error() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
		}
		b.WriteString(": ")
	}
	if p.Path != "" {
		b.WriteString(p.Path + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Errors are all mistakes in a Release, in the order of the file. It is the
// error type of everything here that judges a Release.
type Errors []Problem

// Error has a line for each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the mistakes one by one.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, p := range e {
		out[i] = p
	}
	return out
}

// orNil sorts, and keeps an empty list from being a non-nil error.
func (e Errors) orNil() error {
	if len(e) == 0 {
		return nil
	}
	slices.SortStableFunc(e, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Path, b.Path))
	})
	return e
}
