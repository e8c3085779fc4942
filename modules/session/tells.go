package session

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/evidence/promql"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/forecast"
	"github.com/headgate-ci/headgate/modules/release"
)

// queriesTell says of each query gate what it can tell at the noise of today's
// answers.
func (s *Session) queriesTell(ctx context.Context) (out []string) {
	for i, g := range s.release.Spec.Gates {
		if g.Query == nil {
			continue
		}
		query := promql.New(g.Query.PromQL, g.Query.Lookback.Duration).Fill(promql.LeastWindow)
		answers, err := s.source.Answers(ctx, query, remembered, max(g.Query.Every.Duration, scrape))
		if err != nil {
			out = append(out, fmt.Sprintf("gate %s: what it can tell is not known: %v", g.Name, err))
			continue
		}
		out = append(out, bandTells(g, s.gates[i], answers, s.longestGate()))
	}
	return out
}

// bandTells is that of one gate, by its answers of the last hour.
func bandTells(g release.Gate, asked gate.Gate, answers []evidence.Value, longest time.Duration) string {
	b, ok := forecast.BandOf(asked, g.Query.Min != nil, g.Query.Max != nil, answers, longest)
	if !ok {
		return fmt.Sprintf("gate %s: its query gave %d numbers in the last hour, so what it can tell is not known before there is a candidate", g.Name, len(answers))
	}
	words := fmt.Sprintf("gate %s: half of its answers of the last hour lie between %.3g and %.3g", g.Name, b.Low, b.High)
	step := release.Duration{Duration: longest}
	switch {
	case b.Fails > 0:
		words += fmt.Sprintf("; such answers fail it in %.0f%% of the steps of %s: what stable does today is beyond its bounds", 100*b.Fails, step)
	case b.Passes < 1:
		words += fmt.Sprintf("; such answers pass it in %.0f%% of the steps of %s, and in the others it does not decide", 100*b.Passes, step)
	default:
		words += fmt.Sprintf("; such answers pass it within a step of %s", step)
	}
	return words + finds(b, g.Query)
}

// finds says from where on a version is sure to be found.
func finds(b forecast.Band, q *release.QueryGate) string {
	var sides []string
	add := func(side *float64, word string) {
		if side == nil {
			sides = append(sides, "none with "+word+" answers")
			return
		}
		sides = append(sides, fmt.Sprintf("one whose answers lie around %.3g or %s", *side, word))
	}
	if q.Max != nil {
		add(b.Above, "higher")
	}
	if q.Min != nil {
		add(b.Below, "lower")
	}
	return "; it is sure to find " + strings.Join(sides, ", and ")
}
