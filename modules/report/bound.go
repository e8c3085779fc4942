package report

import "github.com/headgate-ci/headgate/modules/evidence"

// maxTimeline bounds a Timeline's JSON in bytes. The Journal is one ConfigMap,
// which the API server limits to about a megabyte; the rest of it is the
// Release, the routes as they were, and the steps.
const maxTimeline = 240 << 10

// Add appends a look. When the whole would grow beyond 240 KiB of JSON, the
// neighbours that cover the shortest time are joined until a fifth is free
// again, so that a long Rollout keeps an even grain; looks of different steps,
// weights or verdicts stay apart as long as there are others to join.
func (t Timeline) Add(p Point) Timeline {
	t = append(t, p)
	size := t.size()
	if size <= maxTimeline {
		return t
	}
	for size > maxTimeline*4/5 && len(t) > 2 {
		i := t.shortest()
		if i < 0 { // nothing fits together: the oldest goes
			size -= t[0].size()
			t = append(t[:0], t[1:]...)
			continue
		}
		size -= t[i].size() + t[i+1].size()
		t[i] = t[i].join(t[i+1])
		size += t[i].size()
		t = append(t[:i+1], t[i+2:]...)
	}
	return t
}

// shortest is the index of the pair that covers the least time among those
// that fit together best; the newest look is left alone, for its gates are
// still to answer. It is -1 without any.
func (t Timeline) shortest() int {
	best, rank, seconds := -1, 0, 0.
	for i := 0; i+2 < len(t); i++ {
		r := fit(t[i], t[i+1])
		if r == 0 || r < rank {
			continue
		}
		if s := t[i].Seconds + t[i+1].Seconds; r > rank || s < seconds {
			best, rank, seconds = i, r, s
		}
	}
	return best
}

// fit says how little is lost when b is joined to a: 0 they must not be, 1 a
// change of a verdict is lost, 2 nothing but grain.
func fit(a, b Point) int {
	switch {
	case a.Step != b.Step || a.Weight != b.Weight || b.Anew || b.Resumed || a.Unread != b.Unread || a.Warming != b.Warming || (len(a.Gates) == 0) != (len(b.Gates) == 0):
		return 0
	case !sameOutcomes(a.Gates, b.Gates):
		return 1
	}
	return 2
}

func sameOutcomes(a, b []Answer) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Gate != b[i].Gate || a[i].Outcome != b[i].Outcome {
			return false
		}
	}
	return true
}

// join is two looks as if the earlier had not been made: counts add up, and the
// later one's answers, values and times hold.
func (p Point) join(later Point) Point {
	out := later
	out.Anew, out.Part, out.Resumed = p.Anew, p.Part, p.Resumed
	out.Looks = max(p.Looks, 1) + max(later.Looks, 1)
	out.Seconds += p.Seconds
	out.Stable = countsOf(p.Stable.evidence().Add(later.Stable.evidence()))
	out.Candidate = countsOf(p.Candidate.evidence().Add(later.Candidate.evidence()))
	out.Baseline = countsOf(p.Baseline.evidence().Add(later.Baseline.evidence()))
	return out
}

func (t Timeline) size() int {
	n := 2
	for _, p := range t {
		n += p.size()
	}
	return n
}

// size is at least as long as the Point's JSON and its comma. It is called for
// every Point at every look, so it counts and does not encode.
func (p Point) size() int {
	n := 280 + quoted(p.Step) + p.Stable.size() + p.Candidate.size() + p.Baseline.size()
	if p.Reported != (evidence.Reported{}) {
		n += 180
	}
	for name := range p.Values {
		n += 110 + quoted(name)
	}
	for _, a := range p.Gates {
		n += 160 + quoted(a.Gate) + quoted(a.Outcome) + quoted(a.Reason)
	}
	return n
}

func (c Counts) size() int {
	n := 80
	if c.Latency == nil {
		return n
	}
	n += 100 + len(c.Latency.Counts)*(1+digits(c.Latency.Total))
	for _, b := range c.Latency.LeMs {
		if whole := uint64(max(b, 0)); float64(whole) == b {
			n += 1 + digits(whole)
		} else {
			n += 26
		}
	}
	return n
}

func digits(n uint64) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

// quoted is at least the length of s in JSON.
func quoted(s string) int {
	n := 2 + len(s)
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			n += 5 // as an escape with four digits; a foreign letter is shorter
		}
	}
	return n
}
