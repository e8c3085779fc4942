package gate

import (
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

// A comparison waits for the slower of two reports, so long and no longer: a
// version that reports no more must not keep the other from being seen.
const (
	abreastMost = 30 * time.Second
	// abreastLeast is the least difference that is waited for.
	abreastLeast = 3 * time.Second
)

// abreast holds back what one version has reported and the other has not yet: in
// a minute that is bad for both, the one whose counts come first would look worse.
type abreast struct {
	stable, candidate []part
	alone             bool
	behind            time.Duration // the candidate's report behind stable's; negative the other way
}

// part is what one version served until a time.
type part struct {
	Until  time.Time       `json:"until"`
	Counts evidence.Counts `json:"counts"`
}

// both is a look with what both versions have reported by now and was not there
// before. A source that does not say how far each has reported is taken at its
// word: all of it is.
func (a *abreast) both(delta evidence.Evidence) evidence.Evidence {
	r := delta.Reported
	a.stable = append(a.stable, part{r.Stable, delta.Stable})
	a.candidate = append(a.candidate, part{r.Candidate, delta.Candidate})
	until := r.Stable
	if r.Candidate.Before(until) {
		until = r.Candidate
	}
	a.behind = r.Stable.Sub(r.Candidate)
	if r.Stable.IsZero() || r.Candidate.IsZero() || a.behind.Abs() < abreastLeast || a.alone {
		a.behind, until = 0, delta.End
	}
	a.alone = false
	until = later(until, delta.End.Add(-abreastMost))
	delta.Stable, a.stable = reported(a.stable, until)
	delta.Candidate, a.candidate = reported(a.candidate, until)
	return delta
}

// reported sums the parts until a time, and gives back the others.
func reported(parts []part, until time.Time) (sum evidence.Counts, rest []part) {
	for i, p := range parts {
		if p.Until.After(until) {
			return sum, parts[i:]
		}
		sum = sum.Add(p.Counts)
	}
	return sum, nil
}

// words say that one version's counts are late; empty where they are not.
func (a *abreast) words(peer Peer) string {
	late, by := "the candidate", a.behind
	switch {
	case by == 0:
		return ""
	case by < 0:
		late, by = peer.the(), -by
	}
	return fmt.Sprintf("; counts of %s come %s later, and what both have reported is compared", late, duration(by.Round(time.Second)))
}
