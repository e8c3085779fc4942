package prometheus

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/model"

	"github.com/headgate-ci/headgate/modules/evidence"
	"github.com/headgate-ci/headgate/modules/metrics"
)

func open(t *testing.T, source *Source, queries map[string]string) metrics.Reader {
	t.Helper()
	reader, err := source.Open(t.Context(), subject(), queries)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	return reader
}

func read(t *testing.T, reader metrics.Reader) evidence.Reading {
	t.Helper()
	reading, err := reader.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return reading
}

func TestReadCountsSinceOpen(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.set(requests("sample", "200"), map[int]float64{-10: 1_000})
	reader := open(t, f.serve(t, nil), nil)

	f.set(requests("sample", "200"), map[int]float64{-10: 1_000, 5: 1_090})
	f.set(requests("sample-canary", "200"), map[int]float64{5: 8})
	f.set(requests("sample-canary", "503"), map[int]float64{5: 2})
	f.set(bucket("sample-canary", "10"), map[int]float64{5: 6})
	f.set(bucket("sample-canary", "+Inf"), map[int]float64{5: 10})
	sum := bucket("sample-canary", "")
	sum["__name__"] = "istio_request_duration_milliseconds_sum"
	delete(sum, "le")
	f.set(sum, map[int]float64{5: 123.5})

	got := read(t, reader)
	if got.Stable.Requests != 90 || got.Stable.Errors != 0 {
		t.Errorf("stable %+v, want 90 requests since Open", got.Stable)
	}
	if got.Candidate.Requests != 10 || got.Candidate.Errors != 2 {
		t.Errorf("candidate %+v, want 10 requests, 2 errors", got.Candidate)
	}
	latency := got.Candidate.Latency
	if latency.Total != 10 || latency.Buckets[10*time.Millisecond] != 6 || latency.Sum != 123500*time.Microsecond {
		t.Errorf("latency %+v", latency)
	}
	if fresh := f.now.Add(5 * time.Second); got.Fresh.Sub(fresh).Abs() > 3*time.Second {
		t.Errorf("fresh %s, the newest sample is of %s", got.Fresh, fresh)
	}
}

func TestTotalsSurviveWhatHappensToSeries(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		reason string
		before map[int]float64   // samples of the series at Open
		after  []map[int]float64 // at each Read
		want   []uint64
		note   string
	}{
		"nothing new":       {"the same samples again count nothing", map[int]float64{-1: 10}, []map[int]float64{{-1: 10}, {-1: 10}}, []uint64{0, 0}, ""},
		"restart":           {"a proxy that restarted counts on", map[int]float64{-1: 100}, []map[int]float64{{1: 110}, {1: 110, 5: 3}}, []uint64{10, 13}, "restarted"},
		"restart unseen":    {"a restart between two looks is in the samples between them", map[int]float64{-1: 100}, []map[int]float64{{1: 110, 3: 4, 6: 200}}, []uint64{210}, "restarted"},
		"gone":              {"a series that is gone keeps what it counted", map[int]float64{-1: 100}, []map[int]float64{{1: 110}, {}}, []uint64{10, 10}, ""},
		"back again":        {"and goes on when it is back", map[int]float64{-1: 100}, []map[int]float64{{1: 110}, {}, {300: 150}}, []uint64{10, 10, 50}, ""},
		"lagging replica":   {"an answer of a replica that lags is not a restart", map[int]float64{-1: 100}, []map[int]float64{{1: 110, 9: 150}, {1: 110, 7: 140}, {10: 160}}, []uint64{50, 50, 60}, ""},
		"NaN":               {"NaN is skipped and noted", map[int]float64{-1: 100}, []map[int]float64{{1: math.NaN(), 2: 105}}, []uint64{5}, "are no counts"},
		"huge":              {"a value that cannot be counted is skipped", map[int]float64{-1: 100}, []map[int]float64{{1: 1e300}, {2: 101}}, []uint64{0, 1}, "are no counts"},
		"new":               {"a series that begins is counted from its beginning", nil, []map[int]float64{{3: 7}}, []uint64{7}, ""},
		"older than Open":   {"a series that a replica had not seen at Open is not new", nil, []map[int]float64{{-20: 9_000, 3: 9_007}}, []uint64{7}, ""},
		"no samples at all": {"an empty series is nothing", nil, []map[int]float64{{}}, []uint64{0}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFake()
			if test.before != nil {
				f.set(requests("sample", "200"), test.before)
			}
			reader := open(t, f.serve(t, nil), nil)
			var notes []string
			for i, points := range test.after {
				f.set(requests("sample", "200"), points)
				got := read(t, reader)
				if notes = append(notes, got.Notes...); got.Stable.Requests != test.want[i] {
					t.Errorf("%s: look %d counts %d, want %d", test.reason, i+1, got.Stable.Requests, test.want[i])
				}
			}
			if !strings.Contains(strings.Join(notes, "\n"), test.note) {
				t.Errorf("%s: the notes do not say %q: %q", test.reason, test.note, notes)
			}
		})
	}
}

// A Prometheus that answers NaN has nothing new to say, however often it scrapes.
func TestWhatIsNoCountIsNotFresh(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.set(requests("sample", "200"), map[int]float64{-1: 100, 1: 110})
	reader := open(t, f.serve(t, nil), nil)
	before := read(t, reader).Fresh
	f.set(requests("sample", "200"), map[int]float64{1: 110, 5: math.NaN(), 9: math.Inf(1)})
	if got := read(t, reader); !got.Fresh.Equal(before) || got.Stable.Requests != 10 {
		t.Errorf("fresh %s with %d requests, want %s with 10", got.Fresh, got.Stable.Requests, before)
	}
}

func TestAFailedReadIsNoEvidence(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.set(requests("sample", "200"), map[int]float64{-1: 100})
	reader := open(t, f.serve(t, nil), nil)
	f.set(requests("sample", "200"), map[int]float64{1: 110})
	f.fail(http.StatusServiceUnavailable, http.StatusServiceUnavailable)
	if got, err := reader.Read(t.Context()); err == nil {
		t.Fatalf("Prometheus is down, and the reading is %+v", got)
	} else if !strings.Contains(err.Error(), "503") || !strings.Contains(err.Error(), "http://127.0.0.1") {
		t.Errorf("the error names neither what happened nor where: %v", err)
	}
	if got := read(t, reader); got.Stable.Requests != 10 {
		t.Errorf("after the outage %d requests, want the 10 that were missed", got.Stable.Requests)
	}
}

func TestAnEmptyAnswerKeepsTheTotals(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.set(requests("sample", "200"), map[int]float64{-1: 100})
	reader := open(t, f.serve(t, nil), nil)
	f.set(requests("sample", "200"), map[int]float64{1: 110})
	first := read(t, reader)
	f.clear()
	second := read(t, reader)
	if second.Stable.Requests != 10 || !second.Fresh.Equal(first.Fresh) {
		t.Errorf("totals %d, fresh %s; want 10 and still %s", second.Stable.Requests, second.Fresh, first.Fresh)
	}
}

func TestOneHiccupIsRetried(t *testing.T) {
	t.Parallel()
	f := newFake()
	reader := open(t, f.serve(t, nil), nil)
	f.fail(http.StatusBadGateway)
	read(t, reader)
}

func TestAnOldNewestSampleIsNoted(t *testing.T) {
	t.Parallel()
	f := newFake()
	reader := open(t, f.serve(t, nil), nil)
	if got := read(t, reader); !got.Fresh.IsZero() || !strings.Contains(strings.Join(got.Notes, " "), "no series") {
		t.Errorf("without any series: fresh %s, notes %q", got.Fresh, got.Notes)
	}
	f.mu.Lock()
	f.now = f.now.Add(-10 * time.Minute)
	f.mu.Unlock()
	f.set(requests("sample", "200"), map[int]float64{1: 110})
	if got := read(t, reader); !strings.Contains(strings.Join(got.Notes, " "), "newest sample is") {
		t.Errorf("a sample ten minutes old is not noted: %q", got.Notes)
	}
}

func TestTheServersClockMayDiffer(t *testing.T) {
	t.Parallel()
	f := newFake()
	f.now = f.now.Add(-3 * time.Hour)
	reader := open(t, f.serve(t, nil), nil)
	f.set(requests("sample", "200"), map[int]float64{2: 5})
	got := read(t, reader)
	if age := got.At.Sub(got.Fresh).Abs(); age > 10*time.Second {
		t.Errorf("a sample of just now looks %s old because of the server's clock", age)
	}
	if got.Stable.Requests != 5 {
		t.Errorf("%d requests, want 5", got.Stable.Requests)
	}
}

func TestAClosedReaderSaysSo(t *testing.T) {
	t.Parallel()
	reader := open(t, newFake().serve(t, nil), nil)
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("got %v", err)
	}
}

func TestOneQueryALook(t *testing.T) {
	t.Parallel()
	f := newFake()
	reader := open(t, f.serve(t, nil), nil)
	before := len(f.queries())
	read(t, reader)
	if asked := f.queries()[before:]; len(asked) != 1 {
		t.Errorf("a look puts %d queries: %q", len(asked), asked)
	}
}

// Where the routes carry connections, those are counted: one that began is a
// request, one that could not be made a failure.
func TestConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	f := newFake()
	tcp := func(metric, workload, flags string) model.Metric {
		m := requests(workload, "")
		m["__name__"], m["response_flags"] = model.LabelValue(metric), model.LabelValue(flags)
		delete(m, "response_code")
		return m
	}
	opened := func(at int, v float64) {
		f.set(tcp(openedMetric, "sample", "-"), map[int]float64{-30: 100, at: 100 + v})
		f.set(tcp(openedMetric, "sample-canary", "-"), map[int]float64{at: v / 10})
	}
	opened(-20, 0)
	subject := subject()
	subject.Connections = true
	source := f.serve(t, nil)
	if err := source.Check(t.Context(), subject); err != nil {
		t.Fatal(err)
	}
	reader, err := source.Open(t.Context(), subject, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened(5, 90)
	f.set(tcp(closedMetric, "sample-canary", "UF,URX"), map[int]float64{5: 3})
	f.set(tcp(closedMetric, "sample-canary", "-"), map[int]float64{5: 4})
	got := read(t, reader)
	for _, q := range f.queries() {
		if strings.Contains(q, "istio_requests_total") {
			t.Errorf("requests are asked for, too: %s", q)
		}
	}
	if got.Stable.Requests != 90 || got.Stable.Errors != 0 || got.Candidate.Requests != 9 || got.Candidate.Errors != 3 {
		t.Errorf("stable %+v, candidate %+v; want 0 of 90 and 3 of 9", got.Stable, got.Candidate)
	}
}
