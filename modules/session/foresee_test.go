package session

import (
	"strings"
	"testing"
	"time"

	"github.com/headgate-ci/headgate/modules/gate/forecast"
	"github.com/headgate-ci/headgate/modules/release"
)

// The default Release at different traffic: what plan says of its steps.
func TestPlanWarnsOfStepsThatCannotDecide(t *testing.T) {
	t.Parallel()
	rel, err := release.New("sample", "demo", "headgate/sample:1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	gates, err := gatesOf(rel)
	if err != nil {
		t.Fatal(err)
	}
	specs, settings, err := Steps(rel)
	if err != nil {
		t.Fatal(err)
	}
	settings.Interval = time.Second
	for reason, c := range map[string]struct {
		traffic forecast.Traffic
		want    string // in the first warning; none when empty
	}{
		"plenty":                 {forecast.Traffic{PerSecond: 300}, ""},
		"a little":               {forecast.Traffic{PerSecond: 3}, `needs `},
		"none":                   {forecast.Traffic{}, "can never decide: there is no traffic; after 10m0s traffic goes back to stable and a person decides"},
		"stable fails by itself": {forecast.Traffic{PerSecond: 300, Errors: .2}, "fails a version that is as good as stable after 6s, and everything is put back: gate errors"},
	} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			needs, at, err := foreseen(c.traffic, specs, settings, gates)
			if err != nil || len(needs) != 5 {
				t.Fatalf("%d steps, %v", len(needs), err)
			}
			var warnings []string
			for i, n := range needs {
				if f := forecastOf(n, settings); n.Fails && (f.Else != "everything is put back" || f.Decides) {
					t.Errorf("a failed gate never holds: %+v", f)
				}
				if w := never(specs[at[i]].Name(), specs[at[i]], n, settings); w != "" {
					warnings = append(warnings, w)
				}
			}
			all := strings.Join(warnings, "\n")
			if (c.want == "") != (all == "") || !strings.Contains(all, c.want) {
				t.Errorf("got %q, want %q", all, c.want)
			}
		})
	}
}
