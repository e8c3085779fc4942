package session

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/evidence"
)

func TestAWarmUpIsSuggestedWhereStablesOwnFreshPodsWereWorse(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	// An hour in windows of 15 s with 1,500 requests each, a thousandth of which fail;
	// so many more fail until a Pod that began after half an hour is so old.
	past := func(more uint64, until time.Duration, slow uint64) (out []evidence.Evidence) {
		for i := range 240 {
			at := noon.Add(time.Duration(i) * 15 * time.Second)
			w := evidence.Evidence{Start: at, End: at.Add(15 * time.Second), Stable: evidence.Counts{Requests: 1500, Errors: uint64(i % 3)}}
			late := uint64(3)
			if age := at.Sub(noon.Add(30 * time.Minute)); age >= 0 && age < until {
				w.Stable.Errors += more
				late += slow
			}
			w.Stable.Latency = evidence.Histogram{Total: 1500, Buckets: map[time.Duration]uint64{50 * time.Millisecond: 1000, 250 * time.Millisecond: 1500 - late}}
			out = append(out, w)
		}
		return out
	}
	began := []time.Time{noon.Add(-time.Hour), noon.Add(30 * time.Minute)}
	for why, c := range map[string]struct {
		began   []time.Time
		windows []evidence.Evidence
		want    string // nothing when empty
	}{
		"as good as the old ones":       {began, past(0, 0, 0), ""},
		"a little worse":                {began, past(1, 30*time.Second, 0), ""},
		"errors for half a minute":      {began, past(40, 30*time.Second, 0), "2.7% of the requests failed, and 0.067% at other times. A candidate's Pods are all fresh, and would be taken for a bad version: write warmup: 30s"},
		"errors for a minute":           {began, past(40, time.Minute, 0), "write warmup: 1m"},
		"slow for half a minute":        {began, past(0, 30*time.Second, 150), "10% of the requests took longer than 250ms, and 0.2% at other times"},
		"an outage without a new Pod":   {began[:1], past(40, 30*time.Second, 0), ""},
		"nobody knows what it served":   {began, nil, ""},
		"bad at all times, not just so": {began, past(40, 2*time.Hour, 0), ""},
	} {
		if got := worseWhenYoung(c.began, c.windows); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", why, got, c.want)
		}
	}
}
