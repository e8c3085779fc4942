package series

import (
	"fmt"

	"github.com/headgate-ci/headgate/modules/metrics/counter"
)

// look is what happened between two looks that the totals do not show.
type look struct {
	answered         [3]uint64 // by the applications of Stable, Candidate and Baseline
	resets, invalids int

	nameless, failed uint64 // requests that nothing assigns to a side
	homeless         uint64 // failures because there was no healthy Pod
	blamed           Owner  // who was charged with the homeless ones
	workload, flags  string // of one nameless request, as an example
}

func (l *look) saw(c counter.Change) {
	if c.Reset {
		l.resets++
	}
	if c.Invalid {
		l.invalids++
	}
}

func (l *look) unnamed(r Request, failed bool, n uint64) {
	if failed && r.homeless() {
		l.homeless += n
		return
	}
	l.nameless += n
	if failed {
		l.failed += n
	}
	l.workload, l.flags = r.Workload, r.Flags
}

// settle finds by exclusion whose the homeless requests were. A proxy reports
// "no healthy upstream" only when the version that the route chose has no
// healthy Pod, and standard Istio labels do not name that version. If exactly
// one side answered nothing since the last look while others did, it was that
// one, unless it was never met: then nothing may have been routed to it yet.
// Otherwise it stays open: a guess is no Evidence.
func (l *look) settle(beside bool, met [3]bool) (Owner, uint64) {
	if l.homeless == 0 {
		return Unnamed, 0
	}
	if l.blamed = l.silent(beside); l.blamed == Unnamed || !met[l.blamed-Stable] {
		l.blamed = Unnamed
		l.nameless += l.homeless
		l.failed += l.homeless
		l.flags = "UH"
		return Unnamed, 0
	}
	return l.blamed, l.homeless
}

// silent is the one side that answered nothing. Where only a baseline answers it
// is the candidate: stable has left it all of its traffic then.
func (l *look) silent(beside bool) Owner {
	stable, candidate, baseline := l.answered[0] > 0, l.answered[1] > 0, l.answered[2] > 0
	switch {
	case beside && stable && candidate && !baseline:
		return Baseline
	case beside && !baseline:
		return Unnamed
	case !candidate && (stable || beside):
		return Candidate
	case candidate && !stable:
		return Stable
	}
	return Unnamed
}

// notes are what to tell. Requests of a third workload that go well are told
// once; failures of nobody's every time.
func (l *look) notes(told bool) []string {
	var out []string
	if l.resets > 0 {
		out = append(out, fmt.Sprintf("%d counters restarted with their proxies; counting went on from zero", l.resets))
	}
	if l.invalids > 0 {
		// Without their number, which changes with every look.
		out = append(out, "samples that are no counts (NaN, infinite, negative) are skipped")
	}
	switch l.blamed {
	case Stable:
		out = append(out, fmt.Sprintf("%d requests found no healthy Pod while only the candidate answered: counted as stable's errors", l.homeless))
	case Candidate:
		out = append(out, fmt.Sprintf("%d requests found no healthy Pod while only stable answered: counted as the candidate's errors", l.homeless))
	}
	if l.blamed == Baseline {
		out = append(out, fmt.Sprintf("%d requests found no healthy Pod while stable and candidate answered: counted as the baseline's errors", l.homeless))
	}
	if l.failed > 0 || l.nameless > 0 && !told {
		out = append(out, fmt.Sprintf("%d requests (%d of them failed) name neither stable nor the candidate (workload %q, response flags %q): counted for neither", l.nameless, l.failed, l.workload, l.flags))
	}
	return out
}
