package gate

import (
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// DefaultMaxAge is how old the newest sample may be when nothing else is asked:
// a minute between scrapes, and half of one for delays.
const DefaultMaxAge = 90 * time.Second

// intake sums the Evidence of a Trial and knows whether samples still arrive.
type intake struct {
	sum    evidence.Evidence
	before evidence.Counts // stable's counts of the Step before
	maxAge time.Duration
}

func newIntake(maxAge time.Duration) intake {
	if maxAge <= 0 {
		maxAge = DefaultMaxAge
	}
	return intake{maxAge: maxAge}
}

// take adds a look's Evidence.
func (in *intake) take(delta evidence.Evidence) {
	delta.Stable, delta.Candidate = sane(delta.Stable), sane(delta.Candidate)
	// A look without times (the source did not answer) leaves them as they were.
	delta.Fresh = later(delta.Fresh, in.sum.Fresh)
	delta.End = later(delta.End, in.sum.End)
	in.sum = in.sum.Add(delta)
}

// clear forgets the counts, for a new Step, but keeps stable's at hand.
func (in *intake) clear() {
	if in.sum.Stable.Requests > 0 {
		in.before = in.sum.Stable
	}
	in.sum = evidence.Evidence{}
}

// stable is what the candidate is compared with: stable's counts of this Step,
// or, where it serves too few now (at a weight of 100 none), those of the Step
// before. earlier says which.
func (in *intake) stable(need uint64) (c evidence.Counts, earlier bool) {
	if in.sum.Stable.Requests < need && in.before.Requests >= need {
		return in.before, true
	}
	return in.sum.Stable, false
}

// stale says, in words, why the newest samples are no ground for a Verdict;
// empty when they are.
func (in *intake) stale() string {
	if in.sum.Fresh.IsZero() {
		return "no samples yet"
	}
	if age := in.sum.End.Sub(in.sum.Fresh); age > in.maxAge {
		return fmt.Sprintf("the newest sample is %s old; at most %s is taken as current",
			duration(age.Round(time.Second)), duration(in.maxAge))
	}
	return ""
}

// sane keeps a source's odd counts (more errors than requests) from turning
// into shares above one.
func sane(c evidence.Counts) evidence.Counts {
	c.Errors = min(c.Errors, c.Requests)
	return c
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
