package session

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rollout"
	"github.com/headgate-ci/headgate/modules/workload"
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
		"a step failed and is put back":   {at("running", "x", report.Done, report.Running), at("rollingBack", "x", report.Undone, report.Failed), []rollout.EventKind{rollout.EventUndone, rollout.EventFailed, rollout.EventNotice, rollout.EventUndo}},
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

// TestAFollowerIsShownWhatTheDriverShows: what is measured, and each warning once.
func TestAFollowerIsShownWhatTheDriverShows(t *testing.T) {
	t.Parallel()
	before := &Status{Phase: "running", Driver: "x", Result: report.Result{Warnings: []string{"old"}}, about: rollout.About{From: "shop:1", To: "shop:2"}}
	after := *before
	after.Written, after.look = time.Now(), &rollout.Look{Max: time.Minute}
	after.Result.Warnings = []string{"old", "new"}
	told := func(events []rollout.Event) (out []string) {
		for _, e := range events {
			if e.About != before.about {
				t.Errorf("%s does not say what is rolled out: %+v", e.Kind, e)
			}
			out = append(out, string(e.Kind)+" "+e.Text)
		}
		return out
	}
	tests := map[string]struct {
		events []rollout.Event
		want   []string
	}{
		"a look and a new warning":          {changes(before, &after), []string{"warning new", "look "}},
		"nothing was written since":         {changes(&after, &after), nil},
		"who has seen nothing":              {Following{Whole: true}.sofar(&after), []string{"warning old", "warning new", "look "}},
		"who has asked the driver just now": {Following{}.sofar(&after), []string{"look "}},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, told(tt.events)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

func TestAWaitIsToldWhenItComesNearer(t *testing.T) {
	t.Parallel()
	var told []string
	tell := nearer(func(text string) { told = append(told, text) })
	for _, s := range []workload.Status{
		{Wanted: 2, Changing: true, Ready: 2}, {Wanted: 2, Changing: true, Ready: 2, Message: "waiting for rollout to finish"},
		{Wanted: 2, Changing: true, Ready: 2, Updated: 1}, {Wanted: 2, Changing: true, Ready: 2, Updated: 1, Trouble: "ImagePullBackOff: no such image"}, {Wanted: 2, Changing: true, Ready: 2, Updated: 2},
		{Wanted: 1}, {Wanted: 1, Ready: 1},
	} {
		tell(s)
	}
	want := []string{"0 of 2 Pods updated", "1 of 2 Pods updated", "1 of 2 Pods updated; ImagePullBackOff: no such image", "0 of 1 replicas ready"}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Error(diff)
	}
}
