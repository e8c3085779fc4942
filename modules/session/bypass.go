package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/headgate-ci/headgate/modules/metrics"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/traffic"
)

// setAside leaves requests out that reach a version by routes which are not edited:
// they follow no weight. What the source cannot tell apart is counted, and the
// engine is told so. It says what a person should know of it.
func (s *Session) setAside(ctx context.Context) []string {
	ways := s.split.Ways()
	s.subject.Aside, s.bypassed = nil, rollout.Bypassed{}
	told := len(ways.Bypasses) > 0 && s.source.TellsSubsets(ctx, s.subject)
	var apart, same, untold []traffic.Bypass
	for _, b := range ways.Bypasses {
		switch {
		case !ways.Apart(b):
			same = append(same, b)
		case !told:
			untold = append(untold, b)
		default:
			s.subject.Aside = append(s.subject.Aside, metrics.Way{Host: b.Host, Subset: b.Subset})
			apart = append(apart, b)
			continue
		}
		s.bypassed.Stable = s.bypassed.Stable || b.Stable
		s.bypassed.Candidate = s.bypassed.Candidate || b.Candidate
	}
	var said []string
	for _, w := range bypassWords(apart, same, untold) {
		if len(w.routes) > 0 {
			said = append(said, fmt.Sprintf(w.text, strings.Join(some(w.routes), ", ")))
		}
	}
	return said
}

// bypassWord is what is to be said of some routes.
type bypassWord struct {
	text   string
	routes []string
}

func bypassWords(apart, same, untold []traffic.Bypass) []bypassWord {
	stable := func(b traffic.Bypass) bool { return b.Stable }
	candidate := func(b traffic.Bypass) bool { return b.Candidate }
	return []bypassWord{
		{"%s sends to the candidate by your own word: these requests are in no share and no gate, and nothing answers them while there is no candidate", routesOf(apart, candidate)},
		{"%s sends to the candidate by your own word, the same way as the weighted requests, and cannot be told from them: the share is held to be no less than the weight, and gates judge both; routes by subsets would tell them apart", routesOf(same, candidate)},
		{"%s sends to the candidate by your own word, and the metrics do not name the subset that tells these requests from the weighted ones: the share is held to be no less than the weight, and gates judge both; let the series name it (metrics.prometheus.labels.subset)", routesOf(untold, candidate)},
		{"%s sends to stable and is not edited: these requests are in no share and no gate", routesOf(apart, stable)},
		{"%s sends to stable and is not edited, and these requests cannot be told from those of the edited routes: the candidate's share is held to be more than before and no more than the weight, and stable's figures have them too", append(routesOf(same, stable), routesOf(untold, stable)...)},
	}
}

// routesOf are the names of those routes for which is holds.
func routesOf(all []traffic.Bypass, is func(traffic.Bypass) bool) (out []string) {
	for _, b := range all {
		if is(b) {
			out = append(out, b.Route)
		}
	}
	return out
}

// some are the first of many.
func some(routes []string) []string {
	const most = 5
	if n := len(routes); n > most {
		return append(routes[:most:most], fmt.Sprintf("%d more", n-most))
	}
	return routes
}

// named says that requests may be meant for the candidate whatever its weight: a
// route of the user's own sends to it, or it has a Service of its own.
func (s *Session) named() bool {
	ways := s.split.Ways()
	apart := slices.ContainsFunc(ways.Candidate, func(w traffic.Way) bool { return w.Subset == "" })
	return apart || slices.ContainsFunc(ways.Bypasses, func(b traffic.Bypass) bool { return b.Candidate })
}
