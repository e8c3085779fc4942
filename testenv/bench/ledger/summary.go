package ledger

import (
	"cmp"
	"slices"
)

// Cell sums up the equal rollouts of one entrant with one candidate.
type Cell struct {
	Runs []Run
}

// Rates are those of the traffic, ascending.
func (l *Ledger) Rates() []float64 {
	var rates []float64
	for _, r := range l.Runs {
		if !slices.Contains(rates, r.Rate) {
			rates = append(rates, r.Rate)
		}
	}
	slices.Sort(rates)
	return rates
}

// Candidates are the names of those of a kind that have runs at a rate, in order.
func (l *Ledger) Candidates(kind Kind, rate float64, order []string) []string {
	var names []string
	for _, r := range l.Runs {
		if r.Kind == kind && r.Rate == rate && !slices.Contains(names, r.Candidate) {
			names = append(names, r.Candidate)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(slices.Index(order, a), slices.Index(order, b)) })
	return names
}

// Cell are the runs of an entrant with a candidate at a rate.
func (l *Ledger) Cell(e Entrant, candidate string, rate float64) Cell {
	var c Cell
	for _, r := range l.Runs {
		if r.Tool == e.Tool && r.Speed == e.Speed && r.Candidate == candidate && r.Rate == rate {
			c.Runs = append(c.Runs, r)
		}
	}
	return c
}

// Where are the runs with some outcomes.
func (c Cell) Where(wanted func(Outcome) bool) Cell {
	var some Cell
	for _, r := range c.Runs {
		if wanted(r.Outcome) {
			some.Runs = append(some.Runs, r)
		}
	}
	return some
}

// Kept is how many runs kept the candidate from taking stable's place: it was
// rolled back, or held for a person to decide.
func (c Cell) Kept() int {
	return len(c.Where(func(o Outcome) bool { return o == RolledBack || o == Held }).Runs)
}

// Median is that of a figure over the runs; with an even number of them, the
// mean of the two in the middle.
func (c Cell) Median(figure func(Run) float64) float64 {
	if len(c.Runs) == 0 {
		return 0
	}
	values := make([]float64, len(c.Runs))
	for i, r := range c.Runs {
		values[i] = figure(r)
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// Range is the least and the most of a figure over the runs.
func (c Cell) Range(figure func(Run) float64) (least, most float64) {
	for i, r := range c.Runs {
		v := figure(r)
		if i == 0 {
			least, most = v, v
		}
		least, most = min(least, v), max(most, v)
	}
	return least, most
}

// Figures of a run.

// BadOf are the bad answers that callers got.
func BadOf(r Run) float64 { return float64(r.Bad) }

// EndOf is when the tool had come to its end.
func EndOf(r Run) float64 { return r.Seconds }

// OffOf is when callers got the candidate's last answer.
func OffOf(r Run) float64 { return r.LastCandidate }

// AllOf is when callers got the old version's last answer.
func AllOf(r Run) float64 { return r.LastStable }
