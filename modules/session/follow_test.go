package session

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
)

func TestAFollowerIsToldWhatTheJournalShows(t *testing.T) {
	t.Parallel()
	at := func(phase, driver string, statuses ...report.Status) *Status {
		st := &Status{Phase: phase, Driver: driver, StepCount: len(statuses), Result: report.Result{ID: "a"}}
		for _, s := range statuses {
			st.Result.Steps = append(st.Result.Steps, report.Step{Name: "step", Status: s})
		}
		return st
	}
	other := at("running", "x", report.Pending)
	other.Result.ID = "b"
	tests := map[string]struct {
		before, after *Status
		want          []rollout.EventKind
	}{
		"nothing new":                     {at("running", "x", report.Running), at("running", "x", report.Running), nil},
		"a step ended, the next began":    {at("running", "x", report.Running, report.Pending), at("running", "x", report.Done, report.Running), []rollout.EventKind{rollout.EventDone, rollout.EventBegin}},
		"a step failed and is put back":   {at("running", "x", report.Done, report.Running), at("rollingBack", "x", report.Undone, report.Failed), []rollout.EventKind{rollout.EventUndone, rollout.EventFailed, rollout.EventNotice}},
		"the driver went away":            {at("running", "x", report.Running), at("running", "", report.Running), []rollout.EventKind{rollout.EventNotice}},
		"another rollout has begun since": {at("promoted", "", report.Done), other, []rollout.EventKind{rollout.EventNotice}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []rollout.EventKind
			for _, e := range changes(tt.before, tt.after) {
				got = append(got, e.Kind)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
