// Package progress says what is going on while an environment comes up. It is
// vocabulary: whoever works tells, whoever waits shows.
package progress

import (
	"fmt"
	"strconv"
	"time"
)

// Event says how far one piece of work is.
type Event struct {
	// What is done, such as "building the mesh's binaries".
	What string
	// Done of Total Units are done; Total is 0 when that is not known.
	Done, Total int
	// Unit is what is counted, in the plural, such as "packages".
	Unit string
	// Elapsed is how long this piece of work has taken so far.
	Elapsed time.Duration
}

// Func is told about work. It is called from several goroutines, one at a time.
type Func func(Event)

// String is one line without its end.
func (e Event) String() string {
	s := e.What
	if e.Total > 0 {
		s += fmt.Sprintf(": %s of %s %s", grouped(e.Done), grouped(e.Total), e.Unit)
	}
	if e.Elapsed >= time.Second {
		s += ", " + e.Elapsed.Round(time.Second).String()
	}
	return s
}

// grouped writes thousands with a comma.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
