package session

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/report"
)

// requests are some a second for each version, until stopped.
type requests struct {
	began     time.Time
	rate      float64 // requests a second
	failing   float64 // of the candidate, or of the service
	alone     bool
	lag       time.Duration // of the samples
	broken    bool
	stoppedAt time.Time
}

func (w *requests) Read(context.Context) (evidence.Reading, error) {
	if w.broken {
		return evidence.Reading{}, errors.New("connection refused")
	}
	now := time.Now()
	fresh := now.Add(-w.lag)
	until := fresh
	if !w.stoppedAt.IsZero() && until.After(w.stoppedAt) {
		until = w.stoppedAt
	}
	n := uint64(max(0, w.rate*until.Sub(w.began).Seconds()))
	r := evidence.Reading{At: now, Fresh: fresh}
	bad := evidence.Counts{Requests: n, Errors: uint64(float64(n) * w.failing)}
	r.Stable, r.Candidate = evidence.Counts{Requests: n}, bad
	if w.alone {
		r.Stable, r.Candidate = bad, evidence.Counts{}
	}
	return r, nil
}

func atMost(t *testing.T, limit float64, least uint64, method gate.Method) gate.Gate {
	t.Helper()
	g, err := gate.Errors(gate.ErrorsOptions{Max: &limit, MinRequests: least, Promise: gate.Promise{Method: method}})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestExam(t *testing.T) {
	work := func(ok bool, took time.Duration) *Work {
		return &Work{Name: "command newman run", Do: func(context.Context) (bool, string, error) {
			time.Sleep(took)
			return ok, map[bool]string{true: "exited with 0", false: "exited with 1"}[ok], nil
		}}
	}
	tests := map[string]struct {
		reason   string
		requests requests
		exam     Exam
		verdict  report.Verdict
		says     string
		seconds  float64 // at most
	}{
		"good service":             {"it ends as soon as the gates have decided", requests{rate: 100}, Exam{}, report.GatePassed, "every gate passed", 5},
		"bad service":              {"a failed gate ends it", requests{rate: 100, failing: .2}, Exam{}, report.GateFailed, "gate errors failed: candidate fails 20%", 5},
		"no traffic":               {"nothing seen is neither good nor bad", requests{}, Exam{}, report.GateUndecided, "has not decided", 61},
		"no metrics":               {"nor is what cannot be read", requests{rate: 100, broken: true}, Exam{}, report.GateUndecided, "no samples", 61},
		"good candidate":           {"stable is beside it", requests{rate: 100}, Exam{Compare: true}, report.GatePassed, "every gate passed", 5},
		"bad candidate":            {"its own errors count", requests{rate: 100, failing: .2}, Exam{Compare: true}, report.GateFailed, "20%", 5},
		"work goes well":           {"gates are asked until the work's last requests have been counted", requests{rate: 100, lag: 20 * time.Second}, Exam{Work: work(true, 90*time.Second)}, report.GatePassed, "every gate passed", 120},
		"work fails":               {"its own verdict counts", requests{rate: 100}, Exam{Work: work(false, 5*time.Second)}, report.GateFailed, "command newman run exited with 1", 15},
		"service fails meanwhile":  {"a command that is content does not see everything", requests{rate: 100, failing: .2}, Exam{Work: work(true, 5*time.Second)}, report.GateFailed, "gate errors failed", 15},
		"both fail":                {"both are told", requests{rate: 100, failing: .2}, Exam{Work: work(false, 5*time.Second)}, report.GateFailed, "; command newman run exited with 1", 15},
		"work without any request": {"what was not asked was not verified", requests{}, Exam{Work: work(true, 5*time.Second)}, report.GateUndecided, "has not decided", 15},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, e := test.requests, test.exam
				w.began, w.alone = time.Now(), !e.Compare
				broken := w.broken
				w.broken = false
				e.For, e.Interval = time.Minute, time.Second
				x := newExaminer(e, &w, []gate.Gate{atMost(t, .01, 100, gate.Fixed)})
				time.AfterFunc(time.Millisecond, func() { w.broken = broken })
				res, err := x.run(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if res.Verdict != test.verdict || !strings.Contains(res.Reason, test.says) {
					t.Errorf("%s: got %s because %q, want %s because %q", test.reason, res.Verdict, res.Reason, test.verdict, test.says)
				}
				if res.Seconds > test.seconds {
					t.Errorf("%s: it took %v s", test.reason, res.Seconds)
				}
				if got := res.Steps[len(res.Steps)-1]; (got.Status == report.Done) != (len(got.Gates) > 0 && got.Gates[0].Outcome == "pass") {
					t.Errorf("the step is %s with %v", got.Status, got.Gates)
				}
				synctest.Wait()
			})
		})
	}
}

func TestExamIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := requests{began: time.Now(), alone: true}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		ended := false
		x := newExaminer(Exam{Interval: time.Second, Work: &Work{Name: "work", Do: func(ctx context.Context) (bool, string, error) {
			<-ctx.Done()
			time.Sleep(time.Second) // it takes its time to end
			ended = true
			return false, "ended by signal: terminated", nil
		}}}, &w, []gate.Gate{atMost(t, .01, 1, gate.Fixed)})
		res, err := x.run(ctx)
		if err != nil || res.Verdict != report.Aborted || !ended {
			t.Errorf("got %v, %v; the work has ended: %v", res, err, ended)
		}
	})
}

func TestWorkThatCannotBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := requests{began: time.Now(), alone: true}
		missing := errors.New("executable file not found")
		x := newExaminer(Exam{Interval: time.Second, Work: &Work{Name: "work", Do: func(context.Context) (bool, string, error) { return false, "", missing }}}, &w, nil)
		if res, err := x.run(t.Context()); !errors.Is(err, missing) || res != nil {
			t.Errorf("got %v, %v", res, err)
		}
	})
}
