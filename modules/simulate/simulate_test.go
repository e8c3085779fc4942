package simulate_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/gate/sim"
	"github.com/headgate-ci/headgate/modules/rules"
	"github.com/headgate-ci/headgate/modules/screen"
	"github.com/headgate-ci/headgate/modules/simulate"
)

func headgate(t testing.TB) rules.Headgate {
	t.Helper()
	gates, err := rules.Question{Promise: gate.Promise{Method: gate.Sequential}}.Gates()
	if err != nil {
		t.Fatal(err)
	}
	return rules.Headgate{
		Label: "Headgate", Gates: gates, Weights: []int{1, 5, 25, 50, 100},
		Look: time.Second, Min: 5 * time.Second, Max: 10 * time.Minute, AtMax: rules.Held,
	}
}

// peers are the other tools' rules without durations, as the traffic has none.
func peers() []rules.Rule {
	f, ff := rules.FlaggerDocumented(5*time.Second), rules.FlaggerFastest(5*time.Second)
	a, af := rules.ArgoDocumented(5*time.Second), rules.ArgoFastest(5*time.Second)
	f.MaxP99, ff.MaxP99, a.MaxP99, af.MaxP99 = 0, 0, 0, 0
	return []rules.Rule{f, ff, a, af}
}

func spec(t testing.TB, runs int, candidates ...simulate.Candidate) simulate.Spec {
	return simulate.Spec{
		Traffic:    sim.Traffic{PerSecond: 300, Look: time.Second, History: 30 * time.Second, Stable: sim.Version{Errors: .001}},
		Candidates: candidates, Rules: append([]rules.Rule{headgate(t)}, peers()...), Runs: runs, Seed: 1, Most: time.Hour,
	}
}

func candidate(name string, errors float64) simulate.Candidate {
	return simulate.Candidate{Name: name, Version: sim.Version{Errors: errors}}
}

func run(t testing.TB, s simulate.Spec) *simulate.Result {
	t.Helper()
	r, err := simulate.Run(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What the documentation says of all rules, counted.
func TestGoodAndBadCandidatesUnderAllRules(t *testing.T) {
	t.Parallel()
	const runs = 100
	r := run(t, spec(t, runs, candidate("good", .001), candidate("5%", .05), candidate("20%", .2), candidate("100%", 1)))
	for _, g := range r.Groups {
		for _, row := range g.Rows {
			t.Logf("%s, %s: rolled back %.2f, promoted %.2f, failed requests %.0f, %+v %+v", g.Candidate, row.Rule,
				row.RolledBack.Share, row.Promoted.Share, row.FailedRequests.Median, row.RollBackSeconds, row.PromoteSeconds)
		}
	}
	good, flagger := r.Groups[0].Rows[0], r.Groups[0].Rows[1]
	if good.RolledBack.Count > 1 || good.Promoted.Count < runs-1 || 3*good.PromoteSeconds.Median > flagger.PromoteSeconds.Median {
		t.Errorf("a good candidate: %+v, want it promoted in a third of %v s", good, flagger.PromoteSeconds.Median)
	}
	for _, g := range r.Groups[1:] {
		own, documented := g.Rows[0], []simulate.Row{g.Rows[1], g.Rows[3]}
		if own.RolledBack.Count < runs {
			t.Errorf("%s: %d of %d found", g.Candidate, own.RolledBack.Count, runs)
		}
		for _, peer := range documented {
			if 10*own.FailedRequests.Median > peer.FailedRequests.Median {
				t.Errorf("%s: %v failed requests, %s %v", g.Candidate, own.FailedRequests.Median, peer.Rule, peer.FailedRequests.Median)
			}
		}
	}
}

// A fixed threshold on a short window takes chance for a fault where traffic is
// thin; with no traffic at all it takes silence for one.
func TestThinTrafficUnderAllRules(t *testing.T) {
	t.Parallel()
	s := spec(t, 100, candidate("good", .005))
	s.Traffic.PerSecond, s.Traffic.Stable.Errors = 2, .005
	rows := run(t, s).Groups[0].Rows
	for _, row := range rows {
		t.Logf("%s: rolled back %d of 100", row.Rule, row.RolledBack.Count)
	}
	if rows[0].RolledBack.Count > 1 {
		t.Errorf("Headgate rolled %d good candidates of 100 back", rows[0].RolledBack.Count)
	}
	if rows[2].RolledBack.Count < 20 {
		t.Errorf("Flagger at its fastest rolled %d back; at a fifth of a request a second many windows are empty", rows[2].RolledBack.Count)
	}
}

func TestASeedGivesTheSameResult(t *testing.T) {
	t.Parallel()
	s := spec(t, 20, candidate("bad", .02))
	var told atomic.Int64
	s.Progress = func(float64) { told.Add(1) }
	one, _ := json.Marshal(run(t, s))
	two, _ := json.Marshal(run(t, s))
	if string(one) != string(two) {
		t.Errorf("one seed, two results:\n%s\n%s", one, two)
	}
	if told.Load() == 0 {
		t.Error("no progress was told")
	}
	s.Seed = 2
	if three, _ := json.Marshal(run(t, s)); string(three) == string(one) {
		t.Error("two seeds, one result")
	}
}

func TestShareHasWilsonsInterval(t *testing.T) {
	t.Parallel()
	s := spec(t, 100, candidate("bad", 1))
	s.Rules = s.Rules[:1]
	// 100 of 100: the lower end is n/(n+z²).
	got := run(t, s).Groups[0].Rows[0].RolledBack
	if got.Share != 1 || got.High != 1 || got.Low < .9629 || got.Low > .9631 {
		t.Errorf("100 of 100: %+v, want from 96.3%% up", got)
	}
}

func TestWhatCannotBePlayedIsSaid(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(*simulate.Spec){
		"no runs":               func(s *simulate.Spec) { s.Runs = 0 },
		"are no traffic":        func(s *simulate.Spec) { s.Traffic.PerSecond = 0 },
		"one candidate":         func(s *simulate.Spec) { s.Candidates = nil },
		"needs an end":          func(s *simulate.Spec) { s.Most = 0 },
		"fewer than two sample": func(s *simulate.Spec) { s.Rules = []rules.Rule{rules.FlaggerFastest(time.Minute)} },
	} {
		s := spec(t, 1, candidate("bad", 1))
		change(&s)
		if _, err := simulate.Run(context.Background(), s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := simulate.Run(ctx, spec(t, 10, candidate("bad", 1))); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := simulate.Text(&b, screen.Screen{}, run(t, spec(t, 20, candidate("candidate fails 20%", .2)))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"300 requests/s, stable fails 0.1%, stable watched for 30s before; 20 rollouts each, seed 1",
		"candidate fails 20%", "Flagger, documented", "6.0 min", "95%: rolled back", "interval 1m0s, threshold 5"} {
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
	for line := range strings.Lines(b.String()) {
		if n := utf8.RuneCountInString(strings.TrimSpace(line)); n > 80 {
			t.Errorf("%d columns on a screen of 80: %s", n, line)
		}
	}
}
