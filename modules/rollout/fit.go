package rollout

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/headgate-ci/headgate/modules/report"
)

// roomy is how large a record may be before parts of it are left out. What
// drives the Rollout never is: that is the steps and where they stand, the
// routes and the workload. What is only told goes, the least missed first.
const roomy = 600 << 10

// leftOut are what can be left out of a record, in order.
var leftOut = []func(*State){
	func(s *State) { s.Timeline = last(s.Timeline, len(s.Timeline)/4) },
	func(s *State) { s.Timeline = nil },
	func(s *State) { eachStep(s, withoutReasons) },
	func(s *State) { s.Warnings = clipAll(last(s.Warnings, 5), 200) },
	func(s *State) { eachStep(s, withoutSides) },
}

// encode is the state as JSON, of bounded size where leaving out helps; the
// journal packs what is larger still.
func (s *State) encode() ([]byte, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode the rollout's state: %w", err)
	}
	small := *s
	small.Steps = slices.Clone(s.Steps)
	for _, leave := range leftOut {
		if len(data) <= roomy {
			break
		}
		leave(&small)
		if data, err = json.Marshal(&small); err != nil {
			return nil, fmt.Errorf("encode the rollout's state: %w", err)
		}
	}
	return data, nil
}

func eachStep(s *State, fn func(*report.Step)) {
	for i := range s.Steps {
		fn(&s.Steps[i].Record)
	}
}

func withoutReasons(s *report.Step) {
	s.Detail, s.Logs = clipped(s.Detail, 200), last(s.Logs, 1)
	s.Gates = slices.Clone(s.Gates)
	for i := range s.Gates {
		s.Gates[i].Reason = clipped(s.Gates[i].Reason, 200)
	}
}

func withoutSides(s *report.Step) { s.Stable, s.Candidate, s.Baseline, s.Gates = nil, nil, nil, nil }

func last[T any](list []T, n int) []T { return list[max(0, len(list)-n):] }

func clipAll(list []string, n int) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = clipped(s, n)
	}
	return out
}

// clipped is at most n runes of a text.
func clipped(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
