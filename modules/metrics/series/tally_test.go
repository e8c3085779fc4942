package series

import (
	"maps"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/evidence/outcome"
)

var opened = time.Unix(1_000, 0)

func newTally(t *testing.T) *Tally {
	t.Helper()
	failure, err := NewFailure("", "")
	if err != nil {
		t.Fatal(err)
	}
	return NewTally(NewSorter(bySubset(), false), failure, opened)
}

// counted is a counter's sample, at a second after the opening.
func counted(second int, value float64, r Request) Sample {
	r.Host = host
	return Sample{
		Request: r, Part: Requests, Value: value, At: opened.Add(time.Duration(second) * time.Second),
		Key: strings.Join([]string{"requests", r.Workload, r.Subset, r.Code, r.Flags}, "|"),
	}
}

// timed are a histogram's samples: pairs of a bound in ms and a cumulative count.
func timed(second int, group string, r Request, pairs ...float64) []Sample {
	r.Host = host
	var out []Sample
	for i := 0; i < len(pairs); i += 2 {
		bound, _ := Bound(pairs[i], time.Millisecond)
		out = append(out, Sample{
			Request: r, Part: Bucket, Bound: bound, Value: pairs[i+1], Group: group, Key: group + bound.String(),
			At: opened.Add(time.Duration(second) * time.Second),
		})
	}
	return out
}

var (
	stableOK     = Request{Workload: "sample", Namespace: "demo", Code: "200", Flags: "-"}
	candidateOK  = Request{Workload: "sample-canary", Namespace: "demo", Code: "200", Flags: "-"}
	candidateBad = Request{Workload: "sample-canary", Namespace: "demo", Code: "500", Flags: "-"}
	homeless     = Request{Workload: "unknown", Code: "503", Flags: "UH"}
	overflown    = Request{Workload: "unknown", Code: "503", Flags: "UO"}
)

func TestTallyCountsEachSide(t *testing.T) {
	t.Parallel()
	tally := newTally(t)
	tally.Baseline([]Sample{counted(0, 1_000, stableOK)})
	tally.Add([]Sample{counted(1, 1_090, stableOK), counted(1, 8, candidateOK), counted(1, 2, candidateBad)})
	stable, candidate, notes := looked(tally)
	if stable.Requests != 90 || stable.Errors != 0 {
		t.Errorf("stable %d requests, %d errors; want 90 and none: the baseline is not ours", stable.Requests, stable.Errors)
	}
	if candidate.Requests != 10 || candidate.Errors != 2 {
		t.Errorf("candidate %d requests, %d errors; want 10 and 2", candidate.Requests, candidate.Errors)
	}
	if len(notes) > 0 {
		t.Errorf("nothing was odd, but: %v", notes)
	}
}

func TestRequestsWithoutAHealthyPod(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason                        string
		before, others                []Sample
		stableErrors, candidateErrors uint64
		note                          string
	}{
		"only stable answers":    {"stable has healthy Pods, so the candidate has none", []Sample{counted(1, 9, candidateOK)}, []Sample{counted(2, 50, stableOK)}, 0, 5, "counted as the candidate's errors"},
		"only candidate answers": {"the candidate has healthy Pods, so stable has none", nil, []Sample{counted(1, 50, candidateOK)}, 5, 0, "counted as stable's errors"},
		"both answer":            {"either may have been without Pods for a moment", nil, []Sample{counted(1, 50, stableOK), counted(1, 5, candidateOK)}, 0, 0, "counted for neither"},
		"nobody answers":         {"an outage of both says nothing about one", nil, nil, 0, 0, "counted for neither"},
		"not met before":         {"nothing may have been routed to the candidate yet", nil, []Sample{counted(2, 50, stableOK)}, 0, 0, "counted for neither"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tally := newTally(t)
			tally.Add(test.before)
			tally.Look()
			tally.Add(append(test.others, counted(2, 5, homeless)))
			stable, candidate, notes := looked(tally)
			if stable.Errors != test.stableErrors || candidate.Errors != test.candidateErrors {
				t.Errorf("%s: %d errors of stable, %d of the candidate", test.reason, stable.Errors, candidate.Errors)
			}
			if all := strings.Join(notes, "\n"); !strings.Contains(all, test.note) {
				t.Errorf("the notes do not say %q: %q", test.note, all)
			}
		})
	}
}

// Where one version is all there is, a service without Pods is its failure.
func TestRequestsWithoutAHealthyPodOfAServiceThatIsAlone(t *testing.T) {
	t.Parallel()
	subject := bySubset()
	subject.Alone = true
	failure, err := NewFailure("", "")
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(NewSorter(subject, false), failure, opened)
	tally.Add([]Sample{counted(1, 5, homeless), counted(1, 3, overflown)})
	if stable, candidate, _ := looked(tally); stable.Errors != 8 || candidate.Requests != 0 {
		t.Errorf("%d of 8 errors are the service's, %d requests the candidate's", stable.Errors, candidate.Requests)
	}
}

func TestNobodysFailuresAreNoted(t *testing.T) {
	t.Parallel()
	tally := newTally(t)
	tally.Add([]Sample{counted(1, 50, stableOK), counted(1, 3, overflown)})
	stable, candidate, notes := looked(tally)
	if stable.Errors+candidate.Errors != 0 {
		t.Error("an overflow that names no version is charged to one")
	}
	if len(notes) != 1 || !strings.Contains(notes[0], `"UO"`) {
		t.Errorf("the user does not learn of 3 failures: %q", notes)
	}
	if _, _, notes = looked(tally); len(notes) > 0 {
		t.Errorf("said twice: %q", notes)
	}
}

func TestAThirdWorkloadIsNotedOnce(t *testing.T) {
	t.Parallel()
	tally := newTally(t)
	third := Request{Workload: "sample-eu", Namespace: "demo", Code: "200", Flags: "-"}
	tally.Add([]Sample{counted(1, 5, third)})
	if _, _, notes := looked(tally); len(notes) != 1 || !strings.Contains(notes[0], "sample-eu") {
		t.Errorf("notes %q", notes)
	}
	tally.Add([]Sample{counted(2, 9, third)})
	if _, _, notes := looked(tally); len(notes) > 0 {
		t.Errorf("told again: %q", notes)
	}
}

func TestOddSamplesAreNoted(t *testing.T) {
	t.Parallel()
	tally := newTally(t)
	tally.Baseline([]Sample{counted(0, 100, stableOK)})
	tally.Add([]Sample{counted(1, 10, stableOK), counted(2, math.NaN(), stableOK)})
	stable, _, notes := looked(tally)
	if stable.Requests != 10 {
		t.Errorf("%d requests after a restart, want 10", stable.Requests)
	}
	if all := strings.Join(notes, "\n"); !strings.Contains(all, "1 counters restarted") || !strings.Contains(all, "samples that are no counts") {
		t.Errorf("notes: %q", notes)
	}
}

func TestLatencyAddsUpOverProxies(t *testing.T) {
	t.Parallel()
	inf := math.Inf(1)
	tests := map[string]struct {
		reason  string
		samples [][]Sample
		total   uint64
		buckets map[time.Duration]uint64
	}{
		"same bounds": {
			reason:  "two proxies with the same bounds add up",
			samples: [][]Sample{timed(1, "a", stableOK, 10, 5, 100, 8, inf, 9), timed(1, "b", stableOK, 10, 1, 100, 1, inf, 1)},
			total:   10, buckets: map[time.Duration]uint64{10 * time.Millisecond: 6, 100 * time.Millisecond: 9},
		},
		"other bounds": {
			reason:  "a bound that one proxy lacks is left out: it would count half of the requests",
			samples: [][]Sample{timed(1, "a", stableOK, 10, 5, 100, 8, inf, 9), timed(1, "b", stableOK, 100, 1, inf, 1)},
			total:   10, buckets: map[time.Duration]uint64{100 * time.Millisecond: 9},
		},
		"restart hit some buckets": {
			reason: "after a restart the counts never fall towards larger bounds",
			samples: [][]Sample{
				timed(1, "a", stableOK, 10, 2, 100, 50, inf, 50),
				timed(2, "a", stableOK, 10, 4, 100, 4, inf, 4),
			},
			total: 54, buckets: map[time.Duration]uint64{10 * time.Millisecond: 4, 100 * time.Millisecond: 54},
		},
		"no last bucket yet": {
			reason:  "the total is at least what the buckets hold",
			samples: [][]Sample{timed(1, "a", stableOK, 10, 5)},
			total:   5, buckets: map[time.Duration]uint64{10 * time.Millisecond: 5},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tally := newTally(t)
			for _, samples := range test.samples {
				tally.Add(samples)
			}
			stable, _, _ := looked(tally)
			checkHistogram(t, test.reason, stable.Latency, test.total, test.buckets)
		})
	}
}

func checkHistogram(t *testing.T, reason string, got evidence.Histogram, total uint64, buckets map[time.Duration]uint64) {
	t.Helper()
	if got.Total != total {
		t.Errorf("%s: total %d, want %d", reason, got.Total, total)
	}
	if len(got.Buckets) != len(buckets) {
		t.Errorf("%s: buckets %v, want %v", reason, got.Buckets, buckets)
	}
	for bound, n := range buckets {
		if got.Buckets[bound] != n {
			t.Errorf("%s: %d within %s, want %d", reason, got.Buckets[bound], bound, n)
		}
	}
}

// looked ends a look of two versions.
func looked(t *Tally) (stable, candidate evidence.Counts, notes []string) {
	r := t.Look()
	return r.Stable, r.Candidate, r.Notes
}

// What came of requests is kept by code, and not by so many codes that it fills
// the Journal.
func TestOutcomesAreKept(t *testing.T) {
	t.Parallel()
	failure, err := NewFailure("0|5..|404", "")
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(NewSorter(bySubset(), false), failure, opened)
	count := func(code, flags, grpc string, n float64) {
		r := Request{Host: host, Workload: "sample-canary", Namespace: "demo", Code: code, Flags: flags, GRPC: grpc}
		tally.Add([]Sample{{Request: r, Key: code + flags + grpc, Part: Requests, At: opened.Add(time.Second), Value: n}})
	}
	count("200", "-", "", 100)
	count("200", "-", "0", 10)
	count("404", "-", "", 7)
	count("503", "UC", "", 2)
	count("0", "DC", "", 20)
	count("200", "-", "14", 3)
	got := tally.Look().Candidate
	want := evidence.Outcomes{"404": 7, "503": 2, "hangup": 20, "200/14": 3}
	if got.Requests != 142 || got.Errors != 12 || !maps.Equal(got.Outcomes, want) {
		t.Errorf("got %+v, want 12 errors of 142 requests and %v", got, want)
	}
	for code := 400; code < 500; code++ {
		count(strconv.Itoa(code), "x", "", 1)
	}
	if got := tally.Look().Candidate; len(got.Outcomes) > most+1 || outcome.Class(got, "4") != 107 {
		t.Errorf("a hundred codes: %v", got.Outcomes)
	}
}
