package report

import "fmt"

// Now is where a Rollout that has not ended stands, in words; empty once it has.
func (r Result) Now() string {
	if r.Verdict != Unfinished && r.Verdict != "" {
		return ""
	}
	for i, s := range r.Steps {
		if s.Status == Running {
			return fmt.Sprintf("step %d of %d: %s", i+1, len(r.Steps), s.Name)
		}
	}
	for i, s := range r.Steps {
		if s.Status == Pending {
			return fmt.Sprintf("before step %d of %d: %s", i+1, len(r.Steps), s.Name)
		}
	}
	return "nothing was begun yet"
}

// Todo is Next, or what a person can do with a Rollout that has not ended.
func (r Result) Todo() string {
	if r.Next != "" || r.Now() == "" || len(r.Steps) == 0 || r.Strategy == StrategyVerify || r.Strategy == StrategyGate {
		return r.Next
	}
	at := r.Release
	if r.Namespace != "" {
		at += " -n " + r.Namespace
	}
	return fmt.Sprintf("`headgate status %[1]s` shows where it stands now, `headgate attach %[1]s` follows it, `headgate rollback %[1]s` puts everything back", at)
}

// Answers are the gates' last answers, in the order in which they were first
// asked.
func (r Result) Answers() []Gate {
	var out []Gate
	at := map[string]int{}
	for _, s := range r.Steps {
		for _, g := range s.Gates {
			if i, ok := at[g.Name]; ok {
				out[i] = g
				continue
			}
			at[g.Name] = len(out)
			out = append(out, g)
		}
	}
	return out
}
