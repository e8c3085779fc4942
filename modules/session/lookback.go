package session

import (
	"cmp"
	"fmt"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence/promql"
	"github.com/headgate-ci/headgate/modules/release"
	"github.com/headgate-ci/headgate/modules/rollout"
)

// lookback says what a person should know of how far back the queries look, where
// the longest step lasts so long.
func lookback(gates []release.Gate, longest time.Duration) (warnings []string) {
	for _, g := range gates {
		if g.Query == nil {
			continue
		}
		q := promql.New(g.Query.PromQL, g.Query.Lookback.Duration)
		reach := q.Reach(promql.LeastWindow)
		back := release.Duration{Duration: reach}
		if err := q.Check(); err != nil {
			warnings = append(warnings, fmt.Sprintf("gate %s: how far back its query looks cannot be read (%v): %s are taken; write lookback beside promql", g.Name, err, back))
		}
		switch {
		case reach >= longest:
			warnings = append(warnings, fmt.Sprintf("gate %s looks %s back, and no answer counts before the candidate has had traffic for as long; the longest step ends after %s. Give it more (max), or write lookback where a part of the query looks at the past on purpose", g.Name, back, release.Duration{Duration: longest}))
		case reach > g.Query.Every.Duration && !q.Windowed():
			warnings = append(warnings, fmt.Sprintf("gate %s looks %s back and counts an answer every %s: neighbouring answers are about the same requests, and tell less than they are taken for; write every: %s", g.Name, back, g.Query.Every, back))
		}
	}
	return warnings
}

// longestGate is how long the longest step of gates may last.
func (s *Session) longestGate() (longest time.Duration) {
	for _, step := range s.steps {
		if step.Kind == rollout.KindGate {
			longest = max(longest, cmp.Or(step.Max, s.settings.Max))
		}
	}
	return cmp.Or(longest, s.settings.Max) // steps that are still to be picked
}
