package evidence

import "maps"

// Outcomes counts requests by what came of them.
type Outcomes map[string]uint64

// add leaves both as they are.
func (o Outcomes) add(other Outcomes) Outcomes {
	if len(other) == 0 {
		return o
	}
	out := maps.Clone(o)
	if out == nil {
		out = make(Outcomes, len(other))
	}
	for outcome, n := range other {
		out[outcome] += n
	}
	return out
}

// sub leaves both as they are, and leaves out what did not grow.
func (o Outcomes) sub(earlier Outcomes) Outcomes {
	var out Outcomes
	for outcome, n := range o {
		if grown := minus(n, earlier[outcome]); grown > 0 {
			if out == nil {
				out = Outcomes{}
			}
			out[outcome] = grown
		}
	}
	return out
}
