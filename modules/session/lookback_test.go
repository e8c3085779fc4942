package session

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/release"
)

func TestPlanSaysWhatAQueryCannotTellInTime(t *testing.T) {
	t.Parallel()
	for why, c := range map[string]struct {
		query           string
		every, lookback time.Duration
		want            string // nothing when empty
	}{
		"a gauge":                        {"sum(queue)", 15 * time.Second, 0, ""},
		"a window that grows":            {"sum(rate(a[$window]))", 15 * time.Second, 0, ""},
		"answers as far apart":           {"sum(rate(a[2m]))", 2 * time.Minute, 0, ""},
		"answers that overlap":           {"sum(rate(a[2m]))", 15 * time.Second, 0, "write every: 2m"},
		"longer than a step lasts":       {"rate(a[1m]) / rate(a[1m] offset 1w)", time.Minute, 0, "looks 168h1m back"},
		"last week is meant":             {"rate(a[1m]) / rate(a[1m] offset 1w)", time.Minute, time.Minute, ""},
		"what only another parser reads": {"WITH (x = 1) rate(a)", 15 * time.Minute, 0, "5m are taken; write lookback"},
	} {
		g := release.Gate{Name: "orders", Query: &release.QueryGate{PromQL: c.query, Every: release.Duration{Duration: c.every}, Lookback: release.Duration{Duration: c.lookback}}}
		got := strings.Join(lookback([]release.Gate{{Errors: &release.ErrorsGate{}}, g}, 10*time.Minute), "\n")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", why, got, c.want)
		}
	}
}
