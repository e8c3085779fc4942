package rollout

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
)

// hour is an hour of stable in windows of 15 s, in which errors came one by one.
func hour(context.Context) (out []evidence.Evidence, err error) {
	at := time.Now().Add(-time.Hour)
	for i := range 240 {
		next := at.Add(15 * time.Second)
		out = append(out, evidence.Evidence{Start: at, End: next, Fresh: next, Stable: evidence.Counts{Requests: 1500, Errors: uint64(i % 2)}})
		at = next
	}
	return out, nil
}

// asked is how many requests the candidate serves until `max: 1%` is proven.
func asked(t *testing.T, history History) (requests uint64, told []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		limit := .01
		g, err := gate.Errors(gate.ErrorsOptions{Max: &limit})
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld()
		s := testSettings()
		s.Max = time.Hour
		deps := w.deps(g)
		deps.History = history
		r := w.beginWith(s, weights(50), g)
		r.deps = deps
		if _, err := r.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		requests = r.state.Totals.Candidate.Requests
		for _, e := range w.events {
			told = append(told, e.Text)
		}
	})
	return requests, told
}

func TestGatesLearnFromWhatStableServedBefore(t *testing.T) {
	t.Parallel()
	without, _ := asked(t, nil)
	with, _ := asked(t, hour)
	if with*2 > without {
		t.Errorf("%d requests prove the limit with an hour of history, %d without", with, without)
	}
	broken, told := asked(t, func(context.Context) ([]evidence.Evidence, error) { return nil, errors.New("prometheus is away") })
	if broken != without || !strings.Contains(strings.Join(told, "\n"), "prometheus is away") {
		t.Errorf("without a history that should be there: %d requests, and it is told: %q", broken, told)
	}
}
