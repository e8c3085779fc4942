package load

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSinceIsWhatHappenedBetweenTwoReadings(t *testing.T) {
	t.Parallel()
	start := time.Now()
	b := newBook(start)
	b.add(answer{at: start, status: 200, version: "stable"})
	b.add(answer{at: start, status: 503, detail: "x"})
	earlier := b.result(start.Add(time.Second))
	b.add(answer{at: start, status: 200, version: "stable"})
	b.add(answer{at: start, status: 500, version: "canary", detail: "x"})
	got := b.result(start.Add(3 * time.Second)).Since(earlier)
	want := Result{
		Counts:   Counts{Requests: 2, Failed: 1},
		Duration: 2 * time.Second,
		Versions: map[string]Counts{"stable": {Requests: 1}, "canary": {Requests: 1, Failed: 1}},
		Status:   map[int]int64{200: 1, 500: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("since (-want +got):\n%s", diff)
	}
}

func TestTimelineHoldsEachSecondOnce(t *testing.T) {
	t.Parallel()
	start := time.Now()
	b := newBook(start)
	for _, ms := range []int{100, 1500, 900, 5200, 1100} { // answers overtake one another
		b.add(answer{at: start.Add(time.Duration(ms) * time.Millisecond), status: 200, version: "v"})
	}
	var got []int64
	for _, s := range b.result(start).Timeline {
		got = append(got, int64(s.After/time.Second), s.Requests)
	}
	want := []int64{0, 2, 1, 2, 5, 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("second, requests, … (-want +got):\n%s", diff)
	}
}

func TestTimelineIsBounded(t *testing.T) {
	t.Parallel()
	start := time.Now()
	b := newBook(start)
	for i := range maxSeconds + 50 {
		b.add(answer{at: start.Add(time.Duration(i) * time.Second), status: 200})
	}
	timeline := b.result(start).Timeline
	if len(timeline) != maxSeconds || timeline[0].After != 50*time.Second {
		t.Errorf("%d seconds from %s, want the last %d", len(timeline), timeline[0].After, maxSeconds)
	}
}

func TestAResultDoesNotChangeAfterwards(t *testing.T) {
	t.Parallel()
	start := time.Now()
	b := newBook(start)
	b.add(answer{at: start, status: 200, version: "v"})
	before := b.result(start)
	b.add(answer{at: start, status: 500, version: "v", detail: "x"})
	if before.Versions["v"].Requests != 1 || len(before.Status) != 1 || before.Timeline[0].Versions["v"].Requests != 1 {
		t.Errorf("an earlier reading has changed: %+v", before)
	}
}

func TestQuantilesAreAtMostTwoPercentHigh(t *testing.T) {
	t.Parallel()
	var h histogram
	for ms := 1; ms <= 1000; ms++ {
		h.add(time.Duration(ms) * time.Millisecond)
	}
	for q, want := range map[float64]time.Duration{.5: 500 * time.Millisecond, .9: 900 * time.Millisecond, .99: 990 * time.Millisecond, 1: time.Second} {
		got := h.quantile(q)
		if got < want || float64(got) > float64(want)*growth {
			t.Errorf("quantile %v = %s, want %s and at most 2%% more", q, got, want)
		}
	}
}

func TestQuantilesAtTheEnds(t *testing.T) {
	t.Parallel()
	var h histogram
	if got := h.quantiles(); got != (Latency{}) {
		t.Errorf("no requests: %+v", got)
	}
	h.add(time.Microsecond)
	if got := h.quantile(.99); got != time.Microsecond {
		t.Errorf("one microsecond became %s", got)
	}
	h.add(time.Hour)
	if got := h.quantile(.99); got != time.Hour {
		t.Errorf("one hour became %s", got)
	}
}
