package metrics

import (
	"errors"
	"fmt"
)

// ErrQueries is wrapped when a source is asked a free query that it cannot ask.
var ErrQueries = errors.New("free queries need a Prometheus")

// NoSeriesError says that a source answers, and has counted nothing for stable:
// no traffic yet, or traffic that goes by other names.
type NoSeriesError struct {
	// Source is the source's name.
	Source string
	// Missing is what was looked for and not found.
	Missing string
	// Next is what to do about it.
	Next string
}

func (e *NoSeriesError) Error() string {
	return fmt.Sprintf("%s: %s: %s", e.Source, e.Missing, e.Next)
}
