package replay_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/gate"
	"github.com/headgate-ci/headgate/modules/replay"
	"github.com/headgate-ci/headgate/modules/report"
	"github.com/headgate-ci/headgate/modules/rules"
	"github.com/headgate-ci/headgate/modules/screen"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// rollout makes a report: looks every two seconds at 100 requests a second. The
// first ten are stable's alone; each weight lasts as many looks as said.
type rollout struct {
	verdict report.Verdict
	planned []int
	weights []stay
	// bad of 1,000 of the candidate's requests fail.
	bad uint64
}

type stay struct{ weight, looks int }

func (r rollout) report() report.Result {
	out := report.Result{Release: "sample", Namespace: "demo", Verdict: r.verdict, Started: noon}
	for _, w := range r.planned {
		out.Steps = append(out.Steps, report.Step{Name: fmt.Sprintf("gate %d%%", w), Weight: w})
	}
	at := noon
	debt := uint64(0)
	look := func(weight int, first bool) {
		e := evidence.Evidence{Start: at, End: at.Add(2 * time.Second), Fresh: at.Add(2 * time.Second)}
		e.Candidate.Requests = uint64(2 * weight)
		e.Stable.Requests = 200 - e.Candidate.Requests
		debt += e.Candidate.Requests * r.bad
		e.Candidate.Errors, debt = debt/1000, debt%1000
		p := report.PointOf(e)
		p.Weight, p.Anew = weight, first
		p.Gates = []report.Answer{{Gate: "errors"}}
		out.Timeline = append(out.Timeline, p)
		at = at.Add(2 * time.Second)
	}
	for range 10 {
		look(0, false)
	}
	for _, s := range r.weights {
		for i := range s.looks {
			look(s.weight, i == 0)
		}
	}
	// The traffic goes back; nobody is asked any more.
	last := report.Point{At: at.Add(2 * time.Second), Seconds: 2, Stable: report.Counts{Requests: 180}, Candidate: report.Counts{Requests: 20, Errors: 20}}
	out.Timeline = append(out.Timeline, last)
	return out
}

func record(t *testing.T, r rollout) *replay.Record {
	t.Helper()
	// As it comes out of a file.
	data, err := json.Marshal(r.report())
	if err != nil {
		t.Fatal(err)
	}
	var res report.Result
	if err := json.Unmarshal(data, &res); err != nil {
		t.Fatal(err)
	}
	out, err := replay.FromReport(res)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func headgate(t *testing.T, limit float64) rules.Headgate {
	t.Helper()
	g, err := gate.Errors(gate.ErrorsOptions{Max: &limit, Promise: gate.Promise{Method: gate.Sequential}})
	if err != nil {
		t.Fatal(err)
	}
	return rules.Headgate{Label: "Headgate", Gates: []gate.Gate{g}}
}

var (
	steps   = []int{1, 5, 25, 50, 100}
	good    = rollout{report.Promoted, steps, []stay{{1, 60}, {5, 30}, {25, 30}, {50, 60}, {100, 15}}, 0}
	bad     = rollout{report.RolledBack, steps, []stay{{1, 30}, {5, 4}}, 300}
	stopped = rollout{report.Aborted, steps, []stay{{1, 60}, {5, 30}}, 0}
)

func TestReplay(t *testing.T) {
	t.Parallel()
	flagger, argo := rules.FlaggerDocumented(5*time.Second), rules.ArgoDocumented(5*time.Second)
	flagger.MaxP99, argo.MaxP99 = 0, 0
	hasty := flagger
	hasty.Interval, hasty.Threshold = 10*time.Second, 1
	for why, c := range map[string]struct {
		rollout rollout
		decide  func(*replay.Record) replay.Decision
		want    rules.Outcome
		within  float64 // seconds
		reason  string
	}{
		"a good version passes step by step": {good,
			func(r *replay.Record) replay.Decision { return replay.Gates(r, headgate(t, .01)) },
			rules.Promoted, 390, "every step has passed"},
		"a stricter gate is not through when the record ends": {good,
			func(r *replay.Record) replay.Decision { return replay.Gates(r, headgate(t, .0001)) },
			rules.Undecided, 390, "100% not within 30 s"},
		"a bad version is found before it was": {bad,
			func(r *replay.Record) replay.Decision { return replay.Gates(r, headgate(t, .01)) },
			rules.RolledBack, 60, "limit 1%"},
		"a gate that allows a half says nothing of the steps to come": {bad,
			func(r *replay.Record) replay.Decision { return replay.Gates(r, headgate(t, .5)) },
			rules.Undecided, 68, "the record ends here"},
		"a stopped rollout is no promotion": {stopped,
			func(r *replay.Record) replay.Decision { return replay.Gates(r, headgate(t, .05)) },
			rules.Undecided, 180, "at 5% of the steps 1 5 25 50 100; what there was has passed"},
		"Flagger is through after six minutes": {good,
			func(r *replay.Record) replay.Decision { return replay.Watch(r, flagger) },
			rules.Promoted, 360, "every weight passed"},
		"Flagger has not decided about the bad one when the record ends": {bad,
			func(r *replay.Record) replay.Decision { return replay.Watch(r, flagger) },
			rules.Undecided, 68, "failed check 1 of 5"},
		"a hasty Flagger has": {bad,
			func(r *replay.Record) replay.Decision { return replay.Watch(r, hasty) },
			rules.RolledBack, 20, "below 99%"},
		"Argo Rollouts has measured nothing yet": {good,
			func(r *replay.Record) replay.Decision { return replay.Watch(r, argo) },
			rules.Undecided, 390, "0 measurements"},
	} {
		t.Run(why, func(t *testing.T) {
			t.Parallel()
			got := c.decide(record(t, c.rollout))
			if got.Outcome != c.want || got.Seconds > c.within || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("%s after %v s: %s; want %s within %v s, %q", got.Outcome, got.Seconds, got.Reason, c.want, c.within, c.reason)
			}
			if got.Outcome == rules.Undecided && got.Seconds != c.within {
				t.Errorf("undecided after %v s, but the record has %v s", got.Seconds, c.within)
			}
		})
	}
}

func TestFailedRequestsAreThoseUntilTheDecision(t *testing.T) {
	t.Parallel()
	res := replay.Run(record(t, bad), []rules.Headgate{headgate(t, .01)}, nil)
	d := res.Decisions[0]
	if res.Requests != 100 || res.FailedRequests != 30 {
		t.Errorf("the record has %d requests, %d failed; want 100 and 30, without what came after the trial", res.Requests, res.FailedRequests)
	}
	if d.FailedRequests == 0 || d.FailedRequests >= res.FailedRequests || d.Requests != uint64(d.Seconds) {
		t.Errorf("%d of %d failed by %v s", d.FailedRequests, d.Requests, d.Seconds)
	}
}

func TestAReportThatHasNothingToReplay(t *testing.T) {
	t.Parallel()
	idle := rollout{verdict: report.Held, planned: steps, weights: []stay{{0, 3}}}.report()
	idle.Timeline = idle.Timeline[:5]
	for want, r := range map[string]report.Result{"no timeline": {}, "got no request": idle} {
		if _, err := replay.FromReport(r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// A candidate that fails three of ten while it is cold, and then nothing: with a
// warm-up it stands apart, where the record marks it and where it does not.
func TestAReplayKnowsTheWarmUp(t *testing.T) {
	t.Parallel()
	cold := func(marked bool) *replay.Record {
		r := good.report()
		for i := range r.Timeline {
			if p := &r.Timeline[i]; i >= 10 && i < 20 {
				p.Candidate.Errors, p.Warming = p.Candidate.Requests, marked
			}
		}
		rec, err := replay.FromReport(r)
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	without := headgate(t, .01)
	with := without
	with.Warmup, with.WarmupErrors = 20*time.Second, 1
	short := with
	short.Warmup = 10 * time.Second
	for why, c := range map[string]struct {
		record *replay.Record
		rule   rules.Headgate
		want   rules.Outcome
	}{
		"a rule without a warm-up":                               {cold(true), without, rules.RolledBack},
		"the record says what was one":                           {cold(true), short, rules.Promoted},
		"it does not, and the first requests are":                {cold(false), with, rules.Promoted},
		"it does not, and the time after the warm-up is bad too": {cold(false), short, rules.RolledBack},
	} {
		if d := replay.Gates(c.record, c.rule); d.Outcome != c.want {
			t.Errorf("%s: %s after %v s: %s", why, d.Outcome, d.Seconds, d.Reason)
		}
	}
}

// A Prometheus knows neither steps nor what was decided.
func TestReadingsAreOneStep(t *testing.T) {
	t.Parallel()
	var readings []evidence.Reading
	for i := range uint64(60) {
		r := evidence.Reading{At: noon.Add(time.Duration(i) * 5 * time.Second), Stable: evidence.Counts{Requests: 450 * i}}
		r.Fresh = r.At
		if i > 10 {
			r.Candidate = evidence.Counts{Requests: 50 * (i - 10), Errors: 5 * (i - 10)}
		}
		readings = append(readings, r)
	}
	rec, err := replay.FromReadings("prometheus", readings)
	if err != nil {
		t.Fatal(err)
	}
	if len(rec.Before) != 10 || rec.Length() != 245*time.Second || !rec.Began.Equal(noon.Add(50*time.Second)) {
		t.Errorf("%d windows before, began %s, %s long", len(rec.Before), rec.Began, rec.Length())
	}
	if d := replay.Gates(rec, headgate(t, .01)); d.Outcome != rules.RolledBack || d.Seconds > 60 {
		t.Errorf("10%% errors: %+v", d)
	}
	if d := replay.Gates(rec, headgate(t, .3)); d.Outcome != rules.Promoted {
		t.Errorf("a limit of 30%%: %+v", d)
	}
}

func TestTextSaysWhatItCannotKnow(t *testing.T) {
	t.Parallel()
	flagger := rules.FlaggerDocumented(5 * time.Second)
	flagger.MaxP99 = 0
	var b strings.Builder
	if err := replay.Text(&b, screen.Screen{}, replay.Run(record(t, bad), []rules.Headgate{headgate(t, .01)}, []rules.Rule{flagger})); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"report of demo/sample, 2026-05-04T12:00:00Z: the candidate served 100 requests in 1m8s, 30 of them failed",
		"what happened: rolled back", "not decided", "the traffic is that of the weights that were set then", "durations were not counted",
	} {
		if !strings.Contains(strings.Join(strings.Fields(b.String()), " "), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}
