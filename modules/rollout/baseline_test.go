package rollout

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/journal"
	"github.com/headgate-ci/headgate/modules/report"
)

// noWorse is a gate that compares with the baseline.
func noWorse() gate.Gate { return noWorseThan(gate.PeerBaseline, .05) }

func noWorseThan(p gate.Peer, effect float64) gate.Gate {
	factor := 1.5
	g, err := gate.Errors(gate.ErrorsOptions{Regression: &factor, Against: p, Promise: gate.Promise{Cluster: 1, Effect: effect}})
	if err != nil {
		panic(err)
	}
	return g
}

func TestBaselineHasTheCandidatesShareAndGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		res, err := w.begin(Beside(weights(10, 50, 75)), noWorse()).Run(t.Context())
		if err != nil || res.Verdict != report.Promoted {
			t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
		}
		want := []string{"create", "capacity 10/10", "prepare", "capacity 10/10", "set 10/10", "capacity 50/50", "set 50/50",
			"capacity 75/25", "set 75/25", "capacity 100", "set 100", "remove baseline", "update stable", "set 90", "restore", "cleanup", "remove"}
		if diff := cmp.Diff(want, w.log); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if res.Baseline == nil || res.Baseline.Requests == 0 {
			t.Errorf("the report has no baseline: %+v", res.Baseline)
		}
		for _, s := range res.Steps {
			if s.Name == "gate 50%" && (s.Baseline == nil || s.Stable.Requests != 0 || *s.ObservedShare < 49 || *s.ObservedShare > 51) {
				t.Errorf("at half and half: %+v", s)
			}
		}
	})
}

// A candidate that fails as often as the young Pods of the old version is not
// worse, and one that fails more often is, whatever old Pods do.
func TestTheCandidateIsComparedWithTheBaseline(t *testing.T) {
	for _, tt := range []struct {
		name                string
		candidate, baseline float64
		want                report.Verdict
	}{
		{"both young versions fail beside a flawless stable", .2, .2, report.Promoted},
		{"the candidate alone fails", .2, 0, report.RolledBack},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.errorRate, w.baseErrors = tt.candidate, tt.baseline
				res, err := w.begin(Beside(weights(25, 50)), noWorse()).Run(t.Context())
				if err != nil || res.Verdict != tt.want {
					t.Fatalf("got %s (%s), %v", res.Verdict, res.Reason, err)
				}
				if tt.want != report.RolledBack {
					return
				}
				if !strings.Contains(res.Reason, "baseline 0% of") || !strings.Contains(res.Reason, "1.5 times the baseline") {
					t.Errorf("the reason: %s", res.Reason)
				}
				if from := w.index("restore"); from < 0 || w.did("remove baseline") || cmp.Diff([]string{"restore", "cleanup", "remove"}, w.log[from:]) != "" {
					t.Errorf("put back in this order: %v", w.log)
				}
			})
		})
	}
}

// A driver that died while the baseline was being removed is followed by one that
// removes it.
func TestAnotherDriverRemovesTheBaseline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.fail["remove baseline"] = []error{journal.ErrFenced}
		if _, err := w.begin(Beside(weights(50)), noWorse()).Run(t.Context()); err == nil {
			t.Fatal("the driver went on without its Lease")
		}
		record := w.records["sample"]
		state, err := DecodeState(record.Data)
		if err != nil {
			t.Fatal(err)
		}
		w.log = nil
		r, err := New(w.deps(noWorse()), state, &record)
		if err != nil {
			t.Fatal(err)
		}
		res, err := r.Run(t.Context())
		if err != nil || res.Verdict != report.Promoted || w.log[0] != "remove baseline" {
			t.Errorf("got %s (%s), %v: %v", res.Verdict, res.Reason, err, w.log)
		}
	})
}

func TestKeptOldVersionHasNoBaseline(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range Beside(Keep(weights(50), 1)) {
		names = append(names, string(s.Kind))
	}
	want := "candidate route capacity weight gate capacity weight relieve keep update return remove"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// Requests that still end at the old version after all traffic was moved must not
// keep a comparison open that can learn nothing more.
func TestStragglersDoNotKeepAComparisonOpen(t *testing.T) {
	for name, list := range map[string][]StepSpec{"beside stable": weights(50, 100), "beside a baseline": Beside(weights(50, 100))} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.onCall = func(call string) { w.deaf = call == "set 100" }
				w.onEvent = func(e Event) {
					if w.deaf && e.Kind == EventLook { // the proxies follow late
						w.account()
						w.deaf, w.served, w.servedBase = false, 100, 0
					}
				}
				g := noWorseThan(gate.PeerBaseline, .005)
				if name == "beside stable" {
					g = noWorseThan(gate.PeerStable, .005)
				}
				res, err := w.begin(list, g).Run(t.Context())
				if err != nil || res.Verdict != report.Promoted {
					t.Errorf("got %s (%s), %v", res.Verdict, res.Reason, err)
				}
			})
		})
	}
}
