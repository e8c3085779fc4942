package rollout

import (
	"fmt"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/evidence/outcome"
)

// From nearly none to most: when answers of 4xx, which are the caller's fault and
// count for nothing by default, are told of.
const (
	nearlyNone   = .05
	most         = .5
	fewestToTell = 20 // requests of each version
)

// refused says in words that the candidate answers most requests with a 4xx, where
// stable hardly does; empty where it does not, and where the gates count them.
func refused(e evidence.Evidence) string {
	c, s := e.Candidate, e.Stable
	n, before := outcome.Class(c, "4"), outcome.Class(s, "4")
	switch {
	case c.Requests < fewestToTell || s.Requests < fewestToTell:
		return ""
	case float64(n) < most*float64(c.Requests) || float64(before) > nearlyNone*float64(s.Requests):
		return ""
	case c.Errors >= n:
		return ""
	}
	return fmt.Sprintf("the candidate answers %d of %d requests with a 4xx, stable %d of %d: these are no failures unless a gate says so (errors: {codes: \"0|5..|404\"})", n, c.Requests, before, s.Requests)
}

// tellRefusals warns once.
func (r *Rollout) tellRefusals() {
	if r.refused || r.state.Weight == 0 {
		return
	}
	if text := refused(r.meter.sum()); text != "" {
		r.refused = true
		r.warn(text)
	}
}
