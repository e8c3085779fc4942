package rollout

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/traffic"
	"github.com/headgate-ci/headgate/modules/workload"
)

func TestOnlyWhatFailedIsCalledFailed(t *testing.T) {
	crash := &workload.NotReadyError{Object: "Deployment demo/sample-canary", Reason: "CrashLoopBackOff", Detail: "it exits with 1",
		Logs: []string{"no such table"}, Next: "see its logs: kubectl logs -n demo sample-canary-1 -c sample --previous"}
	for _, row := range []struct {
		name    string
		prepare func(w *world, s *Settings, stop context.CancelCauseFunc)
		step    string
		want    report.Status
		verdict report.Verdict
	}{
		{"a gate said so", func(w *world, _ *Settings, _ context.CancelCauseFunc) { w.errorRate = .5 }, "weight 10%", report.Failed, report.RolledBack},
		{"the Pods crash", func(w *world, _ *Settings, _ context.CancelCauseFunc) { w.fail["capacity 10"] = []error{crash} }, "candidate", report.Failed, report.RolledBack},
		{"Ctrl-C is a person's wish", func(w *world, _ *Settings, stop context.CancelCauseFunc) {
			w.at("gate 10%", func() { stop(ErrInterrupted) })
		}, "gate 10%", report.Stopped, report.Aborted},
		{"so is a rollback", func(w *world, _ *Settings, _ context.CancelCauseFunc) {
			w.at("gate 10%", func() { w.request = journal.RequestRollback })
		}, "gate 10%", report.Stopped, report.RolledBack},
		{"without traffic nobody knows", func(w *world, _ *Settings, _ context.CancelCauseFunc) { w.rate = 0 }, "gate 10%", report.Stopped, report.Held},
		{"nor where the release rolls back then", func(w *world, s *Settings, _ context.CancelCauseFunc) {
			w.rate, s.OnInconclusive = 0, RollBack
		}, "gate 10%", report.Stopped, report.RolledBack},
		{"somebody else edited the route", func(w *world, _ *Settings, _ context.CancelCauseFunc) {
			w.at("gate 10%", func() { w.fail["weight"] = []error{traffic.ErrChanged} })
		}, "gate 10%", report.Stopped, report.Held},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, s := newWorld(), testSettings()
				ctx, stop := context.WithCancelCause(t.Context())
				defer stop(nil)
				row.prepare(w, &s, stop)
				res, err := w.beginWith(s, weights(10, 50), atMost1()).Run(ctx)
				if err != nil {
					t.Fatal(err)
				}
				i := slices.IndexFunc(res.Steps, func(s report.Step) bool { return s.Name == row.step })
				if got := res.Steps[i].Status; got != row.want || res.Verdict != row.verdict {
					t.Errorf("%s at a step that %s; want %s at one that %s: %s", res.Verdict, got, row.verdict, row.want, res.Reason)
				}
				for _, e := range w.events {
					if e.Kind == EventFailed && row.want == report.Stopped {
						t.Errorf("it is told that %s failed: %s", e.Step, e.Text)
					}
				}
				if strings.Contains(res.Reason, "kubectl") {
					t.Errorf("the reason names what is gone: %s", res.Reason)
				}
			})
		})
	}
}

// at calls fn when a step begins.
func (w *world) at(step string, fn func()) {
	w.onEvent = func(e Event) {
		if e.Kind == EventBegin && e.Step == step {
			fn()
		}
	}
}

func TestWhoWaitsForAPersonSaysSo(t *testing.T) {
	for _, row := range []struct {
		name  string
		list  []StepSpec
		ask   journal.Request
		phase Phase
	}{
		{"an approval", Canary([]CanaryStep{{Weight: 10}, {Pause: &Pause{}}}), journal.RequestNone, Waiting},
		{"a pause that was asked for", weights(10, 50), journal.RequestPause, Paused},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.at("gate 10%", func() { w.request = row.ask })
				done := make(chan report.Result)
				go func() {
					res, err := w.begin(row.list, atMost1()).Run(t.Context())
					if err != nil {
						t.Error(err)
					}
					done <- res
				}()
				if err := sleep(t.Context(), testSettings().Max); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				state, err := DecodeState(w.records["sample"].Data)
				if err != nil {
					t.Fatal(err)
				}
				if state.Phase != row.phase || state.Reason == "" || !strings.Contains(state.Next, "`headgate resume sample -n demo`") {
					t.Errorf("the record says %s because %q, next %q; want %s and what to type", state.Phase, state.Reason, state.Next, row.phase)
				}
				w.request = journal.RequestResume
				if res := <-done; res.Verdict != report.Promoted || res.Next != "" {
					t.Errorf("after the word to go on: %s, next %q", res.Verdict, res.Next)
				}
			})
		})
	}
}
