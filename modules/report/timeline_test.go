package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/report"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 123456789, time.UTC)

// bounds are those of Istio's histogram of durations, and one that is no whole
// number of nanoseconds in decimal milliseconds.
var bounds = []time.Duration{333_333, 500 * time.Microsecond, time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 25 * time.Millisecond,
	50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2500 * time.Millisecond,
	5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour}

func drawCounts(t *rapid.T) evidence.Counts {
	c := evidence.Counts{Errors: rapid.Uint64Range(0, 9).Draw(t, "errors")}
	var n uint64
	buckets := map[time.Duration]uint64{}
	for _, b := range bounds {
		n += rapid.Uint64Range(0, 1e6).Draw(t, "requests")
		buckets[b] = n
	}
	c.Requests = n + rapid.Uint64Range(0, 5).Draw(t, "above")
	if rapid.Bool().Draw(t, "measured") {
		c.Latency = evidence.Histogram{Total: c.Requests, Sum: time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "sum")), Buckets: buckets}
	}
	return c
}

func drawEvidence(t *rapid.T) evidence.Evidence {
	e := evidence.Evidence{
		Start: noon, End: noon.Add(time.Duration(rapid.Int64Range(0, 1e12).Draw(t, "took"))),
		Stable: drawCounts(t), Candidate: drawCounts(t),
	}
	if rapid.Bool().Draw(t, "sampled") {
		e.Fresh = e.End.Add(-time.Duration(rapid.Int64Range(-1e9, 1e12).Draw(t, "age")))
	}
	if rapid.Bool().Draw(t, "one reports late") {
		e.Reported = evidence.Reported{Stable: e.End.Add(-time.Duration(rapid.Int64Range(1e9, 6e10).Draw(t, "behind"))), Candidate: e.End}
	}
	if rapid.Bool().Draw(t, "asked") {
		e.Values = map[string]evidence.Value{"queue \"length\"": {Value: rapid.Float64Range(-1e9, 1e9).Draw(t, "value"), At: noon, OK: true}, "none": {}}
	}
	return e
}

// TestEvidenceSurvivesTheReport is what a replay stands on: what a report says
// of a look is to the nanosecond and the request what the gates were given.
func TestEvidenceSurvivesTheReport(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := drawEvidence(t)
		data, err := json.Marshal(report.PointOf(want))
		if err != nil {
			t.Fatal(err)
		}
		var p report.Point
		if err := json.Unmarshal(data, &p); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, p.Evidence()); diff != "" {
			t.Fatalf("the look changed on its way through %s (-was +is):\n%s", data, diff)
		}
	})
}

// What Pods served while they warmed up stands apart, however long the Rollout was.
func TestLooksOfAWarmUpAreNotJoinedWithOthers(t *testing.T) {
	t.Parallel()
	var all report.Timeline
	for i := range 3000 {
		c := evidence.Counts{Requests: 10, Errors: 1}
		p := report.PointOf(evidence.Evidence{Start: noon.Add(time.Duration(i) * time.Second), End: noon.Add(time.Duration(i+1) * time.Second), Candidate: c})
		p.Weight, p.Warming = 5, i < 30
		all = all.Add(p)
	}
	if len(all) == 3000 {
		t.Fatal("nothing was joined")
	}
	if w := all.Warmup(); w.Requests != 300 || w.Errors != 30 {
		t.Errorf("30 looks of 10 requests are a warm-up of %d requests, %d failed", w.Requests, w.Errors)
	}
}

func TestAnUnreadLookGaveTheGatesNothing(t *testing.T) {
	t.Parallel()
	p := report.Point{At: noon, Seconds: 3, Unread: true}
	if diff := cmp.Diff(evidence.Evidence{}, p.Evidence()); diff != "" {
		t.Error(diff)
	}
}

// look is one of a gate's looks in a rollout that makes one a second.
func look(i int, step string, outcome string) report.Point {
	b := map[time.Duration]uint64{}
	for j, bound := range bounds {
		b[bound] = uint64(10 * j)
	}
	c := evidence.Counts{Requests: 190, Errors: 1, Latency: evidence.Histogram{Total: 190, Sum: time.Second, Buckets: b}}
	at := noon.Add(time.Duration(i) * time.Second)
	p := report.PointOf(evidence.Evidence{Start: at.Add(-time.Second), End: at, Fresh: at, Stable: c, Candidate: c})
	logE := 1.25
	p.Step, p.Weight = step, 5
	for _, name := range []string{"errors", "latency-p99"} {
		p.Gates = append(p.Gates, report.Answer{Gate: name, Outcome: outcome, Progress: .5, LogE: &logE, FailAt: &logE,
			Reason: fmt.Sprintf("candidate fails 0.4%% of %d requests, stable 0.1%% of 12,345; odds of this by chance below 1 in 1,000", i)})
	}
	return p
}

const limit = 250 << 10

// TestTimelineStaysSmallAndAddsUp is a rollout that is watched for a night.
func TestTimelineStaysSmallAndAddsUp(t *testing.T) {
	t.Parallel()
	var all report.Timeline
	const looks = 4_000
	for i := range looks {
		step, outcome := fmt.Sprintf("gate %d%%", 5*(1+i*4/looks)), "inconclusive"
		if i%(looks/4) > looks/4-10 {
			outcome = "pass"
		}
		all = all.Add(look(i, step, outcome))
	}
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	if len(data) > limit || len(data) < limit/2 {
		t.Errorf("the timeline takes %d bytes, want at most %d and not much less than the bound allows", len(data), limit)
	}
	var n uint64
	var seconds float64
	made := 0
	changes := map[string]bool{}
	for i, p := range all {
		n, seconds, made = n+p.Candidate.Latency.Counts[3], seconds+p.Seconds, made+max(p.Looks, 1)
		if i > 0 && p.At.Before(all[i-1].At) {
			t.Errorf("look %d is out of order", i)
		}
		changes[p.Step+p.Gates[0].Outcome] = true
	}
	if n != looks*30 || seconds != looks || made != looks {
		t.Errorf("joined looks add up to %d requests in %v s and %d looks; there were %d in %d and %d", n, seconds, made, looks*30, looks, looks)
	}
	if len(changes) != 8 {
		t.Errorf("the steps and when they passed can still be told: %v", changes)
	}
	longest := 0.
	for _, p := range all {
		longest = max(longest, p.Seconds)
	}
	if longest > 4*looks/float64(len(all)) {
		t.Errorf("%d looks, one of them of %v s: the grain is uneven", len(all), longest)
	}
}

func TestAShortRolloutLosesNothing(t *testing.T) {
	t.Parallel()
	var all report.Timeline
	for i := range 100 {
		all = all.Add(look(i, "gate 5%", "inconclusive"))
	}
	if len(all) != 100 {
		t.Errorf("%d of 100 looks are left", len(all))
	}
}

// TestTheBoundHoldsWhateverTheLooksAre has looks that must not be joined.
func TestTheBoundHoldsWhateverTheLooksAre(t *testing.T) {
	t.Parallel()
	tests := map[string]func(i int) report.Point{
		"a step each":        func(i int) report.Point { return look(i, fmt.Sprintf("gate %d%%", i), "pass") },
		"verdicts that flap": func(i int) report.Point { return look(i, "gate 5%", []string{"pass", "inconclusive"}[i%2]) },
		"begun again":        func(i int) report.Point { p := look(i, "gate 5%", "pass"); p.Anew = true; return p },
		"reasons to escape": func(i int) report.Point {
			p := look(i, "gate 5%", "pass")
			p.Gates[0].Reason = strings.Repeat("<\x00\"&\u2028é\xff", 50)
			return p
		},
		"read every other": func(i int) report.Point { p := look(i, "gate 5%", "pass"); p.Unread = i%2 == 0; return p },
		"bounds of all kinds": func(i int) report.Point {
			p := look(i, "gate 5%", "pass")
			p.Stable.Latency.LeMs[3] = float64(i) / 3
			return p
		},
	}
	for name, make := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all report.Timeline
			for i := range 600 {
				all = all.Add(make(i))
			}
			data, err := json.Marshal(all)
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > limit {
				t.Errorf("%d bytes, want at most %d", len(data), limit)
			}
			if last := all[len(all)-1]; last.Looks != 0 || !last.At.Equal(noon.Add(599*time.Second)) {
				t.Errorf("the last look is not left as it was: %+v", last)
			}
		})
	}
}

func BenchmarkAdd(b *testing.B) {
	var all report.Timeline
	for i := range b.N {
		all = all.Add(look(i, "gate 5%", "inconclusive"))
	}
}
